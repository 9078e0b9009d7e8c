"""The parts of one exercise: question, options, answer, analysis, tier, knowledge points, difficulty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from ingest.chunk.item_labels import PARTS, SOLUTION_WORDS, bare, part_of
from ingest.chunk.pieces import lines_of, trimmed
from ingest.document import Field, FieldName, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Parts = dict[FieldName, Span]

ORDER: tuple[FieldName, ...] = get_args(FieldName)
_ONE_LINE: frozenset[FieldName] = frozenset({"tier", "points", "difficulty"})
_WORDS = "|".join(sorted((word for words in PARTS.values() for word in words), key=len, reverse=True))
_SOLUTION = "|".join(sorted(SOLUTION_WORDS, key=len, reverse=True))
# 【答案】 is a label wherever it stands; 「答案：」 at the beginning of a line or behind a mark; 「解：」 only at the beginning.
_LABEL = re.compile(
    rf"[【〖\[]\s*(?P<boxed>{_WORDS}|{_SOLUTION})\s*[】〗\]]\s*[：:]?"
    rf"|^\s*(?P<first>{_WORDS}|{_SOLUTION})\s*[：:]"
    rf"|(?<=[\s（(；;。！？｜|.．、])(?P<later>{'|'.join(word for word in (*PARTS['answer'], '解析', '知识点', '难度'))})\s*[：:]",
    re.MULTILINE,
)
_OPTION_LINE = re.compile(r"^\s*[（(]?A(?:\s*[.．、：:)）])\s*\S", re.MULTILINE)
_OPTIONS_INSIDE = re.compile(
    r"(?<=[\s）)。？?：:_])[（(]?A\s*[.．、)）]\s*\S[^\n]{0,300}?[\s；;，,][（(]?B\s*[.．、)）]\s*\S"
)
_BLANK = re.compile(r"[\s_＿（）()。.]*")
_CELL = re.compile(r"(?:^| )\|(?= |$)")


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    content: int
    part: FieldName | None  # None: a worked solution


def prose_parts(text: str, start: int, end: int) -> Parts:
    """Read the parts of an item that is written in lines; what stands before the first label is the question."""
    marks = list(_marks(text, start, end))
    parts: Parts = {}
    _take(parts, "question", trimmed(text, start, marks[0].start if marks else end))
    solution: Span | None = None
    previous: FieldName | None = "question"
    for mark, following in zip(marks, [*(one.start for one in marks[1:]), end], strict=False):
        span = _content(text, mark, following)
        if span is None:
            continue
        if mark.part is None:
            solution = span if solution is None else Span(solution.start, span.end)
        elif mark.part == previous and mark.part in parts:
            parts[mark.part] = Span(parts[mark.part].start, span.end)  # 【分析】 … 【详解】 …
        else:
            _take(parts, mark.part, span)
        previous = mark.part
    if solution is not None and not is_blank(text, solution):
        parts.setdefault("analysis" if "answer" in parts else "answer", solution)
    if "answer" in parts and is_blank(text, parts["answer"]):
        del parts["answer"]
    return parts


def labelled_parts(text: str, span: Span) -> Parts:
    """Read the parts of an item that comes from a sheet, one labelled line each."""
    parts: Parts = {}
    for line in lines_of(text, span):
        word, colon, _ = text[line.start : line.end].partition("：")
        part = part_of(word)
        if colon and part is not None:
            _take(parts, part, trimmed(text, line.start + len(word) + 1, line.end))
    return parts


def header_parts(line: str) -> list[FieldName | None] | None:
    """Return the part each column of a table holds, None when the table is no list of exercises."""
    parts = [part_of(bare(cell)) for cell in _CELL.split(line)]
    return parts if "question" in parts and "answer" in parts else None


def row_parts(text: str, line: Span, columns: Sequence[FieldName | None]) -> Parts:
    """Read the parts of an item that is a table's row."""
    parts: Parts = {}
    for part, cell in zip(columns, cells_of(text, line), strict=False):
        if part is not None and cell is not None:
            _take(parts, part, cell)
    return parts if "question" in parts else {}


def cells_of(text: str, line: Span) -> Iterator[Span | None]:
    """Yield the spans of a row's cells, None for empty ones."""
    start = line.start
    for match in _CELL.finditer(text[line.start : line.end]):
        yield trimmed(text, start, line.start + match.start())
        start = line.start + match.end()
    yield trimmed(text, start, line.end)


def in_order(parts: Mapping[FieldName, Span]) -> tuple[Field, ...]:
    """Return the parts as fields, in the order in which a teacher reads them."""
    return tuple(Field(name, parts[name]) for name in ORDER if name in parts)


def is_blank(text: str, span: Span) -> bool:
    """Tell lines to fill in from an answer."""
    return _BLANK.fullmatch(text, span.start, span.end) is not None


def _take(parts: Parts, part: FieldName, span: Span | None) -> None:
    if span is not None:
        parts.setdefault(part, span)


def _marks(text: str, start: int, end: int) -> Iterator[_Mark]:
    labels = [_label(match) for match in _LABEL.finditer(text, start, end)]
    first = next((label.start for label in labels if label.part != "question"), end)
    options = [
        match.start()
        for match in (_OPTION_LINE.search(text, start, first), _OPTIONS_INSIDE.search(text, start, first))
        if match
    ]
    if options and not any(label.part == "options" for label in labels):
        labels.append(_Mark(min(options), min(options), "options"))
    yield from sorted(labels, key=lambda mark: mark.start)


def _label(match: re.Match[str]) -> _Mark:
    word = match["boxed"] or match["first"] or match["later"]
    start = match.start()
    enclosed = start > 0 and match.string[start - 1] in "（("  # （答案：7）
    return _Mark(start - enclosed, match.end(), part_of(word))


def _content(text: str, mark: _Mark, end: int) -> Span | None:
    if mark.part in _ONE_LINE:
        line_end = text.find("\n", mark.content, end)
        end = end if line_end < 0 else line_end
    if text[mark.start] in "（(" and mark.part != "options":
        closing = re.compile(r"[）)]").search(text, mark.content, end)
        end = closing.start() if closing else end
    return trimmed(text, mark.content, end)
