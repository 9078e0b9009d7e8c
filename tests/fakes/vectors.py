"""A vector store in memory; passes the vector store contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np


class FakeVectorStore:
    """Keep vectors in a dict."""

    def __init__(self, folder: Path | None = None) -> None:
        self._vectors: dict[str, np.ndarray] = {}

    def put(self, ids: Sequence[str], vectors: np.ndarray) -> None:
        self._vectors.update(zip(ids, vectors, strict=True))

    def delete(self, ids: Sequence[str]) -> None:
        for chunk_id in ids:
            self._vectors.pop(chunk_id, None)

    def get(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        return {chunk_id: self._vectors[chunk_id] for chunk_id in ids if chunk_id in self._vectors}

    def nearest(self, vector: np.ndarray, k: int, only: Sequence[str] | None = None) -> list[tuple[str, float]]:
        meant = None if only is None else set(only)
        scored = [
            (chunk_id, float(other @ vector))
            for chunk_id, other in self._vectors.items()
            if meant is None or chunk_id in meant
        ]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[: max(k, 0)]

    def clear(self) -> None:
        self._vectors = {}

    def ids(self) -> set[str]:
        return set(self._vectors)
