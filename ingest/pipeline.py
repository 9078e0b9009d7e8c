"""Run the stages over files: discover → read → mask → normalise → chunk → embed → index, and report."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.catalogue import document_id_of, version_id_of
from ingest.chunk import chunk
from ingest.classify import Manifests, unknown_fields
from ingest.discover import Absent, discover
from ingest.document import Origin, Source
from ingest.errors import SourceError
from ingest.lifecycle import corrected
from ingest.likeness import signature
from ingest.normalise import assemble
from ingest.partition import page_count
from ingest.partition.failures import failure, reason
from ingest.privacy import has_consent, mask, mask_text
from ingest.reading import Job, ReadersHere, Reading, listed_as
from ingest.report import FileRow, IngestReport, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ingest.catalogue import StoredVersion
    from ingest.document import Document
    from ingest.embed import Embedder
    from ingest.library import Library
    from ingest.reading import Readers
    from ingest.settings import Settings

# Enough chunks to sort into even batches, few enough that a stop or a crash costs little.
CHUNKS_PER_ROUND = 256
# Fields of the metadata in which a pupil's name may stand.
_SAID = ("title", "topic", "note", "author")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run takes from outside: who reads files, who asked for it, the time, and where to tell how far it is.

    `consent` is recorded for every recording of the run that has none. `stopped` is asked between files and batches.
    """

    readers: Readers | None = None
    who: str = ""
    consent: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    on_progress: Callable[[Progress], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False


def ingest(
    library: Library,
    embedder: Embedder,
    paths: Sequence[Path],
    settings: Settings,
    around: Surroundings | None = None,
) -> IngestReport:
    """Take files and folders into the library; what an earlier run left unfinished is finished first.

    Every file found gives one row of the report; a file that fails stops no other. What is finished when the run is
    stopped is kept, and the next run goes on from there. Documents whose files are gone from the folders given are
    retired.

    Raises:
        LibraryError: when the library itself cannot be written.

    """
    library.check_fingerprint(embedder)
    run = _Run(library, embedder, settings, around or Surroundings())
    # A stopped rebuild leaves versions without chunks: they stay pending until their file or their original is read.
    run.waiting = list(library.reconcile())
    run.embed_waiting()
    absent = Absent(paths)
    run.files_total = sum(map(_count, paths))
    with library.staging() as staging:
        run.take_in(run.look(discover(paths, settings.ingest, staging), absent))
    run.retire(absent)
    return run.report()


def rebuild(
    library: Library, embedder: Embedder, settings: Settings, around: Surroundings | None = None
) -> IngestReport:
    """Index every document anew from the kept originals, as after a change of the embedding model."""
    library.clear_index()
    library.check_fingerprint(embedder)
    run = _Run(library, embedder, settings, around or Surroundings())
    found = []
    for version_id, path, sha256, size in library.catalogue.pending():
        source, stored = Source(Path(path), sha256, size), library.version(version_id)
        kept = replace(source, unpacked=library.original(sha256, source.path.suffix))
        found.append(_Found(kept, kept=stored))
    run.files_total = len(found)
    run.take_in(found)
    return run.report()


@dataclass(frozen=True, slots=True)
class _Found:
    """A file found; from a kept original only the text is read again, its metadata stay as they are."""

    item: Source | FileRow
    kept: StoredVersion | None = None


class _Run:
    """One run's rows and the versions that wait for their vectors."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings, around: Surroundings) -> None:
        self._library, self._embedder, self._settings, self._around = library, embedder, settings, around
        self._readers = around.readers or ReadersHere(settings.ingest)
        self._manifests = Manifests()
        self._likenesses = library.likenesses()
        self._started = time.monotonic()
        self._rows: list[FileRow] = []
        self._retired: list[str] = []
        self._masked: Counter[str] = Counter()
        self._reading: deque[_Found] = deque()
        self._order: dict[str, int] = {}
        self.files_total = 0
        self._chunks_total = self._chunks_done = self._chunks_waiting = 0
        self._embedding = 0.0
        self.waiting: list[str] = []

    def look(self, items: Iterable[Source | FileRow], absent: Absent) -> Iterator[_Found]:
        """Yield what is found, and remember that it is there."""
        for item in items:
            found = _not_ours(item, self._library.folder)
            absent.saw(found)
            yield _Found(found)

    def take_in(self, files: Iterable[_Found]) -> None:
        """Store every file that is new or changed."""
        for job, reading in self._readers.read(self._jobs(files)):
            if self._around.stopped():
                break
            found = self._reading.popleft()
            self._row(self._store(found, job, reading))
            _forget(found)
            if self._chunks_waiting >= CHUNKS_PER_ROUND:
                self.embed_waiting()
        self.embed_waiting()

    def _jobs(self, files: Iterable[_Found]) -> Iterator[Job]:
        """Yield the files that must be read; the others get their rows here."""
        for found in files:
            if self._around.stopped():
                return
            source = found.item
            self._order.setdefault(str(source.path), len(self._order))
            if isinstance(source, FileRow):
                self._row(source)
                continue
            job = Job(source.path, source.file, None if found.kept else self._manifests.row_for(source.path))
            if not found.kept and self._is_unchanged(source, listed_as(job.row)):
                self._row(FileRow(str(source.path), "unchanged"))
                _forget(found)
                continue
            self._reading.append(found)
            yield job

    def _is_unchanged(self, source: Source, listed: str) -> bool:
        if self._library.catalogue.current(str(source.path)) != (source.sha256, listed):
            return False
        document_id = document_id_of(source.path)
        lifecycle = self._library.lifecycle
        if self._around.consent and lifecycle.state(document_id) == "retired":
            return False  # it may be a recording that waits for this consent
        lifecycle.come_back(document_id, self._around.who, self._around.clock())
        return True

    def embed_waiting(self) -> None:
        """Embed and activate the versions that wait; a stop leaves the rest pending."""
        if self.waiting and not self._around.stopped():
            started = time.monotonic()
            before = self._embedding
            for done in self._library.index_versions(self.waiting, self._embedder):
                self._chunks_done += done
                self._chunks_total = max(self._chunks_total, self._chunks_done)
                self._embedding = before + time.monotonic() - started
                self._tell("")
                if self._around.stopped():
                    return
        self.waiting, self._chunks_waiting = [], 0

    def retire(self, absent: Absent) -> None:
        """Retire documents whose files are gone, after a discovery that went to its end."""
        if self._around.stopped():
            return
        gone = {document_id_of(Path(path)): path for path in absent.missing(self._library.catalogue.paths())}
        retired = self._library.lifecycle.retire_gone(list(gone), self._around.who, self._around.clock())
        self._retired = sorted(gone[document_id] for document_id in retired)

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
            for row in sorted(self._rows, key=lambda row: self._order.get(row.path, 0))
        ]
        rows += self._manifests.problems
        return IngestReport(
            tuple(rows),
            time.monotonic() - self._started,
            cancelled=self._around.stopped(),
            retired=tuple(self._retired),
            masked=dict(sorted(self._masked.items())),
        )

    # --- one file ---------------------------------------------------------------------------------------------

    def _store(self, found: _Found, job: Job, reading: Reading | SourceError) -> FileRow:
        source = found.item
        started = time.monotonic()
        if isinstance(source, FileRow):
            return source
        before = self._library.catalogue.current(str(source.path))
        try:
            if isinstance(reading, SourceError):
                raise reading
            document, masked = self._document(source, found, reading)
            if not found.kept:
                self._library.keep_original(source)
        except SourceError as error:
            if found.kept and error.code == "IN-20":
                self._library.catalogue.shelve(found.kept.id)
            return FileRow(
                str(source.path),
                "failed" if error.code != "IN-20" else "skipped",
                code=error.code,
                message=error.message,
                hint=error.hint,
                seconds=time.monotonic() - started,
            )
        document_id = document_id_of(source.path)
        version_id = version_id_of(document_id, source.sha256)
        chunks = chunk(document, version_id, self._embedder.count_tokens, self._settings.embedding.chunk_tokens)
        signed = signature(document.text)
        now, who = self._around.clock(), self._around.who
        self._library.forget_vectors(version_id, chunks, document.metadata.title)
        with self._library.catalogue.database.write():
            self._library.catalogue.put_version(
                document, chunks, document_id, now, signature=signed, listed=listed_as(job.row)
            )
            self._library.lifecycle.admit(document_id, self._settings.ingest.new_files, who, now)
            alike = self._likenesses.link(document_id, str(source.path), source.sha256, signed)
        self.waiting.append(version_id)
        self._chunks_waiting += len(chunks)
        self._chunks_total += len(chunks)
        self._masked += masked
        return FileRow(
            str(source.path),
            "indexed",
            "added" if before is None else "updated",
            chunks=len(chunks),
            chars=len(document.text),
            pages=page_count(reading.elements),
            seconds=time.monotonic() - started,
            unknown=unknown_fields(document.metadata),
            masked=dict(sorted(masked.items())),
            duplicate_of=alike[0].path if alike else "",
            likeness=alike[0].share if alike else 0.0,
        )

    def _document(self, source: Source, found: _Found, reading: Reading) -> tuple[Document, Counter[str]]:
        """Return the masked document of a reading.

        Raises:
            SourceError: IN-20 for a recording without consent; a document it may have been is retired.

        """
        document_id = document_id_of(source.path)
        lifecycle = self._library.lifecycle
        read = found.kept or reading
        metadata, origins = read.metadata, read.origins
        metadata, origins = corrected(metadata, origins, lifecycle.corrections(document_id))
        if reading.is_recording and not has_consent(metadata):
            if not self._around.consent:
                lifecycle.refuse(document_id, self._around.who, self._around.clock())
                raise failure("IN-20")
            said = {"consent": self._around.consent}
            lifecycle.correct(document_id, said, self._around.who, self._around.clock())
            metadata, origins = corrected(metadata, origins, said)
        metadata = replace(metadata, scope=metadata.scope or self._settings.ingest.scope)
        pupils = list(dict.fromkeys(fact.value for fact in reading.private if fact.kind == "pupil"))
        self._library.pseudonyms.enrol(pupils)
        label_of = self._library.pseudonyms.label_of
        elements, masked = mask(reading.elements, reading.private, label_of)
        if self._settings.ingest.mask:
            said = {name: mask_text(getattr(metadata, name), pupils, label_of) for name in _SAID}
            metadata = replace(metadata, **said)  # type: ignore[arg-type]  # these fields are all texts
            origins = {
                name: Origin(origin.kind, origin.confidence, mask_text(origin.words, pupils, label_of))
                for name, origin in origins.items()
            }
        return replace(assemble(source, elements, metadata), origins=origins), masked

    def _row(self, row: FileRow) -> None:
        self._rows.append(row)
        self._tell(row.path)

    def _tell(self, current: str) -> None:
        per_second = self._chunks_done / self._embedding if self._embedding > 1 else 0.0
        done = len(self._rows)
        self.files_total = max(self.files_total, done)
        self._around.on_progress(
            Progress(
                done,
                self.files_total,
                self._chunks_done,
                self._chunks_total,
                current,
                chunks_per_second=per_second,
                seconds_left=self._seconds_left(done),
            )
        )

    def _seconds_left(self, done: int) -> float | None:
        """Estimate from the share of the work done so far; None while too little is known."""
        spent = time.monotonic() - self._started
        if spent < 3 or not done:  # seconds; before that any estimate would be wrong by more than half
            return None
        expected = self._chunks_total * max(self.files_total, done) / done
        if not expected:
            return spent * (self.files_total - done) / done
        return spent * (expected - self._chunks_done) / self._chunks_done if self._chunks_done else None


def _forget(found: _Found) -> None:
    """Remove what was unpacked of an archive for this file; a kept original stays."""
    if isinstance(found.item, Source) and found.item.unpacked and not found.kept:
        found.item.unpacked.unlink(missing_ok=True)


def _count(path: Path) -> int:
    """Return about how many files there are, for the progress; archives grow as they are opened."""
    return sum(len(files) for _, _, files in os.walk(path)) if path.is_dir() else 1


def _not_ours(found: Source | FileRow, folder: Path) -> Source | FileRow:
    """Leave the library's own files out: a folder given may hold the library itself."""
    if isinstance(found, FileRow) or not found.path.is_relative_to(folder):
        return found
    message, hint = reason("IN-05")
    return FileRow(str(found.path), "skipped", code="IN-05", message=message, hint=hint)
