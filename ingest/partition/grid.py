"""Ruled tables and blanks to fill in, found by the lines in the picture of a page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

GRID_SCALE = 2.0  # pixels a point that show a hairline
SHORTEST_ACROSS = 24.0  # points; longer than the widest stroke of a title, shorter than the narrowest column
SHORTEST_DOWN = 12.0  # points; a row of small print is as high
SHORTEST_BLANK = 12.0
LONGEST_BLANK = 300.0
THICKEST = 3.0
LOWEST, HIGHEST = 6.0, 30.0  # points above a blank that are looked at
BLANK = "____"  # what a blank to fill in reads as
SPECKLED = 0.05  # of a row of pixels may be noise
NEAREST = 5.0  # points; lines nearer to each other are one, drawn double
NARROWEST_TABLE = 60.0
DARKER = 12  # grey levels below the surroundings: shadows and shaded cells are too wide to count
DRAWN = 0.6  # of an edge must be inked for it to part two cells
SLANT = 2.0  # points a line may be off its place


@dataclass(frozen=True, slots=True)
class Cell:
    """Edges in points from the page's left and bottom."""

    left: float
    right: float
    bottom: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a point lies inside."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells from the top; a cell that spans rows stands in each of them, one that spans columns once."""

    rows: tuple[tuple[Cell, ...], ...]
    box: Cell

    def cell_at(self, x: float, y: float) -> Cell | None:
        """Return the cell a point lies in."""
        if not self.box.holds(x, y):
            return None
        return next((cell for row in self.rows for cell in row if cell.holds(x, y)), None)


@dataclass(frozen=True, slots=True)
class Blank:
    """A short line, in points from the page's left and bottom; `white` is how high nothing is printed above it."""

    left: float
    right: float
    y: float
    white: float

    def is_in_line(self, bottom: float, top: float) -> bool:
        """Tell whether it is a blank to fill in, in a line of print: at its foot and with no word above."""
        height = top - bottom
        return -0.2 * height < self.y - bottom < 0.35 * height and self.white > 0.5 * height


@dataclass(frozen=True, slots=True)
class Rules:
    """What is ruled on a page: tables of more than one cell, from the top, and short lines."""

    tables: tuple[Table, ...] = ()
    blanks: tuple[Blank, ...] = ()


def find_rules(gray: Picture, scale: float) -> Rules:
    """Return what is ruled on a page.

    Args:
        gray: the upright page, 0 is black.
        scale: pixels a point; 2 or more show a hairline.

    """
    import cv2

    window = int(8 * scale) | 1
    dark = cv2.adaptiveThreshold(gray, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, DARKER)
    # A line that is a little askew goes on in the next row of pixels: thicken it sideways, never along.
    thick = cv2.dilate(dark, _ones(1, 3))
    across = cv2.morphologyEx(thick, cv2.MORPH_OPEN, _ones(int(SHORTEST_ACROSS * scale), 1))
    down = cv2.morphologyEx(cv2.dilate(dark, _ones(3, 1)), cv2.MORPH_OPEN, _ones(1, int(SHORTEST_DOWN * scale)))
    count, labels, places, _ = cv2.connectedComponentsWithStats(cv2.dilate(across | down, _ones(3, 3)))
    short = cv2.morphologyEx(thick, cv2.MORPH_OPEN, _ones(int(SHORTEST_BLANK * scale), 1))
    tables = []
    for label in range(1, count):
        left, top, width, height = (int(edge) for edge in places[label][:4])
        if height < SHORTEST_DOWN * scale:
            continue
        part = (slice(top, top + height), slice(left, left + width))
        ours = (labels[part] == label).astype("uint8")
        short[part] *= 1 - ours
        rows = _rows(across[part] * ours, down[part] * ours, scale) if width >= NARROWEST_TABLE * scale else []
        if any(len(row) > 1 for row in rows):
            tables.append(_in_points(rows, left, len(gray) - top, scale))
    tables.sort(key=lambda table: -table.box.top)
    return Rules(tuple(tables), tuple(_blanks(short, dark, scale)))


