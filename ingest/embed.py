"""Text to vectors: the Embedder seam and its sentence-transformers adapter."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

from ingest.environment import prepare_environment
from ingest.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ingest.settings import EmbeddingSettings

    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turn texts into unit vectors; passes `tests/contracts/test_embedder_contract.py`."""

    fingerprint: str

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model reads for a text."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, one row a text, in the order given."""
        ...

    def encode_query(self, text: str) -> Vectors:
        """Return the unit vector of a question, one-dimensional."""
        ...


class DeferredEmbedder:
    """Open an embedder at its first use: a run that finds nothing new never loads the model."""

    def __init__(self, fingerprint: str, opener: Callable[[], Embedder]) -> None:
        self.fingerprint = fingerprint
        self._opener = opener
        self._opened: Embedder | None = None

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model reads for a text."""
        return self._embedder().count_tokens(text)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text."""
        return self._embedder().encode_documents(texts)

    def encode_query(self, text: str) -> Vectors:
        """Return the unit vector of a question."""
        return self._embedder().encode_query(text)

    def _embedder(self) -> Embedder:
        if self._opened is None:
            self._opened = self._opener()
        return self._opened


def fingerprint_of(settings: EmbeddingSettings) -> str:
    """Name what makes vectors comparable; precision is left out, bfloat16 and float32 vectors of one model mix."""
    return settings.model_path.name if settings.model_path else settings.model


def document_input(title: str, headings: Sequence[str], text: str) -> str:
    """Lay a chunk out as EmbeddingGemma was trained to read documents: `title: … | text: …`."""
    place = " › ".join(dict.fromkeys(part for part in (title, *headings) if part))
    return f"title: {place or 'none'} | text: {text}"


class SentenceTransformerEmbedder:
    """Embed with a sentence-transformers folder on disk; never fetches anything."""

    def __init__(self, folder: Path, settings: EmbeddingSettings) -> None:
        prepare_environment()
        import torch  # 1 s and 300 MB: loaded when an embedder is opened
        from sentence_transformers import SentenceTransformer  # 5 s

        # Its progress bars are for people who load a model by hand.
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        use_bfloat16 = settings.precision == "bfloat16" or (settings.precision == "auto" and has_fast_bfloat16())
        try:
            self._model = SentenceTransformer(
                str(folder),
                device="cpu",
                local_files_only=True,
                model_kwargs={"dtype": torch.bfloat16 if use_bfloat16 else torch.float32},
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise LibraryError(
                "LB-05", "向量模型打不开，资料库没有改动。", "运行 zhujiao models verify 检查模型文件。"
            ) from error
        self._batch_size = settings.batch_size
        # The tokenizer and the model are not safe to share between threads.
        self._lock = Lock()
        self.fingerprint = fingerprint_of(settings)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model reads for a text."""
        with self._lock:
            return len(self._model.tokenizer(text, add_special_tokens=False)["input_ids"])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text; the texts come from `document_input`."""
        with self._lock:
            vectors: Vectors = self._model.encode(
                list(texts), prompt="", batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """Return the unit vector of a question, with the model's own query prompt."""
        with self._lock:
            vector: Vectors = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return vector


def has_fast_bfloat16() -> bool:
    """Tell whether this CPU computes in bfloat16 natively (AVX-512 BF16, AMX, Arm BF16); elsewhere float32 is faster."""
    import torch  # loaded already by the time an embedder is opened

    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "arm_bf16"))
