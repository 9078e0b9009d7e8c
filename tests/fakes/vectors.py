"""A vector store in memory; passes the vector store contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.vectors import ALL, Among

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np


class FakeVectorStore:
    """Keep vectors in a dict."""

    def __init__(self, folder: Path | None = None) -> None:
        self._vectors: dict[str, np.ndarray] = {}
        self._versions: dict[str, str] = {}

    def put(self, ids: Sequence[str], vectors: np.ndarray, version_ids: Sequence[str]) -> None:
        self._vectors.update(zip(ids, vectors, strict=True))
        self._versions.update(zip(ids, version_ids, strict=True))

    def delete(self, ids: Sequence[str]) -> None:
        for chunk_id in ids:
            self._vectors.pop(chunk_id, None)

    def get(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        return {chunk_id: self._vectors[chunk_id] for chunk_id in ids if chunk_id in self._vectors}

    def nearest(self, vector: np.ndarray, k: int, among: Among = ALL) -> list[tuple[str, float]]:
        scored = [
            (chunk_id, float(other @ vector))
            for chunk_id, other in self._vectors.items()
            if self._versions[chunk_id] not in among.without
            and (among.only is None or self._versions[chunk_id] in among.only)
        ]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[: max(k, 0)]

    def clear(self) -> None:
        self._vectors = {}

    def ids(self) -> set[str]:
        return set(self._vectors)
