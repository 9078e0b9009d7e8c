"""The value types that flow through ingest: Source → Element → Document (Blocks) → Chunk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# An "item" is one exercise with its options, answer, analysis and tier, one labelled line each: it is never cut.
ElementKind = Literal["heading", "text", "list", "table", "note", "turn", "item"]
ChunkKind = Literal["section", "slide", "item", "exchange", "rows"]
FieldName = Literal["question", "options", "answer", "analysis", "tier", "points", "difficulty"]
OriginKind = Literal["curator", "manifest", "name", "folder", "heading", "content"]


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
        return f"第{self.row}行" if self.row is not None else ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was found: its path, the SHA-256 of its bytes, and its size in bytes.

    A member of an archive has the path `…/archive.zip/folder/file.docx`; `unpacked` then says where its bytes are
    for the length of the run.
    """

    path: Path
    sha256: str
    size: int
    unpacked: Path | None = None

    @property
    def file(self) -> Path:
        """Return where the bytes can be read now."""
        return self.unpacked or self.path


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
    scope: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field of the metadata was read: the kind of place, how sure the reading is (0 to 1), and the words read."""

    kind: OriginKind
    confidence: float
    words: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One normalised text with the blocks it is made of, in order and without overlap."""

    source: Source
    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata = field(default_factory=Metadata)
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One part of an exercise within its chunk; the span counts in the document's text, the label left out."""

    name: FieldName
    span: Span


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document's text that is found as one; `fields` are set for exercise items only.

    Invariant: `document.text[chunk.span.start:chunk.span.end] == chunk.text`.
    """

    id: str
    version_id: str
    ordinal: int
    span: Span
    text: str
    headings: tuple[str, ...]
    locator: Locator
    kind: ChunkKind = "section"
    fields: tuple[Field, ...] = ()


def content_id(*parts: str) -> str:
    """Return 32 hexadecimal digits that depend on every part and on nothing else."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()[:32]