def _blanks(short: Picture, dark: Picture, scale: float) -> Iterator[Blank]:
    """Find short lines and how far nothing stands on them."""
    import cv2

    count, _, places, _ = cv2.connectedComponentsWithStats(short)
    for left, top, width, height in ((int(edge) for edge in places[label][:4]) for label in range(1, count)):
        if height > THICKEST * scale or width > LONGEST_BLANK * scale or top < LOWEST * scale:
            continue
        above = dark[max(0, top - int(HIGHEST * scale)) : top, left : left + width]
        start, end = _longest(above[-int(LOWEST * scale) :].mean(axis=0) <= SPECKLED)  # letters may touch its ends
        if end - start < SHORTEST_BLANK * scale:
            continue
        inked = (above[:, start:end].mean(axis=1) > SPECKLED).nonzero()[0]
        white = len(above) - 1 - int(inked[-1]) if len(inked) else len(above)
        middle = (len(short) - top - height / 2) / scale
        yield Blank((left + start) / scale, (left + end) / scale, middle, white / scale)


def _longest(free: Any) -> tuple[int, int]:
    """Return the longest run of true values, half-open."""
    walls = [-1, *(int(place) for place in (~free).nonzero()[0]), len(free)]
    start, end = max(pairwise(walls), key=lambda pair: pair[1] - pair[0])
    return start + 1, end


def _ones(width: int, height: int) -> Any:
    import numpy as np

    return np.ones((height, width), np.uint8)


def _in_points(rows: list[list[tuple[int, int, int, int]]], left: int, top: int, scale: float) -> Table:
    """Return a table from pixels counted from a corner that lies `left` and, from the page's bottom, `top`."""
    cells = [
        tuple(
            Cell((left + x0) / scale, (left + x1) / scale, (top - y1) / scale, (top - y0) / scale)
            for x0, x1, y0, y1 in row
        )
        for row in rows
    ]
    every = [cell for row in cells for cell in row]
    box = Cell(
        min(cell.left for cell in every),
        max(cell.right for cell in every),
        min(cell.bottom for cell in every),
        max(cell.top for cell in every),
    )
    return Table(tuple(cells), box)


def _rows(across: Picture, down: Picture, scale: float) -> list[list[tuple[int, int, int, int]]]:
    """Return the cells of each row as left, right, top and bottom pixels."""
    ys = _places(across.sum(axis=1), SHORTEST_ACROSS * scale, NEAREST * scale)
    xs = _places(down.sum(axis=0), SHORTEST_DOWN * scale, NEAREST * scale)
    off = int(SLANT * scale)
    # For each row of the finest grid, the columns each cell reaches over.
    spans = [
        _spans([_drawn(down[y0:y1, max(0, x - off) : x + off + 1].T) for x in xs[1:-1]]) for y0, y1 in pairwise(ys)
    ]
    rows: list[list[tuple[int, int, int, int]]] = [[] for _ in spans]
    for first, row in enumerate(spans):
        for start, end in row:
            if first and (start, end) in spans[first - 1] and _open(across, ys[first], xs[start], xs[end], off):
                continue  # the cell of the row above reaches down here and was put into this row with it
            last = first
            while (
                last + 1 < len(spans)
                and (start, end) in spans[last + 1]
                and _open(across, ys[last + 1], xs[start], xs[end], off)
            ):
                last += 1
            for each in range(first, last + 1):
                rows[each].append((xs[start], xs[end], ys[first], ys[last + 1]))
    return [sorted(row) for row in rows]


def _places(ink: Any, least: float, apart: float) -> list[int]:
    """Return where lines run, the outer edges among them even when they are not drawn."""
    places: list[list[int]] = [[0]]
    for place in (int(place) for place in (ink >= least).nonzero()[0]):
        if place - places[-1][-1] <= apart:
            places[-1].append(place)
        else:
            places.append([place])
    if len(ink) - 1 - places[-1][-1] > apart:
        places.append([len(ink) - 1])
    return [sum(group) // len(group) for group in places]


def _spans(walls: Sequence[bool]) -> list[tuple[int, int]]:
    """Return half-open ranges of columns between walls."""
    edges = [0, *(column for column, wall in enumerate(walls, start=1) if wall), len(walls) + 1]
    return list(pairwise(edges))


def _open(across: Picture, y: int, left: int, right: int, off: int) -> bool:
    return not _drawn(across[max(0, y - off) : y + off + 1, left:right])


def _drawn(strip: Picture) -> bool:
    """Tell whether a strip along an edge, the edge's length being its second axis, is inked."""
    return strip.size > 0 and float(strip.any(axis=0).mean()) >= DRAWN
