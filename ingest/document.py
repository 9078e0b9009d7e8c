"""The value types that flow through ingest: Source → Element → Document (Blocks) → Chunk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

ElementKind = Literal["heading", "text", "list", "table", "note", "turn"]


@dataclass(frozen=True, slots=True)
class Locator:
    """Where in the original something stands; only what the format really has, the rest is None.

    `page`, `slide` and `row` count from 1; `start` and `end` are seconds from the beginning of a recording.
    """

    page: int | None = None
    slide: int | None = None
    sheet: str | None = None
    row: int | None = None
    start: float | None = None
    end: float | None = None

    def label(self) -> str:
        """Say the place as a teacher would: 第3页, 第2张, 表「成绩」第5行, 12:40; empty when the format has no places."""
        if self.page is not None:
            return f"第{self.page}页"
        if self.slide is not None:
            return f"第{self.slide}张"
        if self.sheet is not None:
            return f"表「{self.sheet}」" + (f"第{self.row}行" if self.row is not None else "")
        if self.start is not None:
            minutes, seconds = divmod(int(self.start), 60)
            return f"{minutes:02d}:{seconds:02d}"
        return ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was found: its path, the SHA-256 of its bytes, and its size in bytes."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Element:
    """One piece of a file as a partitioner reads it, in reading order.

    `level` is 1 for the topmost heading and set for headings only. `speaker` is set for turns of a transcript.
    A table's text has one line a row, its cells joined by " | ".
    """

    kind: ElementKind
    text: str
    locator: Locator = Locator()
    level: int | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters of a document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """An element placed in its document: `document.text[span.start:span.end]` is its text."""

    span: Span
    kind: ElementKind
    locator: Locator
    headings: tuple[str, ...]
    level: int | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document is; an empty string or None means unknown, never a guess."""

    title: str = ""
    kind: str = ""
    stage: str = ""
    grade: int | None = None
    subject: str = ""
    edition: str = ""
    volume: str = ""
    unit: str = ""
    topic: str = ""
    periods: str = ""
    layer: str = ""
    school: str = ""
    author: str = ""
    date: str = ""
    licence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One normalised text with the blocks it is made of, in order and without overlap."""

    source: Source
    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata = field(default_factory=Metadata)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document's text that is found as one.

    Invariant: `document.text[chunk.span.start:chunk.span.end] == chunk.text`.
    """

    id: str
    version_id: str
    ordinal: int
    span: Span
    text: str
    headings: tuple[str, ...]
    locator: Locator


def content_id(*parts: str) -> str:
    """Return 32 hexadecimal digits that depend on every part and on nothing else."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()[:32]
