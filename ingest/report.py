"""What an ingest run did: one row for every file found, none left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

COUNTS = ("added", "updated", "unchanged", "retired", "duplicates", "failed", "skipped")
Status = Literal["indexed", "unchanged", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """What became of one file; `code`, `message` and `hint` are set when it failed or was skipped.

    `unknown` names the metadata a curator should fill in, `masked` counts what was masked by kind, `duplicate_of` is
    the likest other document and `likeness` how like it is (1 = the same text).
    """

    path: str
    status: Status
    change: Literal["added", "updated", ""] = ""
    code: str = ""
    message: str = ""
    hint: str = ""
    chunks: int = 0
    chars: int = 0
    pages: int = 0
    seconds: float = 0.0
    unknown: tuple[str, ...] = ()
    masked: dict[str, int] = field(default_factory=dict)
    duplicate_of: str = ""
    likeness: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: files read and chunks embedded, of those known so far; None or 0 where nothing is known yet."""

    files_done: int
    files_total: int
    chunks_done: int
    chunks_total: int
    current: str = ""
    chunks_per_second: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The rows of a run and their counts."""

    files: tuple[FileRow, ...]
    seconds: float
    cancelled: bool = False
    retired: tuple[str, ...] = ()
    masked: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many files were added, updated, …; `duplicates` counts those that are like another document."""
        changes: Counter[str] = Counter(row.change or row.status for row in self.files)
        changes["retired"] = len(self.retired)
        changes["duplicates"] = sum(bool(row.duplicate_of) for row in self.files)
        return {name: changes[name] for name in COUNTS}

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values for `--json`."""
        return {
            **self.counts,
            "cancelled": self.cancelled,
            "seconds": round(self.seconds, 3),
            "masked": self.masked,
            "retired_files": list(self.retired),
            "files": [{**asdict(row), "unknown": list(row.unknown)} for row in self.files],
        }
