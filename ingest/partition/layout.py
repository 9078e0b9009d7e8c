"""Lines of a page made into paragraphs and table rows by where they stand; running heads and feet removed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.document import Element, Locator
from ingest.partition.headings import is_section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.partition.columns import Column

EDGE_LINES = 2
RUNNING_SHARE = 0.6
FEWEST_RUNNING = 2
SAME_PLACE = 8.0  # points a running line of a scan may stand higher or lower than on the other pages
SAME_HEIGHT = 1.15
LARGER = 1.2  # of the body's height; short lines that much larger are headings
LONGEST_HEADING = 40
MOST_LEVELS = 4
WIDE_GAP = 1.9  # of the line's height; wider white between lines ends a paragraph
SLACK = 0.8  # characters a line's start may differ from its column's
TORN = 1.2  # characters by which justification and letter widths may deceive at a line's end
MOST_INDENT = 2.7  # characters a paragraph's first line may be set in
_PAGE_NUMBER = re.compile(
    r"[-—–·\s]*(?:第\s*)?\d{1,4}\s*页?\s*(?:[/／,，（(]?\s*(?:共|of)?\s*\d{1,4}\s*页?[）)]?)?[-—–·\s]*"
)
_STARTS = re.compile(
    r"[A-H][.．、]|\d{1,3}[.、．](?!\d)|[（(][一二三四五六七八九十]{1,3}[）)]|[①-⑳•●■◆▪·○□\uf000-\uf0ff]"
    r"|第[一二三四五六七八九十\d]{1,3}(?:课时|单元|章|节)|环节[一二三四五六七八九十]"
    r"|(?:答案|解析|解|证明|知识点|层次|设计意图|教师活动|学生活动|教学重点|教学难点)[：:\s\u3000]"
)
# These also stand inside sentences, 「二十一、四七二十八」「(-3)+5」: they begin a paragraph only after a finished one.
_MAY_START = re.compile(r"[一二三四五六七八九十]{1,3}、|\d{1,3}[)）]|[（(]\d{1,3}[）)]|【")
# What cannot be torn apart at a line's end: a word or number, or a character with the punctuation that follows it.
_UNIT = re.compile(r"[\x21-\x7e]+|.[，。、；：？！”’」』）》〉】〕…—]*", re.DOTALL)
_ENDS = "。！？；：.!?;:”」』）)"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; edges in points from the page's left and bottom, all 0 when they could not be measured.

    A line of several cells is a row of a table. A line with a column stands in a column narrower than the page, and a
    label names the cell of a form that follows it.
    """

    text: str
    page: int
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    top: float = 0.0
    cells: int = 1
    column: Column | None = None
    label: bool = False

    @property
    def height(self) -> float:
        """Return the height of the characters, about one em, never 0."""
        return max(self.top - self.bottom, 1.0)

    @property
    def indent(self) -> float:
        """Return where the line starts, in points from its column's left edge, or the page's."""
        return self.left - (self.column.left if self.column else 0.0)


