"""Read one file as far as it goes without the library: partition → clean → classify → find what is private."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ingest.classify import classify
from ingest.document import Element, Locator, Metadata, Origin, Span, content_id
from ingest.errors import SourceError
from ingest.normalise import clean
from ingest.partition import partition
from ingest.privacy import Private, find_private, is_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ingest.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read: its name in the library, where its bytes are, and its row in a manifest."""

    path: Path
    file: Path
    row: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says, cleaned but not masked yet: that needs the key, which stays with the library."""

    elements: tuple[Element, ...]
    metadata: Metadata
    origins: Mapping[str, Origin]
    private: tuple[Private, ...]
    is_recording: bool


class Readers(Protocol):
    """Read files; passes `tests/contracts/test_readers_contract.py`."""

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Reading | SourceError]]:
        """Yield what became of each job, in the order given; jobs are taken a bounded number ahead."""
        ...

    def close(self) -> None:
        """End what is still being read."""
        ...


class ReadersHere:
    """Read in this process, one file after the other, without a limit of time."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Reading | SourceError]]:
        """Yield what became of each job, in the order given."""
        for job in jobs:
            try:
                yield job, read_file(job, self._settings)
            except SourceError as error:
                yield job, error

    def close(self) -> None:
        """Do nothing: nothing goes on between jobs."""


def read_file(job: Job, settings: IngestSettings, on_page: Callable[[int], None] = lambda _: None) -> Reading:
    """Read a file.

    Args:
        job: the file.
        settings: limits, and whether pages are recognised and private facts looked for.
        on_page: told the number of each page that took long, so that a limit of time can be extended.

    Raises:
        SourceError: IN-01 … IN-18, IN-24.

    """
    found = partition(job.file, settings, on_page=on_page)
    elements = tuple(
        replace(element, text=text, speaker=clean(element.speaker) if element.speaker else None)
        for element in found
        if (text := clean(element.text))
    )
    metadata, origins = classify(job.path, elements, job.row)
    private = find_private(elements, metadata) if settings.mask else ()
    return Reading(elements, metadata, origins, private, is_recording(elements, metadata))


def listed_as(row: Mapping[str, str] | None) -> str:
    """Return a digest of a file's row in its manifest: when it changes, the file is taken in again."""
    return content_id(*(f"{name}={value}" for name, value in sorted(row.items()))) if row else ""


# --- between processes: plain values, since what is read from a file is never unpickled ---------------------------


def job_row(job: Job) -> dict[str, Any]:
    """Return a job as plain values."""
    return {"path": str(job.path), "file": str(job.file), "row": None if job.row is None else dict(job.row)}


def job_of(row: Mapping[str, Any]) -> Job:
    """Return the job of plain values."""
    return Job(Path(row["path"]), Path(row["file"]), row["row"])


def reading_row(reading: Reading) -> dict[str, Any]:
    """Return a reading as plain values."""
    return {
        "elements": [
            [element.kind, element.text, asdict(element.locator), element.level, element.speaker]
            for element in reading.elements
        ],
        "metadata": asdict(reading.metadata),
        "origins": {name: asdict(origin) for name, origin in reading.origins.items()},
        "private": [[fact.kind, fact.element, fact.span.start, fact.span.end, fact.value] for fact in reading.private],
        "is_recording": reading.is_recording,
    }


def reading_of(row: Mapping[str, Any]) -> Reading:
    """Return the reading of plain values."""
    return Reading(
        elements=tuple(
            Element(kind, text, Locator(**locator), level, speaker)
            for kind, text, locator, level, speaker in row["elements"]
        ),
        metadata=Metadata(**row["metadata"]),
        origins={name: Origin(**origin) for name, origin in row["origins"].items()},
        private=tuple(
            Private(kind, element, Span(start, end), value) for kind, element, start, end, value in row["private"]
        ),
        is_recording=row["is_recording"],
    )
