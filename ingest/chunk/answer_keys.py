"""Answers collected at the end of a paper: 「1. B　2. C」, 「1—5 BCADB」, a grid of numbers and answers, worked solutions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.chunk.item_fields import Parts, cells_of, is_blank, prose_parts
from ingest.chunk.item_labels import NUMBER_WORDS, bare, part_of
from ingest.chunk.item_lines import LOOK_AHEAD, goes_on
from ingest.chunk.pieces import lines_of
from ingest.document import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.chunk.item_lines import Line

_RANGE = re.compile(
    r"(\d{1,3})\s*[-—–－~～至]{1,2}\s*(\d{1,3})\s*(?:小?题)?\s*[.．、:：]?\s*((?:[A-H√×✓✗对错TF][\s,，、；;]*){2,60})(?![\w.])"
)
_ONE = re.compile(r"[A-H√×✓✗对错TF]")
_NEXT = re.compile(
    r"(?:(?<=[\s；;，,。）)])|(?<=[A-H√×✓✗对错]))(?:第\s*)?(\d{1,3})(?:\s*题\s*[.．、:：]?|\s*(?:[．、]|[.:：](?!\d)))\s*"
)
_FIRST = re.compile(r"\s*(?:第\s*)?(\d{1,3})(?:\s*题\s*[.．、:：]?|\s*(?:[．、]|[.:：](?!\d)))\s*")


_PAREN = re.compile(r"\s*[（(](\d{1,3})[）)]\s*")
_SECTION = re.compile(r"[一二三四五六七八九十]{1,3}\s*[、.．]\s*(?:[^\d\s]{1,12}[：:\s]\s*)?")
LONGEST_NUMBER = 3


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of an answer key; `scope` is its section's numeral, `continued` the starts of its further blocks."""

    scope: str
    number: int
    parts: Parts
    continued: tuple[int, ...] = ()


@dataclass(slots=True)
class _Entry:
    scope: str
    number: int
    content: int
    end: int
    continued: list[int]


def read_key(text: str, lines: Sequence[Line], *, in_parens: bool = False) -> list[Key]:
    """Read the entries of an answer key from its lines; `in_parens` when the paper numbers its items （1）, （2）."""
    keys: list[Key] = []
    entry: _Entry | None = None
    scope, last = "", 0
    number = _PAREN if in_parens else _FIRST
    for index, line in enumerate(lines):
        start = line.span.start
        if line.begins in {"head", "key"}:
            section = _SECTION.match(text, start, line.span.end)
            start = section.end() if section else line.span.end
            scope, last = line.scope or scope, 0
        span = Span(start, line.span.end)
        compact = list(_table(text, line, scope)) if line.begins == "table" else list(_ranges(text, span, scope))
        first = None if compact else number.match(text, span.start, span.end)
        following = _numbers(text, lines, index, number) if first else []
        if first and last and not _is_entry(int(first[1]), last, following):
            first = None
        if entry is not None and (compact or first or line.begins in {"head", "key"}):
            keys.append(_key(text, entry))
            entry = None
        keys += compact
        if first:
            *done, entry = _entries(text, span, first, scope, following[0] if following else None)
            keys += [_key(text, one) for one in done]
        elif entry is not None:
            entry.end = line.span.end
            if line.span.start == line.block.span.start:
                entry.continued.append(line.span.start)
        last = entry.number if first and entry else compact[-1].number if compact else last
    return [*keys, *([_key(text, entry)] if entry is not None else [])]


def _is_entry(number: int, last: int, following: Sequence[int]) -> bool:
    """Tell an entry from the numbered steps of a solution; a key may leave out any number of items."""
    return number > last + 1 or goes_on(number, last, following)


def _numbers(text: str, lines: Sequence[Line], index: int, number: re.Pattern[str]) -> list[int]:
    """Return the numbers of the lines that follow, until the next head."""
    found: list[int] = []
    for line in lines[index + 1 : index + 1 + LOOK_AHEAD]:
        if line.begins == "head":
            break
        if match := number.match(text, line.span.start, line.span.end):
            found.append(int(match[1]))
    return found