def without_running_lines(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop page numbers, and the heads and feet that most pages, or most odd and most even pages, repeat."""
    edges = [_edges(page) for page in pages]
    running = _running(edges)
    kept = []
    for page, lines in zip(pages, edges, strict=True):
        dropped = {id(line) for line in lines if _keys(line) & running}
        if len(page) > 1:
            dropped |= {id(line) for line in (lines[0], lines[-1]) if _is_page_number(line, len(pages))}
        kept.append([line for line in page if id(line) not in dropped])
    return kept


def _edges(page: list[Line]) -> list[Line]:
    """Return the lines of the upper two and the lower two heights of a page, from the top."""
    levels: list[list[Line]] = []
    for line in sorted(page, key=lambda line: -line.bottom):
        if line.top and levels and levels[-1][0].bottom - line.bottom < line.height / 2:
            levels[-1].append(line)  # columns and cells stand beside each other
        else:
            levels.append([line])
    if len(levels) > 2 * EDGE_LINES:
        levels[EDGE_LINES:-EDGE_LINES] = []
    return [line for level in levels for line in level]


def _running(edges: list[list[Line]]) -> set[tuple[str, int]]:
    """Return the keys that most pages have at their edges, or most of every second page when the others have another."""
    found: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for number, lines in enumerate(edges):
        for words, height in {key for line in lines for key in _keys(line)}:
            for near in (height - 1, height, height + 1):  # scans shift from page to page
                found[words, near].add(number)
    every = {key for key, pages in found.items() if len(pages) >= max(FEWEST_RUNNING, RUNNING_SHARE * len(edges))}
    half = max(FEWEST_RUNNING, RUNNING_SHARE * len(edges) / 2)
    odd, even = (
        {key for key, pages in found.items() if sum(page % 2 == rest for page in pages) >= half} for rest in (0, 1)
    )
    heights = {height for _, height in odd} & {height for _, height in even}
    return every | {key for key in odd | even if key[1] in heights}


def _keys(line: Line) -> set[tuple[str, int]]:
    """Return what may stay the same from page to page: the words, with and without the page's own number, and the height."""
    texts = {line.text}
    for own in (str(line.page), f"{2 * line.page - 1}|{2 * line.page}"):  # a folded sheet counts two
        texts.add(re.sub(rf"(?<!\d)(?:{own})(?!\d)", "#", line.text, count=1))
    return {(re.sub(r"[^\w#]", "", text), round(line.bottom / SAME_PLACE)) for text in texts}


def _is_page_number(line: Line, pages: int) -> bool:
    numbers = [int(digits) for digits in re.findall(r"\d+", line.text)]
    if _PAGE_NUMBER.fullmatch(line.text) is None or not numbers:
        return False
    return "页" in line.text or (pages > 1 and numbers[0] == line.page)


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
    return _headings([(_element(group), group[0]) for group in groups], lines)


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
    body = _body_right([line for line in lines if line.cells == 1 and not line.column])
    limits: list[_Limit] = []
    start = 0
    for index in range(1, len(lines) + 1):
        column = lines[start].column
        if index < len(lines) and lines[index].column == column and _same_column(lines[index - 1], lines[index]):
            continue
        right = max(line.right for line in lines[start:index])
        narrow = column.cell if column else right < body - MOST_INDENT * lines[start].height
        edge = column.right if column else right if narrow else body
        limits.extend([_Limit(edge, narrow)] * (index - start))
        start = index
    return limits


def _body_right(lines: Sequence[Line]) -> float:
    """Return the edge that all but the longest tenth of the lines keep to."""
    edges = sorted(line.right for line in lines)
    return edges[int(len(edges) * 0.9)] if edges else 0.0


def _same_column(before: Line, line: Line) -> bool:
    em = before.height
    below = line.top < before.bottom + em and before.bottom - line.top < WIDE_GAP * em
    alike = (before.column is None) == (line.column is None) and abs(line.indent - before.indent) < MOST_INDENT * em
    return alike and (below or _breaks(before, line))


def _breaks(before: Line, line: Line) -> bool:
    """Tell whether a page or a column ends between two lines."""
    return line.page != before.page or line.column != before.column


def _continues(before: Line, line: Line, limit: _Limit, first: Line) -> bool:
    """Tell whether a line goes on with the paragraph, or the table, of the one before it."""
    if before.cells > 1 or line.cells > 1:
        return before.cells > 1 and line.cells > 1 and line.page == before.page
    if before.label or _STARTS.match(line.text) or is_section(line.text) or is_section(before.text) or not limit.right:
        return False
    em = before.height
    if not 1 / SAME_HEIGHT < line.height / em < SAME_HEIGHT or not _same_column(before, line):
        return False
    if before.right + (_width(_UNIT.match(line.text)) + TORN) * em < limit.right:
        return False  # the next word had room: the line was ended on purpose
    ended = before.text[-1] in _ENDS
    if ended and (limit.narrow or _breaks(before, line) or _MAY_START.match(line.text)):
        return False
    hangs = before is first and (_STARTS.match(before.text) or _MAY_START.match(before.text)) is not None
    outdent = SLACK if limit.narrow else MOST_INDENT
    return -outdent * em <= line.indent - before.indent <= (MOST_INDENT if hangs else SLACK) * em


def _width(unit: re.Match[str] | None) -> float:
    """Return the width of a word in characters' heights: letters are half as wide as ideographs."""
    return sum(0.55 if one < "\u2e80" else 1.0 for one in unit[0]) if unit else 0.0


def _headings(elements: list[tuple[Element, Line]], lines: Sequence[Line]) -> list[Element]:
    """Mark short paragraphs in larger type as headings, the largest level 1, and the labels of forms below them."""
    body = _body_height(lines)
    sizes: list[float] = []  # of headings, largest first, each at least 6 % smaller than the one before
    large = {line.height for element, line in elements if _is_large(element, line.height, body)}
    for height in sorted(large, reverse=True):
        if not sizes or height < sizes[-1] * 0.94:
            sizes.append(height)
    marked = []
    for element, line in elements:
        level = sum(line.height <= size * 1.001 for size in sizes) if _is_large(element, line.height, body) else 0
        if line.label:
            level = len(sizes) + 1
        marked.append(replace(element, kind="heading", level=min(level, MOST_LEVELS)) if level else element)
    return marked


def _is_large(element: Element, height: float, body: float) -> bool:
    large = element.kind == "text" and height >= LARGER * body > 0
    return large and len(element.text) <= LONGEST_HEADING and element.text[-1] not in "。；，,;"


def _body_height(lines: Sequence[Line]) -> float:
    """Return the height in which most characters are set, tables left out; 0 when nothing was measured."""
    heights: Counter[float] = Counter()
    for line in lines:
        if line.top > line.bottom and line.cells == 1:
            heights[round(line.height * 2) / 2] += len(line.text)
    return heights.most_common(1)[0][0] if heights else 0.0


def _join(text: str, more: str) -> str:
    """Join two lines: no space beside Chinese, one between Latin words, a broken word made whole."""
    if text[-1] > "\u2e7f" or more[0] > "\u2e7f":
        return text + more
    if text.endswith("-") and text[-2:-1].isalpha() and more[0].islower():
        return text[:-1] + more
    return f"{text} {more}"
