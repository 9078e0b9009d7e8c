"""The lines of one page, from the pieces of text and the ruled tables found on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.document import Element, Locator
from ingest.partition.columns import Column, Piece, group_rows, regions
from ingest.partition.headings import promote
from ingest.partition.layout import Line, lines_to_elements, without_running_lines
from ingest.partition.turns import mark_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingest.partition.grid import Cell, Table

CELL_GAP = 1.1  # of the line's height; wider white between two pieces is the border of table cells
# A row of a form is a short label and a long text, as in Word files.
LONGEST_LABEL = 14
FEWEST_PARAGRAPHS = 3
FEWEST_CHARACTERS = 80
_OPTION = re.compile(r"[（(]?[A-H][.．、)）]")
_MARK = re.compile(r"[^\w（(“‘《]|\d{1,3}[.、．)）]")

DOUBTFUL = 0.9  # confidence below which a page says so: at 0.94 three characters of 100 are wrong, at 0.86 fifteen
DOUBT = "【这一页由图片识别，字迹不够清楚，可能有认错的字，请对照原件】"

Rows = list[list[Piece]]


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page, how sure they are (0 to 1), and whether the page is a picture without text of its own."""

    lines: list[Line]
    confidence: float = 1.0
    pictured: bool = False


def page_elements(pages: Sequence[PageText]) -> list[Element]:
    """Make elements of a file's pages; a page that was hard to read begins with a note that says so."""
    lines = [line for page in without_running_lines([page.lines for page in pages]) for line in page]
    doubtful = {page.lines[0].page for page in pages if page.lines and page.confidence < DOUBTFUL}
    elements: list[Element] = []
    for element in promote(mark_turns(lines_to_elements(lines))):
        page = element.locator.page
        if page in doubtful:
            doubtful.remove(page)
            elements.append(Element("note", DOUBT, Locator(page=page)))
        elements.append(element)
    return elements


def page_lines(rows: Rows, tables: Sequence[Table], page: int, *, in_order: bool) -> list[Line]:
    """Return a page's lines in reading order, a row of a ruled table as one line of cells.

    Args:
        rows: pieces, those of one printed line together.
        tables: the page's ruled tables.
        page: its number.
        in_order: the rows come as they were written, and that order holds within a column.

    """
    for table in tables:
        rows = _with_table(rows, table, page, in_order=in_order)
    found = regions([piece for row in rows for piece in row])
    lines: list[Line] = []
    for region in found:
        if not in_order:
            parts = group_rows(region.pieces)
        elif len(found) == 1:
            parts = rows
        else:
            members = {id(piece) for piece in region.pieces}
            parts = [[piece for piece in row if id(piece) in members] for row in rows]
        for part in parts:
            lines.extend(_lines(part, page, region.column))
    return lines


def _lines(row: list[Piece], page: int, column: Column | None) -> Iterable[Line]:
    """Return a printed line whose pieces stand wide apart as cells joined by " | "; a table gives its own lines."""
    words: list[Piece] = []
    for piece in row:
        if piece.table:
            yield from piece.table
        else:
            words.append(piece)
    if not words:
        return
    cells = [words[0].text]
    for before, piece in pairwise(words):
        if piece.left - before.right > CELL_GAP * before.height:
            cells.append(piece.text)
        else:
            cells[-1] += " " + piece.text
    if len(cells) > 1 and _MARK.fullmatch(cells[0]):
        cells[:2] = [f"{cells[0]} {cells[1]}"]  # a bullet stands apart from its text
    if all(_OPTION.match(cell) for cell in cells):
        cells = [" ".join(cells)]  # the choices of an exercise are set apart by tabs
    yield _line(" | ".join(cells), words, page, column, len(cells))


def _line(text: str, pieces: Sequence[Piece], page: int, column: Column | None = None, cells: int = 1) -> Line:
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    main = max(pieces, key=lambda piece: piece.right - piece.left)
    return Line(text, page, left, right, main.bottom, main.top, cells, column)


def _with_table(rows: Rows, table: Table, page: int, *, in_order: bool) -> Rows:
    """Return the rows with the pieces in a table replaced by one piece that stands for it."""
    inside: dict[Cell, Rows] = {}
    outside: Rows = []
    first: int | None = None
    for row in rows:
        left: list[Piece] = []
        taken: dict[Cell, list[Piece]] = {}
        for piece in row:
            cell = table.cell_at(piece.x, piece.y)
            (left if cell is None else taken.setdefault(cell, [])).append(piece)
        for cell, pieces in taken.items():
            inside.setdefault(cell, []).append(pieces)
        if taken and first is None:
            first = len(outside)
        if left:
            outside.append(left)
    if first is None:
        return rows
    if not in_order:
        inside = {cell: group_rows([piece for row in part for piece in row]) for cell, part in inside.items()}
    lines = [line for row in table.rows for line in _table_lines([inside.get(cell, []) for cell in row], row, page)]
    box = table.box
    outside.insert(first, [Piece("", box.left, box.right, box.bottom, box.top, tuple(lines))])
    return outside


def _table_lines(cells: list[Rows], row: Sequence[Cell], page: int) -> list[Line]:
    """Return a row of a table as one line, a row of a form as its label and the lines below it."""
    filled = [(rows, cell) for rows, cell in zip(cells, row, strict=True) if rows]
    if not filled:
        return []
    inner = [_cell_lines(rows, cell, page) for rows, cell in filled]
    texts = [[element.text for element in lines_to_elements(lines)] for lines in inner]
    long = len(texts[-1]) >= FEWEST_PARAGRAPHS and sum(map(len, texts[-1])) >= FEWEST_CHARACTERS
    label = " ".join(texts[0]) if len(filled) == 2 else ""
    if len(row) == 1 or (long and len(filled) <= 2 and len(row) <= 3 and len(label) <= LONGEST_LABEL):
        labels = [Line(label, page, label=True)] if label else []
        return labels + inner[-1]
    said = iter(texts)
    text = " | ".join(" ".join(next(said)) if rows else "" for rows in cells)
    first = inner[0][0]  # the height of its type, not of the row
    return [Line(text, page, row[0].left, row[-1].right, first.bottom, first.top, len(row))]


def _cell_lines(rows: Rows, cell: Cell, page: int) -> list[Line]:
    """Return the lines of a cell; its text ends as far from the right border as it starts from the left one."""
    pieces = [piece for row in rows for piece in row]
    left = min(piece.left for piece in pieces)
    right = max(*(piece.right for piece in pieces), cell.right - max(left - cell.left, 0.0))
    column = Column(left, right, cell=True)
    return [_line(" ".join(piece.text for piece in row), row, page, column) for row in rows]
