"""An embedder made of hashed character bigrams: texts that share words are near, and nothing is loaded."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from ingest.lexical import bigrams

if TYPE_CHECKING:
    from collections.abc import Sequence

DIMENSION = 512


class FakeEmbedder:
    """Embed by hashing bigrams into 512 places; passes the embedder contract."""

    window = 2046

    def __init__(self, fingerprint: str = "fake") -> None:
        self.fingerprint = fingerprint
        self.documents_encoded = 0

    def count_tokens(self, text: str) -> int:
        return len(text)

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        self.documents_encoded += len(texts)
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, DIMENSION), np.float32)

    def encode_query(self, text: str) -> np.ndarray:
        return self._vector(text)

    @staticmethod
    def _vector(text: str) -> np.ndarray:
        vector = np.full(DIMENSION, 1e-3, np.float32)
        for gram in bigrams(text):
            vector[zlib.crc32(gram.encode()) % DIMENSION] += 1
        return vector / np.linalg.norm(vector)
