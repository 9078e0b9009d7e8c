"""Find the steps of a lesson as they stand in a plan: headings below 教学过程, rows of a table of 环节, or numbered lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.document import Span
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.document import Block

# So many characters of whole sentences are shown of a step, and of the one step that was asked for.
SHOWN = 110
SHOWN_ALONE = 320
LEAST_STEPS = 3
MOST_STEPS = 16

_PROCESS = re.compile(
    r"(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．\s\u3000]*)?(?:各?课时|课堂|主要)?(?:教学|学习|活动|实验|实施|上课|导学|操作)?(?:过程|流程|步骤|环节)(?:设计|安排)?[：:]?"
)
_MARK = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十]{1,3}[)）、.．]|[（(]?\d{1,2}[)）、.．]\s?|\d{1,2}[\s\u3000]|第[一二三四五六七八九十\d]{1,2}[步环]|(?:环节|活动|任务|步骤)[一二三四五六七八九十\d])"
)
_MINUTES = re.compile(r"\d{1,2}\s*(?:分钟|分|min|['′])")
_STAGE = re.compile(r"^(?:[^\s，。]{0,4})(?:导入|引入|新授|新课|探究|练习|巩固|小结|总结|拓展|检测|热身|复习|板书)")
_PERIOD = re.compile(r"^第[一二三四五六七八九十\d]{1,2}课时")
_BEHIND = re.compile(
    r"^\s*(?:[一二三四五六七八九十\d]{1,3}[、.．\s\u3000]*)?(?:板书|作业|教学反思|课后反思|反思|教学评价|评价设计)"
)
_FIRST_CELL = re.compile(r"(?:教学)?(?:环节|步骤|过程|流程|阶段|活动)(?:[／/]时间)?")
_DOING = re.compile(r"教师|师生|教学活动|活动内容|教学内容")
_TIME_CELL = re.compile(r"时间|时长|用时|分钟")
# Roles that plans put before what is done; a table's own first row says them.
_LABEL = re.compile(r"^(?:时间合计|合计|设计意图)")
_CELL = re.compile(r" \| ")
_SHORT_HEADING = 40


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lesson: where its name and its first words stand in the text, its minutes, and the period it is of."""

    heading: str
    name: Span
    pieces: tuple[Span, ...]
    period: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line or a cell of the text that can name or begin a step."""

    span: Span
    text: str


def lesson_steps(text: str, blocks: Sequence[Block], *, shown: int = SHOWN) -> tuple[Step, ...]:
    """Return the steps in order, empty when the text has no such part.

    Args:
        text: a document's text.
        blocks: its blocks, as `Document.blocks`.
        shown: characters of whole sentences to take of each step, at least one sentence.

    """
    for section in _sections(text, blocks):
        steps = tuple(_steps_of(text, section, shown))
        if len(steps) >= LEAST_STEPS:
            return steps[:MOST_STEPS]
    return ()


def _sections(text: str, blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield the blocks below each heading that names the course of a lesson, without the heading."""
    for at, block in enumerate(blocks):
        line = text[block.span.start : block.span.end].strip()
        if (
            len(line) > _SHORT_HEADING // 2
            or not _PROCESS.fullmatch(line)
            or (block.kind != "heading" and "\n" in line)
        ):
            continue
        level = block.level if block.kind == "heading" else None
        below: list[Block] = []
        for other in blocks[at + 1 :]:
            if other.kind == "heading" and other.level is not None and level is not None and other.level <= level:
                break
            if level is None and _BEHIND.match(text[other.span.start : other.span.end]):
                break
            below.append(other)
        yield below


def _steps_of(text: str, section: Sequence[Block], shown: int) -> Iterator[Step]:
    period = ""
    levels = [block.level for block in section if block.kind == "heading" and not _PERIOD.match(_line(text, block))]
    top = min((level for level in levels if level is not None), default=None)
    heads = [_line(text, block) for block in section if block.kind == "heading" and block.level == top]
    tabled = any(block.kind == "table" and _names_steps(list(_table(text, block))) for block in section)
    marks = tabled or any(map(_marked, heads))
    current: list[Block] = []
    opened: Block | None = None
    for block in section:
        line = _line(text, block)
        if block.kind == "heading" and _PERIOD.match(line):
            yield from _closed(text, opened, current, period, shown)
            opened, current, period = None, [], line
        elif _opens(block, line, top) and (not marks or _marked(line)):
            yield from _closed(text, opened, current, period, shown)
            opened, current = block, []
        elif block.kind == "heading" and block.level == top:
            yield from _closed(text, opened, current, period, shown)
            opened, current = None, []
        elif opened is None and block.kind == "table":
            yield from _rows(text, block, period, shown)
        else:
            current.append(block)
    yield from _closed(text, opened, current, period, shown)


