"""Lines of a page made into paragraphs and table rows by where they stand; running heads and feet removed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.document import Element, Locator
from ingest.partition.headings import is_section

if TYPE_CHECKING:
    from collections.abc import Sequence

EDGE_LINES = 2
RUNNING_SHARE = 0.6
FEWEST_RUNNING = 2
SAME_HEIGHT = 1.15
LARGER = 1.2  # of the body's height; short lines that much larger are headings
LONGEST_HEADING = 40
MOST_LEVELS = 4
WIDE_GAP = 1.9  # of the line's height; wider white between lines ends a paragraph
SLACK = 0.8  # characters a line's start may differ from its column's
TORN = 1.2  # characters by which justification and letter widths may deceive at a line's end
MOST_INDENT = 2.7  # characters a paragraph's first line may be set in
_PAGE_NUMBER = re.compile(r"[-—–·\s]*(?:第\s*)?\d{1,4}\s*页?\s*(?:[/／,，]?\s*(?:共|of)?\s*\d{1,4}\s*页?)?[-—–·\s]*")
_STARTS = re.compile(
    r"[A-H][.．、]|\d{1,3}[.、．](?!\d)|[（(][一二三四五六七八九十]{1,3}[）)]|[①-⑳•●■◆▪·○□\uf000-\uf0ff]"
    r"|第[一二三四五六七八九十\d]{1,3}(?:课时|单元|章|节)|环节[一二三四五六七八九十]"
    r"|(?:答案|解析|知识点|层次|设计意图|教师活动|学生活动|教学重点|教学难点)[：:\s\u3000]"
)
# These also stand inside sentences, 「二十一、四七二十八」「(-3)+5」: they begin a paragraph only after a finished one.
_MAY_START = re.compile(r"[一二三四五六七八九十]{1,3}、|\d{1,3}[)）]|[（(]\d{1,3}[）)]|【")
# What cannot be torn apart at a line's end: a word or number, or a character with the punctuation that follows it.
_UNIT = re.compile(r"[\x21-\x7e]+|.[，。、；：？！”’」』）》〉】〕…—]*", re.DOTALL)
_ENDS = "。！？；：.!?;:”」』）)"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; edges in points from the page's left and bottom, all 0 when they could not be measured."""

    text: str
    page: int
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    top: float = 0.0
    cells: int = 1

    @property
    def height(self) -> float:
        """Return the height of the characters, about one em, never 0."""
        return max(self.top - self.bottom, 1.0)


