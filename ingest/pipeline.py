"""Run the stages over files: discover → partition → classify → normalise → chunk → embed → index, and report."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.catalogue import document_id_of, version_id_of
from ingest.chunk import chunk
from ingest.classify import Manifests, classify
from ingest.discover import discover
from ingest.document import Source
from ingest.errors import SourceError
from ingest.normalise import assemble
from ingest.partition import page_count, partition
from ingest.partition.failures import reason
from ingest.report import FileRow, IngestReport, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingest.document import Metadata
    from ingest.embed import Embedder
    from ingest.library import Library
    from ingest.settings import Settings

# Enough chunks to sort into even batches, few enough that a stop or a crash costs little.
CHUNKS_PER_ROUND = 256


def ingest(
    library: Library,
    embedder: Embedder,
    paths: Sequence[Path],
    settings: Settings,
    *,
    on_progress: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> IngestReport:
    """Take files and folders into the library; what an earlier run left unfinished is finished first.

    Every file found gives one row of the report; a file that fails stops no other. `stopped` is asked between files
    and batches: what is finished by then is kept, and the next run goes on from there.

    Raises:
        LibraryError: when the library itself cannot be written.

    """
    library.check_fingerprint(embedder)
    run = _Run(library, embedder, settings, on_progress, stopped)
    # A stopped rebuild leaves versions without chunks: they stay pending until their file or their original is read.
    run.waiting = list(library.reconcile())
    run.embed_waiting()
    run.take_in([_Found(_not_ours(found, library.folder)) for found in discover(paths, settings.ingest)])
    return run.report()


def rebuild(
    library: Library,
    embedder: Embedder,
    settings: Settings,
    *,
    on_progress: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> IngestReport:
    """Index every document anew from the kept originals, as after a change of the embedding model."""
    library.clear_index()
    library.check_fingerprint(embedder)
    run = _Run(library, embedder, settings, on_progress, stopped)
    found = []
    for version_id, path, sha256, size in library.catalogue.pending():
        source, stored = Source(Path(path), sha256, size), library.version(version_id)
        kept = library.original(sha256, source.path.suffix)
        found.append(_Found(source, kept, stored.metadata if stored else None))
    run.take_in(found)
    return run.report()


def _not_ours(found: Source | FileRow, folder: Path) -> Source | FileRow:
    """Leave the library's own files out: a folder given may hold the library itself."""
    if isinstance(found, FileRow) or not found.path.is_relative_to(folder):
        return found
    message, hint = reason("IN-05")
    return FileRow(str(found.path), "skipped", code="IN-05", message=message, hint=hint)


@dataclass(frozen=True, slots=True)
class _Found:
    """A file found; a kept original is read instead of the file, and its metadata stay as they are."""

    item: Source | FileRow
    kept: Path | None = None
    metadata: Metadata | None = None


class _Run:
    """One run's rows and the versions that wait for their vectors."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        settings: Settings,
        on_progress: Callable[[Progress], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._library, self._embedder, self._settings = library, embedder, settings
        self._on_progress, self._stopped = on_progress, stopped
        self._manifests = Manifests()
        self._started = time.monotonic()
        self._rows: list[FileRow] = []
        self._files_total = self._chunks_total = self._chunks_done = 0
        self._chunks_waiting = 0
        self.waiting: list[str] = []

    def take_in(self, files: Sequence[_Found]) -> None:
        """Store every file that is new or changed."""
        self._files_total = len(files)
        for found in files:
            if self._stopped():
                break
            self._rows.append(found.item if isinstance(found.item, FileRow) else self._store(found.item, found))
            self._tell(self._rows[-1].path)
            if self._chunks_waiting >= CHUNKS_PER_ROUND:
                self.embed_waiting()
        self.embed_waiting()

    def embed_waiting(self) -> None:
        """Embed and activate the versions that wait; a stop leaves the rest pending."""
        if self.waiting and not self._stopped():
            for done in self._library.index_versions(self.waiting, self._embedder):
                self._chunks_done += done
                self._chunks_total = max(self._chunks_total, self._chunks_done)
                self._tell("")
                if self._stopped():
                    return
        self.waiting, self._chunks_waiting = [], 0

    def report(self) -> IngestReport:
        """Return what was done so far; rows whose vectors a stop left out are marked as unfinished."""
        unfinished = {row[1] for row in self._library.catalogue.pending()}
        rows = [
            replace(
                row,
                status="skipped",
                change="",
                code="IN-90",
                message="已停止，这个文件的索引还没有建完。",
                hint="再运行一次就会接着建。",
            )
            if row.path in unfinished
            else row
            for row in self._rows
        ]
        rows += self._manifests.problems
        return IngestReport(tuple(rows), time.monotonic() - self._started, cancelled=self._stopped())

    def _store(self, source: Source, found: _Found) -> FileRow:
        started = time.monotonic()
        before = self._library.catalogue.current_sha256(str(source.path))
        if before == source.sha256:
            return FileRow(str(source.path), "unchanged", seconds=time.monotonic() - started)
        try:
            elements = partition(found.kept or source.path, self._settings.ingest)
            metadata = found.metadata or classify(source.path, elements, self._manifests.row_for(source.path))
            document = assemble(source, elements, metadata)
            if found.kept is None:
                self._library.keep_original(source.path, source.sha256)
        except SourceError as error:
            return FileRow(
                str(source.path),
                "failed",
                code=error.code,
                message=error.message,
                hint=error.hint,
                seconds=time.monotonic() - started,
            )
        document_id = document_id_of(source.path)
        version_id = version_id_of(document_id, source.sha256)
        chunks = chunk(document, version_id, self._embedder.count_tokens, self._settings.embedding.chunk_tokens)
        self._library.catalogue.put_version(document, chunks, document_id, datetime.now(UTC))
        self.waiting.append(version_id)
        self._chunks_waiting += len(chunks)
        self._chunks_total += len(chunks)
        return FileRow(
            str(source.path),
            "indexed",
            "added" if before is None else "updated",
            chunks=len(chunks),
            chars=len(document.text),
            pages=page_count(elements),
            seconds=time.monotonic() - started,
        )

    def _tell(self, current: str) -> None:
        self._on_progress(Progress(len(self._rows), self._files_total, self._chunks_done, self._chunks_total, current))