def _opens(block: Block, line: str, top: int | None) -> bool:
    """Tell whether a block begins a step: a topmost heading, or where there is none a line marked or timed as one."""
    if block.kind == "heading":
        return block.level == top and not _BEHIND.match(line)
    if top is not None or block.kind not in {"text", "list"}:
        return False
    head = line[:_SHORT_HEADING]
    return bool((_MARK.match(head) and (_MINUTES.search(head) or len(line) <= _SHORT_HEADING)) or _STAGE.match(head))


def _marked(line: str) -> bool:
    return bool(_MARK.match(line) or _MINUTES.search(line) or _STAGE.match(line))


def _closed(text: str, opened: Block | None, below: Sequence[Block], period: str, shown: int) -> Iterator[Step]:
    """Yield the step that a block began, with the first words of what stands below it."""
    if opened is None:
        return
    line = _line(text, opened)
    start = opened.span.start + (
        len(text[opened.span.start : opened.span.end]) - len(text[opened.span.start : opened.span.end].lstrip())
    )
    if opened.kind != "heading":
        # 导入（5分钟）　教师活动：… the name ends where the first space, colon or sentence does.
        cut = re.search(r"[\u3000：:。；\n]|(?<=[)）])\s*", line)
        if cut and 1 < cut.start() < len(line):
            name = Span(start, start + cut.start())
            rest = Span(start + cut.end(), opened.span.end)
            yield Step(line[: cut.start()], name, tuple(_first_words(text, [rest], shown)), period)
            return
    name = Span(start, start + len(line))
    inner = [block for block in below if block.kind == "heading"]
    if inner and (not below or below[0].kind == "heading"):
        pieces = tuple(Span(block.span.start, block.span.end) for block in inner)
    else:
        pieces = tuple(_first_words(text, list(_bodies(text, below)), shown))
    yield Step(line, name, pieces, period)


def _bodies(text: str, blocks: Sequence[Block]) -> Iterator[Span]:
    """Yield what is said in blocks: of a table what the teacher does, and of other tables nothing."""
    for block in blocks:
        if block.kind == "table":
            rows = list(_table(text, block))
            column = next((at for at, cell in enumerate(rows[0]) if _DOING.search(cell.text)), None)
            if column is not None:
                yield from (row[column].span for row in rows[1:] if column < len(row) and row[column].text)
        elif block.kind != "heading":
            yield block.span


def _rows(text: str, block: Block, period: str, shown: int) -> Iterator[Step]:
    """Yield a step for each row of a table whose first column names them."""
    rows = list(_table(text, block))
    if not _names_steps(rows):
        return
    time = next((at for at, cell in enumerate(rows[0]) if at and _TIME_CELL.search(cell.text)), None)
    for cells in rows[1:]:
        if len(cells) < 2 or not cells[0].text:
            continue
        minutes = (
            cells[time].text if time is not None and time < len(cells) and _MINUTES.search(cells[time].text) else ""
        )
        heading = " ".join(cells[0].text.split()) + (f"（{minutes}）" if minutes else "")
        body = next((cell for at, cell in enumerate(cells[1:], start=1) if at != time and cell.text), None)
        pieces = tuple(_first_words(text, [body.span], shown)) if body else ()
        yield Step(heading, cells[0].span, pieces, period)


def _names_steps(rows: Sequence[Sequence[_Piece]]) -> bool:
    return len(rows) > 1 and bool(_FIRST_CELL.fullmatch(re.sub(r"\s", "", rows[0][0].text)))


def _table(text: str, block: Block) -> Iterator[list[_Piece]]:
    start = block.span.start
    for line in text[block.span.start : block.span.end].split("\n"):
        cells, position = [], 0
        for separator in [*_CELL.finditer(line), None]:
            end = separator.start() if separator else len(line)
            cells.append(_stripped(text, start + position, start + end))
            position = separator.end() if separator else end
        yield cells
        start += len(line) + 1


def _stripped(text: str, start: int, end: int) -> _Piece:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return _Piece(Span(start, end), text[start:end])


def _first_words(text: str, bodies: Sequence[Span], shown: int) -> Iterator[Span]:
    """Yield runs of whole sentences from the beginning of each body, until so many characters are taken; at least one."""
    left = shown
    for body in bodies:
        sentences = [
            span
            for span in sentence_spans(text, body.start, body.end, at_semicolons=False)
            if not _LABEL.match(text[span.start : span.end])
        ]
        taken: Span | None = None
        for span in sentences:
            if taken is not None and (span.end - taken.start > left or text[taken.end : span.start].strip()):
                break
            if taken is None and left < shown and span.end - span.start > left:
                break
            taken = Span(taken.start if taken else span.start, span.end)
        if taken is None:
            if left < shown:
                return
            continue
        yield taken
        left -= taken.end - taken.start
        if left <= shown // 4:
            return


def _line(text: str, block: Block) -> str:
    return text[block.span.start : block.span.end].strip()