def without_running_lines(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop page numbers and the heads and feet that most pages repeat."""
    repeated = Counter(key for page in pages for key in {_running(line) for line in _edges(page)})
    needed = max(FEWEST_RUNNING, RUNNING_SHARE * len(pages))
    kept = []
    for page in pages:
        edges = {id(line) for line in _edges(page)}
        ends = {id(line) for line in (page[:1] + page[-1:])}
        kept.append(
            [
                line
                for line in page
                if not (id(line) in edges and repeated[_running(line)] >= needed)
                and not (id(line) in ends and len(page) > 1 and _is_page_number(line.text, line.page, len(pages)))
            ]
        )
    return kept


def _edges(page: list[Line]) -> list[Line]:
    return page if len(page) <= EDGE_LINES else page[:EDGE_LINES] + page[-EDGE_LINES:]


def _running(line: Line) -> str:
    """Return what stays the same from page to page: words and height on the page, but for the page's own number."""
    return re.sub(rf"(?<!\d){line.page}(?!\d)", "#", "".join(line.text.split())) + f"@{line.bottom:.0f}"


def _is_page_number(text: str, page: int, pages: int) -> bool:
    numbers = [int(digits) for digits in re.findall(r"\d+", text)]
    if _PAGE_NUMBER.fullmatch(text) is None or not numbers:
        return False
    return "页" in text or (pages > 1 and numbers[0] == page)


def lines_to_elements(lines: Sequence[Line]) -> list[Element]:
    """Join lines to paragraphs and rows to tables; what crosses pages belongs to the page it starts on."""
    lines = [line for line in lines if line.text]
    limits = _limits(lines)
    groups: list[list[Line]] = []
    for index, line in enumerate(lines):
        if groups and _continues(groups[-1][-1], line, limits[index - 1], groups[-1][0]):
            groups[-1].append(line)
        else:
            groups.append([line])
    return _headings([(_element(group), group[0].height) for group in groups], lines)


def _element(group: list[Line]) -> Element:
    locator = Locator(page=group[0].page)
    if group[0].cells > 1:
        return Element("table", "\n".join(line.text for line in group), locator)
    text = group[0].text
    for line in group[1:]:
        text = _join(text, line.text)
    return Element("text", text, locator)


@dataclass(frozen=True, slots=True)
class _Limit:
    """Where the full lines of a column end, and whether the column is one cell of a table."""

    right: float
    narrow: bool


def _limits(lines: Sequence[Line]) -> list[_Limit]:
    """Return the right edge of each line's column: the page's, or the cell's when a run of lines stays well inside."""
    body = _body_right(lines)
    limits: list[_Limit] = []
    start = 0
    for index in range(1, len(lines) + 1):
        if index < len(lines) and _same_column(lines[index - 1], lines[index]):
            continue
        right = max(line.right for line in lines[start:index])
        narrow = right < body - MOST_INDENT * lines[start].height
        limits.extend([_Limit(right if narrow else body, narrow)] * (index - start))
        start = index
    return limits


def _body_right(lines: Sequence[Line]) -> float:
    """Return the edge that all but the longest tenth of the lines keep to."""
    edges = sorted(line.right for line in lines)
    return edges[int(len(edges) * 0.9)] if edges else 0.0


def _same_column(before: Line, line: Line) -> bool:
    em = before.height
    below = line.top < before.bottom + em and before.bottom - line.top < WIDE_GAP * em
    return (below or line.page != before.page) and abs(line.left - before.left) < MOST_INDENT * em


def _continues(before: Line, line: Line, limit: _Limit, first: Line) -> bool:
    """Tell whether a line goes on with the paragraph, or the table, of the one before it."""
    if before.cells > 1 or line.cells > 1:
        return before.cells > 1 and line.cells > 1 and line.page == before.page
    if _STARTS.match(line.text) or is_section(line.text) or is_section(before.text) or not limit.right:
        return False
    em = before.height
    if not 1 / SAME_HEIGHT < line.height / em < SAME_HEIGHT or not _same_column(before, line):
        return False
    if before.right + (_width(_UNIT.match(line.text)) + TORN) * em < limit.right:
        return False  # the next word had room: the line was ended on purpose
    ended = before.text[-1] in _ENDS
    if ended and (limit.narrow or line.page != before.page or _MAY_START.match(line.text)):
        return False
    hangs = before is first and (_STARTS.match(before.text) or _MAY_START.match(before.text)) is not None
    outdent = SLACK if limit.narrow else MOST_INDENT
    return -outdent * em <= line.left - before.left <= (MOST_INDENT if hangs else SLACK) * em


def _width(unit: re.Match[str] | None) -> float:
    """Return the width of a word in characters' heights: letters are half as wide as ideographs."""
    return sum(0.55 if one < "\u2e80" else 1.0 for one in unit[0]) if unit else 0.0


def _headings(elements: list[tuple[Element, float]], lines: Sequence[Line]) -> list[Element]:
    """Mark short paragraphs in larger type as headings; the largest type is level 1."""
    body = _body_height(lines)
    sizes: list[float] = []  # of headings, largest first, each at least 6 % smaller than the one before
    for height in sorted({height for element, height in elements if _is_large(element, height, body)}, reverse=True):
        if not sizes or height < sizes[-1] * 0.94:
            sizes.append(height)
    marked = []
    for element, height in elements:
        level = sum(height <= size * 1.001 for size in sizes) if _is_large(element, height, body) else 0
        marked.append(replace(element, kind="heading", level=min(max(level, 1), MOST_LEVELS)) if level else element)
    return marked


def _is_large(element: Element, height: float, body: float) -> bool:
    large = element.kind == "text" and height >= LARGER * body > 0
    return large and len(element.text) <= LONGEST_HEADING and element.text[-1] not in "。；，,;"


def _body_height(lines: Sequence[Line]) -> float:
    """Return the height in which most characters are set; 0 when nothing was measured."""
    heights: Counter[float] = Counter()
    for line in lines:
        if line.top > line.bottom:
            heights[round(line.height * 2) / 2] += len(line.text)
    return heights.most_common(1)[0][0] if heights else 0.0


def _join(text: str, more: str) -> str:
    """Join two lines: no space beside Chinese, one between Latin words, a broken word made whole."""
    if text[-1] > "\u2e7f" or more[0] > "\u2e7f":
        return text + more
    if text.endswith("-") and text[-2:-1].isalpha() and more[0].islower():
        return text[:-1] + more
    return f"{text} {more}"
