"""The library folder as one thing: catalogue, vectors and originals, owned by one process at a time."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from filelock import FileLock, Timeout

from ingest.access import OWN, Access
from ingest.catalogue import Catalogue, StoredChunk, StoredVersion, input_digest
from ingest.chunk import CHUNKING
from ingest.embed import document_input
from ingest.errors import LibraryError, SourceError
from ingest.lifecycle import Lifecycle
from ingest.likeness import Likenesses
from ingest.privacy.pseudonyms import Pseudonyms
from ingest.vectors import ChromaVectorStore, VectorStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from ingest.document import Chunk, Source
    from ingest.embed import Embedder


class Library:
    """Open a library folder for this process alone.

    Raises:
        LibraryError: LB-01 the folder cannot be used, LB-06 another process has it (retryable).

    """

    def __init__(
        self,
        folder: Path,
        *,
        wait_seconds: float = 0.0,
        open_vectors: Callable[[Path], VectorStore] = ChromaVectorStore,
    ) -> None:
        self.folder = folder
        self._lock = lock_folder(folder, wait_seconds)
        try:
            self.catalogue = Catalogue(folder / "catalogue.sqlite3")
            self.lifecycle = Lifecycle(self.catalogue.database)
            # Who 学生A is stands apart from everything that is searched, in a folder only its owner can enter.
            self.pseudonyms = Pseudonyms(folder / "private" / "pseudonyms.jsonl")
            try:
                self.vectors = open_vectors(folder / "vectors")
            except BaseException:
                self.catalogue.close()
                raise
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files and let other processes in."""
        self.catalogue.close()
        self._lock.release()

    # --- fingerprint ------------------------------------------------------------------------------------------

    def check_fingerprint(self, embedder: Embedder) -> None:
        """Record how the index is made; once it holds anything, refuse an embedder or chunking that differs."""
        wanted = f"{embedder.fingerprint}/{CHUNKING}"
        found = self.catalogue.get_meta("fingerprint")
        if found == wanted:
            return
        if found is not None and self.catalogue.chunk_ids():
            raise LibraryError(
                "LB-07",
                f"索引是用另一种向量模型或分段方式建立的（{found}，现在是 {wanted}），资料没有改动。",
                "运行 zhujiao ingest --rebuild 重建索引，原件不用重新导入。",
            )
        self.catalogue.set_meta("fingerprint", wanted)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Make the folder in which archives are unpacked for the length of a run."""
        folder = self.folder / STAGING
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # --- originals --------------------------------------------------------------------------------------------

    def keep_original(self, found: Source) -> None:
        """Copy a file's bytes into the library under their hash; nothing half-written is ever left in place.

        Raises:
            SourceError: IN-91 when the file changed while it was read.
            LibraryError: LB-03 when the copy cannot be written.

        """
        path, sha256 = found.path, found.sha256
        target = self.original(sha256, path.suffix)
        if target.exists():
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=COPY_PREFIX)
            copy = Path(name)
            try:
                with found.file.open("rb") as source, os.fdopen(descriptor, "wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                    sink.flush()
                    os.fsync(sink.fileno())
                with copy.open("rb") as written:
                    unchanged = hashlib.file_digest(written, "sha256").hexdigest() == sha256
                if not unchanged:
                    raise SourceError(
                        "IN-91",
                        f"《{path.name}》在导入时被改动了，没有放进资料库。",
                        "等文件保存完再导入一次。",
                        retryable=True,
                    )
                copy.replace(target)
            finally:
                copy.unlink(missing_ok=True)
        except OSError as error:
            raise LibraryError(
                "LB-03",
                f"原件存不进资料库：{error.strerror}。之前的内容没有丢失。",
                "检查磁盘空间和文件夹权限后重试。",
                retryable=True,
            ) from error

    def original(self, sha256: str, suffix: str) -> Path:
        """Return where the bytes with a hash are kept."""
        return self.folder / "originals" / sha256[:2] / f"{sha256}{suffix.lower()}"

    # --- index ------------------------------------------------------------------------------------------------

    def index_versions(self, version_ids: Sequence[str], embedder: Embedder) -> Iterator[int]:
        """Embed the chunks of stored versions, then make each the current one; yields chunks done, batch by batch.

        A chunk that has its vector keeps it; one whose text is embedded already, in an older version or another
        document, takes that vector over.
        """
        stored = [chunk for version_id in version_ids for chunk in self.catalogue.chunks_of(version_id)]
        there = self.vectors.get([item.chunk.id for item in stored])
        missing = [item for item in stored if item.chunk.id not in there]
        missing = self._copy_vectors(missing, version_ids)
        if len(missing) < len(stored):
            yield len(stored) - len(missing)
        stored = missing
        # Texts of like length share a batch, so little of it is padding.
        stored.sort(key=lambda item: (len(item.chunk.text), item.chunk.id))
        for start in range(0, len(stored), EMBED_AT_ONCE):
            part = stored[start : start + EMBED_AT_ONCE]
            self.vectors.put(
                [item.chunk.id for item in part],
                embedder.encode_documents([_input(item) for item in part]),
            )
            yield len(part)
        for version_id in version_ids:
            self.vectors.delete(self.catalogue.activate(version_id))

    def forget_vectors(self, version_id: str, chunks: Sequence[Chunk], title: str) -> None:
        """Remove the vectors of a version that is stored again, where its chunks will be embedded from another text."""
        wanted = {chunk.id: input_digest(title, chunk) for chunk in chunks}
        before = self.catalogue.inputs(version_id)
        self.vectors.delete(sorted(one for one, digest in before.items() if wanted.get(one) != digest))

    def _copy_vectors(self, stored: list[StoredChunk], version_ids: Sequence[str]) -> list[StoredChunk]:
        """Give chunks the vectors of chunks with the same text; return those that have none yet."""
        twins = self.catalogue.same_inputs(version_ids)
        vectors = self.vectors.get(sorted(set(twins.values())))
        known = [item for item in stored if twins.get(item.chunk.id) in vectors]
        if known:
            self.vectors.put(
                [item.chunk.id for item in known],
                np.stack([vectors[twins[item.chunk.id]] for item in known]).astype(np.float32),
            )
        given = {item.chunk.id for item in known}
        return [item for item in stored if item.chunk.id not in given]

    def clear_index(self) -> None:
        """Forget chunks and vectors; every current version is pending afterwards, its text and original are kept."""
        self.catalogue.clear_index()
        self.vectors.clear()

    def reconcile(self) -> tuple[str, ...]:
        """Mend what a killed run left: remove vectors without a chunk and half-written copies.

        Returns the versions that have chunks and still want vectors.
        """
        chunks, vectors = self.catalogue.chunk_ids(), self.vectors.ids()
        self.vectors.delete(sorted(vectors - chunks))
        for copy in (self.folder / "originals").glob(f"*/{COPY_PREFIX}*"):
            copy.unlink(missing_ok=True)
        shutil.rmtree(self.folder / STAGING, ignore_errors=True)
        pending = [version_id for version_id, *_ in self.catalogue.pending() if self.catalogue.chunks_of(version_id)]
        return tuple(dict.fromkeys([*pending, *self.catalogue.versions_of(sorted(chunks - vectors))]))

    def fault(self) -> str:
        """Say in a few words where catalogue and vectors disagree; empty when they agree."""
        pending = self.catalogue.counts(OWN)["pending"]
        if pending:
            return f"有 {pending} 份资料的索引还没有建完"
        chunks, vectors = self.catalogue.chunk_ids(), self.vectors.ids()
        if chunks - vectors:
            return f"有 {len(chunks - vectors)} 个片段缺少向量"
        return f"有 {len(vectors - chunks)} 个多余的向量" if vectors - chunks else ""

    # --- search -----------------------------------------------------------------------------------------------

    def nearest(self, vector: NDArray[np.float32], k: int, access: Access) -> list[tuple[str, float]]:
        """Return at most k (chunk id, cosine similarity) of what may be found, best first."""
        found = self.catalogue.findable(access)
        if not found.chunks:
            return []
        every = found.chunks + found.hidden_chunks
        asked = MARGIN * k * every // found.chunks
        # Where little is hidden, the nearest of all hold enough that may be found; to say which ones may takes longer.
        while asked <= max(MOST_ASKED, MARGIN * k):
            near = self.vectors.nearest(vector, asked)
            if found.hidden_chunks:
                open_to = self.catalogue.those_within([chunk_id for chunk_id, _ in near], access)
                near = [pair for pair in near if pair[0] in open_to]
            if len(near) >= k or asked >= every:
                return near[:k]
            asked *= 2
        return self.vectors.nearest(vector, k, self.catalogue.chunks_within(found))

    def match(self, terms: Sequence[str], k: int, access: Access) -> list[tuple[str, float]]:
        """Return at most k (chunk id, BM25) of what may be found, best first."""
        return self.catalogue.match(terms, k, access)

    def chunks(self, ids: Sequence[str], access: Access) -> dict[str, StoredChunk]:
        """Return those of the chunks that may be found."""
        return self.catalogue.chunks(ids, access)

    def likenesses(self) -> Likenesses:
        """Return the links between like documents, with a memory of its own."""
        return Likenesses(self.catalogue.database)

    def same(self, document_id: str) -> set[str]:
        """Return the other documents that have the same bytes or the same text."""
        return self.likenesses().same(document_id)

    def version(self, version_id: str) -> StoredVersion | None:
        """Return a document version, current or old."""
        return self.catalogue.version(version_id)


EMBED_AT_ONCE = 64
# So many times the nearest wanted are asked for. The graph of vectors is walked by chance and misses some: asked for 200 of
# the 1,338 chunks of the sample library it misses 4 %, other ones each time the library is opened; asked for 600 none.
MARGIN = 3
# More than so many are not asked for to drop what may not be found.
MOST_ASKED = 2000
COPY_PREFIX = ".copy-"
STAGING = "unpacked"


def lock_folder(folder: Path, wait_seconds: float) -> FileLock:
    """Take the library's lock: two processes writing one Chroma folder corrupt it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # some network drives have no rights to set
            folder.chmod(0o700)  # pupils' names stand in the originals and in the key
        lock = FileLock(folder / "lock")
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        raise LibraryError(
            "LB-06",
            "资料库正被另一个程序使用，什么都没有改动。",
            "等它结束，或关掉正在运行的 zhujiao 后重试。",
            retryable=True,
        ) from error
    except OSError as error:
        raise LibraryError(
            "LB-01",
            f"资料库文件夹 {folder} 不能写：{error.strerror}。",
            "换一个能写的 ZHUJIAO_HOME，或修改文件夹权限。",
        ) from error
    return lock


def _input(stored: StoredChunk) -> str:
    return document_input(stored.metadata.title, stored.chunk.headings, stored.chunk.text)
