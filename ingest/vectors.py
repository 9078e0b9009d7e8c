"""Vectors by chunk id: the VectorStore seam and its Chroma adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ingest.environment import prepare_environment
from ingest.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

COLLECTION = "chunks"
# Chroma refuses larger batches (5,461 with its SQLite limits).
BATCH = 2000
# Of so few ids every vector is read and compared; the graph of nearest ones has to be walked the longer the fewer are meant.
COMPARED_ALL = 800


class VectorStore(Protocol):
    """Keep unit vectors by chunk id; passes `tests/contracts/test_vector_store_contract.py`."""

    def put(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors; an id that is there already is replaced."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; unknown ids are passed over."""
        ...

    def get(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of those ids that are stored."""
        ...

    def nearest(
        self, vector: NDArray[np.float32], k: int, only: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return at most k (id, cosine similarity), most similar first, ties by id; of all, or of some ids only."""
        ...

    def ids(self) -> set[str]:
        """Return every id stored."""
        ...

    def clear(self) -> None:
        """Remove everything; vectors of another length may follow."""
        ...


class ChromaVectorStore:
    """Keep vectors in a Chroma folder that this process alone uses."""

    def __init__(self, folder: Path) -> None:
        prepare_environment()
        import chromadb  # 0.6 s
        from chromadb.config import Settings as ChromaSettings
        from chromadb.errors import ChromaError

        self._error = ChromaError
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(
                path=str(folder), settings=ChromaSettings(anonymized_telemetry=False)
            )
            self._collection = self._open()
        except (ChromaError, OSError, ValueError) as error:
            raise _unusable() from error

    def put(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors; an id that is there already is replaced."""
        try:
            for part in _batches(len(ids)):
                self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part])
        except self._error as error:
            raise _unusable() from error

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; unknown ids are passed over."""
        try:
            for part in _batches(len(ids)):
                self._collection.delete(ids=list(ids[part]))
        except self._error as error:
            raise _unusable() from error

    def get(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of those ids that are stored."""
        vectors: dict[str, NDArray[np.float32]] = {}
        try:
            for part in _batches(len(ids)):
                found = self._collection.get(ids=list(ids[part]), include=["embeddings"])
                embeddings = found["embeddings"]
                vectors.update(zip(found["ids"], () if embeddings is None else embeddings, strict=True))  # type: ignore[arg-type]  # Chroma gives an array
        except self._error as error:
            raise _unusable() from error
        return vectors

    def nearest(
        self, vector: NDArray[np.float32], k: int, only: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return at most k (id, cosine similarity), most similar first, ties by id; of all, or of some ids only."""
        if k < 1 or (only is not None and not only):
            return []
        if only is not None and len(only) <= COMPARED_ALL:
            return self._nearest_of_few(vector, k, only)
        try:
            found = self._collection.query(
                query_embeddings=vector.reshape(1, -1),
                n_results=k,
                ids=None if only is None else list(only),
                include=["distances"],
            )
        except self._error as error:
            # Chroma refuses an id it has no vector of, as that of a document which has changed this moment.
            known = None if only is None else self._known(only)
            if only is None or known is None or len(known) == len(only):
                raise _unusable() from error
            return self.nearest(vector, k, known)
        distances = found["distances"] or [[]]
        scored = ((chunk_id, 1.0 - distance) for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True))
        return _ranked(scored)

    def _nearest_of_few(self, vector: NDArray[np.float32], k: int, only: Sequence[str]) -> list[tuple[str, float]]:
        vectors = self.get(only)
        return _ranked((chunk_id, float(other @ vector)) for chunk_id, other in vectors.items())[:k]

    def _known(self, ids: Sequence[str]) -> list[str]:
        """Return those of the ids that are stored."""
        try:
            parts = (self._collection.get(ids=list(ids[part]), include=[])["ids"] for part in _batches(len(ids)))
            return [chunk_id for part in parts for chunk_id in part]
        except self._error as error:
            raise _unusable() from error

    def ids(self) -> set[str]:
        """Return every id stored."""
        try:
            return set(self._collection.get(include=[])["ids"])
        except self._error as error:
            raise _unusable() from error

    def clear(self) -> None:
        """Remove everything; vectors of another length may follow."""
        try:
            # An emptied collection would keep the length of its vectors.
            self._client.delete_collection(COLLECTION)
            self._collection = self._open()
        except self._error as error:
            raise _unusable() from error

    def _open(self) -> Collection:
        # Embeddings are always passed in: Chroma's default embedding function downloads a model.
        return self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )


def _ranked(scored: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))


def _batches(count: int) -> Iterator[slice]:
    for start in range(0, count, BATCH):
        yield slice(start, start + BATCH)


def _unusable() -> LibraryError:
    return LibraryError(
        "LB-04",
        "向量库读写失败，文字和原件没有丢失。",
        "运行 zhujiao doctor 查看原因；必要时用 zhujiao ingest --rebuild 重建索引。",
    )
