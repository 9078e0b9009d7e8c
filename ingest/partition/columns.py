"""Reading order of a page: where pieces of text stand beside each other in columns, the columns come one by one."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.partition.layout import Line

FEWEST_LINES = 3  # on each side of a gutter
ENOUGH_LINES = 8  # to tell that two sides do not stand level by chance
LEVEL = 0.7
NARROWEST = 8.0  # characters; a column of print is wider, a column of labels or marks is not
GUTTER = 0.8  # characters of white between columns
FILLED = 0.45  # of a column's width that its lines cover on average; the cells of a table stay below
CENTRED = 0.2  # of its lines a gutter at the edge counts less than one in the middle
NUMBER = 4.0  # characters; what is shorter, a page's number, does not show how wide a column is
OUTLIERS = 8  # one piece in so many may stick out to the left: a foot, a hanging mark
ALONE = 0.5  # of a column's lines that are one piece; in a table most have several cells


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stand together on one line, or a whole table with its finished lines; edges in points."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    table: tuple[Line, ...] = ()

    @property
    def height(self) -> float:
        """Return the height of the characters, about one em, never 0."""
        return max(self.top - self.bottom, 1.0)

    @property
    def x(self) -> float:
        """Return the middle between left and right."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """Return the middle between bottom and top."""
        return (self.bottom + self.top) / 2


@dataclass(frozen=True, slots=True)
class Column:
    """The edges of a column of text; `cell` when it is a cell of a table, where paragraphs are not indented."""

    left: float
    right: float
    cell: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that is read by itself; without a column it spans the page."""

    pieces: tuple[Piece, ...]
    column: Column | None = None


def regions(pieces: Sequence[Piece]) -> list[Region]:
    """Split a page at its gutters, in reading order; a page of one column is one region, its pieces as they came."""
    parts = _split(pieces, _em(pieces)) if pieces else []
    return [Region(tuple(pieces))] if len(parts) < 2 else parts


def group_rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Group pieces to lines from the top, each from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.y):
        first = rows[-1][0] if rows else None
        if first and first.y - piece.y < 0.5 * min(first.height, piece.height) and not (first.table or piece.table):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _em(pieces: Sequence[Piece]) -> float:
    return statistics.median([piece.height for piece in pieces if not piece.table] or [1.0])


def _split(pieces: Sequence[Piece], em: float) -> list[Region]:
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    best, most = [], 0.0
    for x in _candidates(pieces, em):
        bands = _bands(pieces, x, em)
        lines = sum(band.lines for band in bands) * (1 - CENTRED * abs(2 * x - left - right) / max(right - left, em))
        if lines > most:
            best, most = bands, lines
    if not best:
        return [Region(tuple(pieces))]
    parts: list[Region] = []
    rest = sorted(pieces, key=lambda piece: -piece.y)
    for band in best:
        inside = {id(piece) for piece in (*band.left, *band.right)}
        above = [piece for piece in rest if piece.y > band.top and id(piece) not in inside]
        rest = [piece for piece in rest if piece.y <= band.top and id(piece) not in inside]
        if above:
            parts.append(Region(tuple(above)))
        for side in (band.left, band.right):
            parts.extend(_columns(side, em))
    return [*parts, Region(tuple(rest))] if rest else parts


def _columns(side: Sequence[Piece], em: float) -> list[Region]:
    """Return the regions of one side of a gutter; what is not split again is a column."""
    printed = [piece for piece in side if piece.right - piece.left > NUMBER * em] or side
    lefts = sorted(piece.left for piece in printed)
    column = Column(lefts[len(lefts) // OUTLIERS], max(piece.right for piece in printed))
    return [part if part.column else Region(part.pieces, column) for part in _split(side, em)]


def _candidates(pieces: Sequence[Piece], em: float) -> list[float]:
    """Return places with white on the same height between two pieces, one for each half character."""
    found: dict[int, float] = {}
    waiting = sorted(pieces, key=lambda piece: -piece.top)
    for index, piece in enumerate(waiting):
        for other in waiting[index + 1 :]:
            if other.top <= piece.bottom:
                break
            first, second = (piece, other) if piece.left < other.left else (other, piece)
            if second.left - first.right >= GUTTER * em:
                x = (first.right + second.left) / 2
                found.setdefault(round(2 * x / em), x)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Band:
    """A stretch of the page with a column on each side of a gutter."""

    left: tuple[Piece, ...]
    right: tuple[Piece, ...]
    top: float
    lines: int


def _bands(pieces: Sequence[Piece], x: float, em: float) -> list[_Band]:
    """Return the stretches, from the top, in which the place `x` parts two columns."""
    bands = []
    stretch: list[Piece] = []
    for piece in [*sorted(pieces, key=lambda piece: -piece.y), None]:
        if piece is not None and not piece.left < x < piece.right:
            stretch.append(piece)
            continue
        left = tuple(one for one in stretch if one.x < x)
        right = tuple(one for one in stretch if one.x > x)
        lines = _parted(left, right, em)
        if lines and min(one.left for one in right) - max(one.right for one in left) >= GUTTER * em:
            bands.append(_Band(left, right, max(one.y for one in stretch), lines))
        stretch = []
    return bands


def _parted(left: Sequence[Piece], right: Sequence[Piece], em: float) -> int:
    """Return the number of lines of the shorter side when both are columns of print rather than cells, else 0."""
    first, second = (group_rows([piece for piece in side if not piece.table]) for side in (left, right))
    fewest = min(len(first), len(second))
    if fewest < FEWEST_LINES or min(_width(first), _width(second)) < NARROWEST * em:
        return 0
    uneven = fewest >= ENOUGH_LINES and _level(first, second, em) < LEVEL  # the rows of a table stand level
    return fewest if uneven or (_is_print(left, first, em) and _is_print(right, second, em)) else 0


def _width(rows: list[list[Piece]]) -> float:
    return max(row[-1].right for row in rows) - min(row[0].left for row in rows)


def _level(left: list[list[Piece]], right: list[list[Piece]], em: float) -> float:
    """Return the share of the lines on the shorter side that stand level with one on the other."""
    fewer, more = sorted((left, right), key=len)
    heights = [row[0].y for row in more]
    return sum(any(abs(row[0].y - y) < 0.25 * em for y in heights) for row in fewer) / len(fewer)


def _is_print(side: Sequence[Piece], rows: list[list[Piece]], em: float) -> bool:
    """Tell whether lines fill their column, most of them in one piece, or are columns again."""
    covered = sum(piece.right - piece.left for row in rows for piece in row)
    if covered < FILLED * _width(rows) * len(rows):
        return False
    return sum(len(row) == 1 for row in rows) >= ALONE * len(rows) or len(_split(side, em)) > 1