def link(items: Sequence[tuple[str, int | None]], keys: Sequence[Key]) -> list[Key | None]:
    """Return the key entry of each item (section's numeral, number); None where more than one could be meant.

    Numbers that begin again in each section are told apart by the section's numeral.
    """
    by_number = Counter(number for _, number in items)
    by_place = Counter(items)
    keys_by_number = _unique((key.number, key) for key in keys)
    keys_by_place = _unique(((key.scope, key.number), key) for key in keys)
    found: list[Key | None] = []
    for scope, number in items:
        key = keys_by_place.get((scope, number)) if by_place[scope, number] == 1 and number is not None else None
        if key is None and number is not None and by_number[number] == 1:
            key = keys_by_number.get(number)
        found.append(key)
    return found


def _unique(keys: Iterable[tuple[object, Key]]) -> dict[object, Key]:
    """Return the entries by place, those places left out that several entries claim."""
    pairs = list(keys)
    counts = Counter(place for place, _ in pairs)
    return {place: key for place, key in pairs if counts[place] == 1}


def _entries(text: str, span: Span, first: re.Match[str], scope: str, next_number: int | None) -> list[_Entry]:
    """Split 「1. B　2. C　3. 26；40」 where the numbers go on by one, but not up to the number of the next line."""
    entries = [_Entry(scope, int(first[1]), first.end(), span.end, [])]
    for match in _NEXT.finditer(text, first.end(), span.end):
        number = entries[-1].number + 1
        if number == next_number:
            break
        if int(match[1]) == number:
            entries[-1].end = match.start()
            entries.append(_Entry(scope, number, match.end(), span.end, []))
    return entries


def _key(text: str, entry: _Entry) -> Key:
    """Read an entry's parts; what stands before its first label is the answer."""
    parts = prose_parts(text, entry.content, entry.end)
    plain = parts.pop("question", None)
    if plain is not None and not is_blank(text, plain):
        parts.setdefault("answer", plain)
    parts.pop("options", None)
    return Key(entry.scope, entry.number, parts, tuple(entry.continued))


def _ranges(text: str, span: Span, scope: str) -> Iterator[Key]:
    """Yield the answers of 「1—5 BCADB」, when there are as many as the numbers say."""
    for match in _RANGE.finditer(text, span.start, span.end):
        low, high = int(match[1]), int(match[2])
        answers = [Span(*one.span()) for one in _ONE.finditer(text, *match.span(3))]
        if len(answers) == high - low + 1:
            for number, answer in enumerate(answers, start=low):
                yield Key(scope, number, {"answer": answer})


def _table(text: str, line: Line, scope: str) -> Iterator[Key]:
    """Yield the answers of a grid (numbers above answers) or of a table with a column for each."""
    rows = [list(cells_of(text, row)) for row in lines_of(text, line.span)]
    words = [[bare(text[cell.start : cell.end]) if cell else "" for cell in row] for row in rows]
    head = words[0]
    if any(word in NUMBER_WORDS for word in head) and "answer" in map(part_of, head):
        at_number = next(index for index, word in enumerate(head) if word in NUMBER_WORDS)
        at_answer = [part_of(word) for word in head].index("answer")
        pairs = [(row[at_number], row[at_answer]) for row in rows[1:] if len(row) > max(at_number, at_answer)]
    else:
        pairs = [
            pair
            for upper, lower, names, below in zip(rows, rows[1:], words, words[1:], strict=False)
            if part_of(below[0]) == "answer" and names[0] in NUMBER_WORDS
            for pair in zip(upper[1:], lower[1:], strict=False)
        ]
    for number, answer in pairs:
        digits = text[number.start : number.end].strip("第题.") if number else ""
        if digits.isdecimal() and len(digits) <= LONGEST_NUMBER and answer is not None:
            yield Key(scope, int(digits), {"answer": answer})
