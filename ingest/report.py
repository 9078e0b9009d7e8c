"""What an ingest run did: one row for every file found, none left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["indexed", "unchanged", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """What became of one file; `code`, `message` and `hint` are set when it failed or was skipped."""

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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: files read and chunks embedded, of those known so far."""

    files_done: int
    files_total: int
    chunks_done: int
    chunks_total: int
    current: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The rows of a run and their counts."""

    files: tuple[FileRow, ...]
    seconds: float
    cancelled: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Return how many files were added, updated, unchanged, failed and skipped."""
        changes = Counter(row.change or row.status for row in self.files)
        return {name: changes[name] for name in ("added", "updated", "unchanged", "failed", "skipped")}

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values for `--json`."""
        return {
            **self.counts,
            "cancelled": self.cancelled,
            "seconds": round(self.seconds, 3),
            "files": [asdict(row) for row in self.files],
        }
