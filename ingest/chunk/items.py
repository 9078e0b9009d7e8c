"""Exercises written in lines or tables: where each begins and ends, its parts, and its answer from the key at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from ingest.chunk.answer_keys import Key, link, read_key
from ingest.chunk.item_fields import Parts, header_parts, in_order, labelled_parts, prose_parts, row_parts
from ingest.chunk.item_labels import TIER
from ingest.chunk.item_lines import LOOK_AHEAD, TIER_RANK, Begins, Line, goes_on, outer_style, read_lines
from ingest.chunk.pieces import LEADS_ON, lines_of
from ingest.document import Block, Field, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.document import Document

# Numbered lines below such a head tell how to use the paper.
_NO_ITEMS = re.compile(
    r"说明(?!文|理由|为什么)|须知|注意事项|(?:学习|复习|教学|考查)目标|知识(?:梳理|要点|回顾|清单|点拨|链接)|双向细目|评价表"
)
_LEADS_TO_ADVICE = re.compile(r".{0,6}(?:说明|须知|注意事项|要求)[：:]?")
_IN_KEY = re.compile(rf"题|卷|阅读|完形|听力|写作|作文|答案|{TIER.pattern}")  # heads of sections, which a key has too
_BLANK = re.compile(r"[_＿]{2,}|[（(]\s*[）)]|□")
KIND = "习题"
UNKNOWN = frozenset({"", "其他"})
FEWEST_ITEMS = 3
ITEMS_SHARE = 0.5
SURE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Item:
    """One exercise: its span with the headings right above it, the block it begins in, and its parts.

    A part read from the answer key at the end of the paper, or the tier from a heading, lies outside the span.
    """

    span: Span
    block: Block
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The items of a document in order, and the starts of blocks that go on with an entry of the answer key."""

    items: tuple[Item, ...] = ()
    continued: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Draft:
    start: int
    end: int
    first: Line
    content: int
    tier: Span | None
    scope: str
    number: int | None
    parts: Parts | None = None
    listed: bool = False  # it holds a numbered list of its own


@dataclass(slots=True)
class _Reader:
    """What has been read so far: the items, the item that is open, the heads above, the numbering."""

    text: str
    outer: Begins
    drafts: list[_Draft] = field(default_factory=list)
    open: _Draft | None = None
    heads: list[tuple[int, Span | None, str]] = field(default_factory=list)
    waiting: int | None = None
    last: int = 0
    fresh: bool = True
    advice: Literal["", "expected", "begun"] = ""


def find_items(document: Document) -> Found:
    """Find the exercises of a document; a document of unknown kind must look like an exercise paper throughout."""
    sheets = [
        Item(block.span, block, in_order(labelled_parts(document.text, block.span)))
        for block in document.blocks
        if block.kind == "item"
    ]
    kind = document.metadata.kind
    if kind != KIND and kind not in UNKNOWN:
        return Found(tuple(sheets))
    lines = list(read_lines(document))
    drafts, key_lines = _read(document.text, lines)
    keys = read_key(document.text, key_lines, in_parens=outer_style(lines) == "paren")
    written = _finish(document.text, drafts, keys)
    if kind != KIND and not _is_paper(document, written):
        return Found(tuple(sheets))
    items = sorted([*sheets, *written], key=lambda item: item.span.start)
    return Found(tuple(items), frozenset(start for key in keys for start in key.continued))


def _read(text: str, lines: Sequence[Line]) -> tuple[list[_Draft], list[Line]]:
    """Return the items without their parts, and the lines of the answer key."""
    reader = _Reader(text, outer_style(lines))
    key_lines: list[Line] = []
    key_rank: int | None = None
    for index, line in enumerate(lines):
        if line.begins == "key" and _is_key(reader, line, lines, index):
            _close(reader)
            key_rank = line.rank
        elif key_rank is not None and _ends_key(text, line, key_rank):
            key_rank = None
        if key_rank is not None:
            key_lines.append(line)
        else:
            _step(reader, line, lines, index)
    _close(reader)
    return reader.drafts, key_lines


def _is_key(reader: _Reader, line: Line, lines: Sequence[Line], index: int) -> bool:
    """Tell the head of the answer key from the label of one item's answer: below it the numbers begin again."""
    if reader.open is None or line.block.kind == "heading":
        return True
    numbered = {reader.outer, "ordinal"}
    below = (one for one in lines[index + 1 : index + 4] if one.begins in {"head", "table", "range", *numbered})
    first = next(below, None)
    if first is None or (first.begins in numbered and first.number != 1):
        return False
    a_label_too = reader.text[line.span.start : line.span.end].endswith(LEADS_ON)
    return not a_label_too or reader.last + 1 not in _following(lines, index, reader.outer, ("head", "key"))


def _ends_key(text: str, line: Line, key_rank: int) -> bool:
    if line.begins != "head" or line.rank > key_rank or line.scope:
        return False
    return line.block.kind == "heading" and _IN_KEY.search(text, line.span.start, line.span.end) is None


def _step(reader: _Reader, line: Line, lines: Sequence[Line], index: int) -> None:
    if line.begins == "head":
        _close(reader)
        _enter(reader, line)
    elif line.begins == "table" and (rows := _table_items(reader, line)):
        _close(reader)
        reader.drafts += rows
        reader.waiting = None
    elif line.begins == "break":
        _close(reader)
        reader.waiting = None
    elif _is_start(reader, line, lines, index):
        _close(reader)
        _begin(reader, line)
    elif reader.open is not None:
        reader.open.listed |= line.number == 1 and line.begins == reader.outer
        reader.open.end = line.span.end
    else:
        reader.waiting = None
        if _LEADS_TO_ADVICE.fullmatch(reader.text, line.span.start, line.span.end):
            reader.advice = "expected"
        elif line.begins == reader.outer and line.number == 1 and reader.advice:
            reader.advice = "begun"


