"""Excel and CSV files: their cells as a teacher sees them, row by row; `tables` says what the rows are."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
from contextlib import redirect_stdout
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from ingest.partition.failures import DAMAGE, failure
from ingest.partition.tables import rows_to_elements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.document import Element
    from ingest.partition.sheet_columns import Row

__all__ = ["read_csv", "read_xlsx", "rows_to_elements"]

MOST_CELLS = 2_000_000
MOST_EMPTY_ROWS = 20_000
MOST_MERGED = 20_000
LONGEST_SAID_AGAIN = 60  # characters; a long remark beside a whole class is said once
LARGEST_ROUNDED = 1e15
HEAD_LINES = 20
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_CHUNK = 1 << 20
_LONGEST_TAG = 200
_DECIMALS = re.compile(r"(?:#,##)?0(?:\.(0+))?(?:_[ )])?(%)?(?:;.*)?")
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def read_xlsx(path: Path, max_characters: int) -> list[Element]:
    """Read every sheet of a workbook; formulas give the values Excel last saved.

    Raises:
        SourceError: IN-08 damaged, IN-10 too long, IN-18 too many cells.

    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    elements: list[Element] = []
    try:
        # openpyxl remarks on styles and names that no reader misses, and prints one of its remarks.
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            left = max_characters
            for sheet in workbook.worksheets:
                rows = filled_down(list(sheet_rows(sheet, left)), _merged_down(sheet))
                left -= sum(len(cell) for _, cells in rows for cell in cells)
                if left < 0:
                    raise failure("IN-10", limit=max_characters)
                elements.extend(rows_to_elements(rows, sheet.title))
        finally:
            workbook.close()
    except (InvalidFileException, *DAMAGE) as error:
        raise failure("IN-08") from error
    return elements


def read_csv(text: str) -> list[Element]:
    """Read comma-, tab- or semicolon-separated text.

    Raises:
        SourceError: IN-08 when quotes do not match, IN-18 when there are too many cells.

    """
    lines = text.split("\n", HEAD_LINES)[:HEAD_LINES]
    said = _SEPARATOR_LINE.fullmatch(lines[0])
    # The separator stands in the most lines; of two, the one that stands there more often.
    delimiter = said[1] if said else max(",\t;", key=lambda mark: _presence(lines, mark))
    rows: list[Row] = []
    cells = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            cells += len(row)
            if cells > MOST_CELLS:
                raise failure("IN-18", detail="单元格太多")
            if any(cell.strip() for cell in row) and not (said and number == 1):
                rows.append((number, tuple(_flat(cell) for cell in row)))
    except csv.Error as error:
        raise failure("IN-08") from error
    return rows_to_elements(rows, None)


def _presence(lines: list[str], mark: str) -> tuple[int, int]:
    return sum(mark in line for line in lines), sum(line.count(mark) for line in lines)


def sheet_rows(sheet: Any, max_characters: int) -> Iterator[Row]:
    sheet.reset_dimensions()  # the size written in the file is often wrong
    cells = characters = empty = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells += len(row)
        if cells > MOST_CELLS:
            raise failure("IN-18", detail=f"表「{sheet.title}」的单元格太多")
        texts = tuple(_cell_text(cell) for cell in row)
        while texts and not texts[-1]:
            texts = texts[:-1]
        if not texts:
            empty += 1
            if empty > MOST_EMPTY_ROWS:
                raise failure("IN-18", detail=f"表「{sheet.title}」中间的空行太多")
            continue
        empty = 0
        characters += sum(map(len, texts))
        if characters > max_characters:
            raise failure("IN-10", limit=max_characters)
        yield number, texts


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number_text(value, str(getattr(cell, "number_format", "") or ""))
    return _time_text(value) if isinstance(value, dt.date | dt.time) else _flat(str(value))


def _time_text(value: dt.date | dt.time) -> str:
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return value.isoformat(" ", "minutes")
    if isinstance(value, dt.time):
        return value.isoformat("seconds" if value.second else "minutes")
    return (value.date() if isinstance(value, dt.datetime) else value).isoformat()


def _number_text(value: float, number_format: str) -> str:
    """Write a number as the sheet shows it where that matters: 85%, 007, 86.3; else without float noise."""
    if set(number_format) == {"0"} and float(value).is_integer():
        return str(int(value)).zfill(len(number_format))
    shown = _DECIMALS.fullmatch(number_format)
    if shown and (shown[1] or shown[2]) and abs(value) < LARGEST_ROUNDED:
        places = Decimal(1).scaleb(-len(shown[1] or ""))
        whole = Decimal(str(value)) * (100 if shown[2] else 1)
        return f"{whole.quantize(places, ROUND_HALF_UP)}{shown[2] or ''}"
    if number_format.endswith("%"):
        return f"{format(value * 100, '.10g')}%"
    return str(int(Decimal(str(value)))) if float(value).is_integer() else format(value, ".12g")


def _merged_down(sheet: Any) -> list[tuple[int, int, int]]:
    """Return (column, first row, last row) of the cells merged over several rows, from 1.

    openpyxl does not read them in the mode that streams rows; they stand behind the rows in the sheet's part.
    """
    from openpyxl.utils import column_index_from_string

    found: list[tuple[int, int, int]] = []
    tail = b""
    with sheet._get_source() as part:  # noqa: SLF001  (the only way to the part without loading every cell)
        while read := part.read(_CHUNK):
            text = tail + read
            found += [
                (column_index_from_string(letters.decode()), int(first), int(last))
                for letters, first, last in _MERGED.findall(text)
                if last != first
            ]
            tail = text[-_LONGEST_TAG:]
    return sorted(set(found))


def filled_down(rows: list[Row], merged: list[tuple[int, int, int]]) -> list[Row]:
    """Say a cell that is merged over several rows again in each: 「基础题」 holds for every exercise beside it."""
    if not merged or len(merged) > MOST_MERGED:
        return rows
    place = {number: index for index, (number, _) in enumerate(rows)}
    filled = [list(cells) for _, cells in rows]
    for column, first, last in merged:
        if first not in place or len(filled[place[first]]) < column:
            continue
        value = filled[place[first]][column - 1]
        if len(value) > LONGEST_SAID_AGAIN:
            continue
        for index in range(place[first] + 1, len(rows)):
            if rows[index][0] > last:
                break
            filled[index] += [""] * (column - len(filled[index]))
            filled[index][column - 1] = filled[index][column - 1] or value
    return [(number, tuple(cells)) for (number, _), cells in zip(rows, filled, strict=True)]


def _flat(text: str) -> str:
    return " ".join(text.split())