def _enter(reader: _Reader, head: Line) -> None:
    if reader.fresh and reader.heads and reader.heads[-1][0] == TIER_RANK:  # 基础篇, and at once 第1节: it encloses it
        reader.heads[-1] = (head.rank - 1, *reader.heads[-1][1:])
    while reader.heads and reader.heads[-1][0] >= head.rank:
        reader.heads.pop()
    tier = TIER.search(reader.text, head.span.start, head.span.end)
    scope = head.scope or (reader.heads[-1][2] if reader.heads else "")
    reader.heads.append((head.rank, Span(*tier.span()) if tier else None, scope))
    reader.advice = "expected" if _NO_ITEMS.search(reader.text, head.span.start, head.span.end) else ""
    reader.fresh = True
    if reader.waiting is None:
        reader.waiting = head.span.start


def _begin(reader: _Reader, line: Line) -> None:
    if line.begins != "named":
        reader.last = line.number
    reader.fresh, reader.advice = False, ""
    start = line.span.start if reader.waiting is None else reader.waiting
    reader.open = _Draft(start, line.span.end, line, line.content, _tier(reader), _scope(reader), line.number or None)
    reader.waiting = None


def _close(reader: _Reader) -> None:
    if reader.open is not None:
        reader.drafts.append(reader.open)
        reader.open = None


def _tier(reader: _Reader) -> Span | None:
    return next((tier for _, tier, _ in reversed(reader.heads) if tier), None)


def _scope(reader: _Reader) -> str:
    return reader.heads[-1][2] if reader.heads else ""


def _is_start(reader: _Reader, line: Line, lines: Sequence[Line], index: int) -> bool:
    """Tell an item's number from the numbers of a list within an item."""
    number, last = line.number, reader.last
    if line.begins != reader.outer:
        return line.begins == "named"
    if reader.advice:  # its list ends where the numbers begin again
        return number == 1 and reader.advice == "begun"
    if reader.fresh:
        return number == 1 or number > last
    if number > last:
        return goes_on(number, last, _following(lines, index, line.begins, ("head", "key", "break")))
    return number == 1 and reader.open is not None and _starts_again(reader, reader.open, line, lines, index)


def _starts_again(reader: _Reader, open_item: _Draft, line: Line, lines: Sequence[Line], index: int) -> bool:
    """Tell a new run of items, from 1 again without a head, from steps of a solution and from a list within an item."""
    if "answer" in prose_parts(reader.text, open_item.content, open_item.end):
        return _is_answered(reader, line, lines, index)
    announced = open_item.listed or reader.text.endswith(LEADS_ON, open_item.start, open_item.end)
    return not announced and reader.last + 1 not in _following(lines, index, line.begins, ("key",))


def _is_answered(reader: _Reader, line: Line, lines: Sequence[Line], index: int) -> bool:
    """Tell whether an answer of its own follows a number before the next number or head."""
    end = line.span.end
    for following in lines[index + 1 : index + 1 + LOOK_AHEAD]:
        if following.begins in {"head", "key", "break", reader.outer}:
            break
        end = following.span.end
    return "answer" in prose_parts(reader.text, line.content, end)


def _following(lines: Sequence[Line], index: int, begins: str, until: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of one kind that follow a line."""
    for at in range(index + 1, min(index + 1 + LOOK_AHEAD, len(lines))):
        if lines[at].begins in until:
            return
        if lines[at].begins == begins:
            yield lines[at].number


def _table_items(reader: _Reader, line: Line) -> list[_Draft]:
    """Return an item for each row of a table with a column of questions and one of answers."""
    rows = list(lines_of(reader.text, line.span))
    columns = header_parts(reader.text[rows[0].start : rows[0].end])
    if columns is None or len(rows) == 1:
        return []
    start = rows[0].start if reader.waiting is None else reader.waiting
    drafts: list[_Draft] = []
    for row in rows[1:]:
        parts = row_parts(reader.text, row, columns)
        if not parts and drafts:
            drafts[-1].end = row.end
            continue
        drafts.append(
            _Draft(start, row.end, replace(line, span=row), row.start, _tier(reader), _scope(reader), None, parts)
        )
        start = row.end
    return [replace(draft, start=_first_character(reader.text, draft.start)) for draft in drafts]


def _first_character(text: str, position: int) -> int:
    while text[position].isspace():
        position += 1
    return position


def _finish(text: str, drafts: Sequence[_Draft], keys: Sequence[Key]) -> list[Item]:
    """Read the parts of each item, and add what the answer key and the headings say."""
    known = [
        draft.parts if draft.parts is not None else prose_parts(text, draft.content, draft.end) for draft in drafts
    ]
    linked = link([(draft.scope, draft.number) for draft in drafts], keys)
    items: list[Item] = []
    for draft, parts, key in zip(drafts, known, linked, strict=True):
        together = {**(key.parts if key else {}), **parts}
        if draft.tier is not None:
            together.setdefault("tier", draft.tier)
        items.append(Item(Span(draft.start, draft.end), draft.first.block, in_order(together)))
    return items


def _is_paper(document: Document, items: Sequence[Item]) -> bool:
    """Tell whether most of a document is exercises that have an answer, options or blanks to fill in."""
    covered = sum(item.span.end - item.span.start for item in items)
    sure = sum(
        any(part.name in {"answer", "options"} for part in item.fields)
        or _BLANK.search(document.text, item.span.start, item.span.end) is not None
        for item in items
    )
    return (
        len(items) >= FEWEST_ITEMS and covered >= ITEMS_SHARE * len(document.text) and sure >= SURE_SHARE * len(items)
    )
