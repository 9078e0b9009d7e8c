"""The one importer of xlrd: workbooks of Excel 97–2003 and of WPS (.xls, .et), read as `sheets` reads the new ones."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.partition.failures import DAMAGE, failure
from ingest.partition.sheets import filled_down, rows_to_elements, sheet_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ingest.document import Element


@dataclass(frozen=True, slots=True)
class _Cell:
    value: str | float | bool | dt.datetime | dt.time | None
    number_format: str


class _Sheet:
    """A sheet of xlrd with the methods of one of openpyxl, so that both are read by the same rules."""

    def __init__(self, sheet: Any, workbook: Any) -> None:
        self.title = str(sheet.name)
        self._sheet = sheet
        self._workbook = workbook

    def reset_dimensions(self) -> None:
        """Do nothing: xlrd counts the cells it finds."""

    def iter_rows(self) -> Iterator[tuple[_Cell, ...]]:
        for number in range(self._sheet.nrows):
            yield tuple(self._cell(cell) for cell in self._sheet.row(number))

    def merged_down(self) -> list[tuple[int, int, int]]:
        """Return (column, first row, last row) of the cells merged over several rows, from 1."""
        return sorted((left + 1, top + 1, below) for top, below, left, _ in self._sheet.merged_cells if below > top + 1)

    def _cell(self, cell: Any) -> _Cell:
        book = self._workbook
        number_format = (
            "" if cell.xf_index is None else book.format_map[book.xf_list[cell.xf_index].format_key].format_str
        )
        return _Cell(_value(cell, book.datemode), number_format)


def read_xls(path: Path, max_characters: int) -> list[Element]:
    """Read every sheet of a workbook; formulas give the values that were last saved.

    Raises:
        SourceError: IN-07 locked, IN-08 damaged, IN-10 too long, IN-18 too many cells.

    """
    import xlrd
    from xlrd.compdoc import CompDocError

    elements: list[Element] = []
    left = max_characters
    try:
        with (
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,  # xlrd remarks on damage by printing
            xlrd.open_workbook(
                str(path), logfile=nowhere, formatting_info=True, on_demand=True, ragged_rows=True
            ) as workbook,
        ):
            for number in range(workbook.nsheets):
                sheet = _Sheet(workbook.sheet_by_index(number), workbook)
                rows = filled_down(list(sheet_rows(sheet, left)), sheet.merged_down())
                workbook.unload_sheet(number)
                left -= sum(len(cell) for _, cells in rows for cell in cells)
                elements.extend(rows_to_elements(rows, sheet.title))
    except xlrd.XLRDError as error:
        raise failure("IN-07" if "encrypted" in str(error) else "IN-08") from error
    except (CompDocError, AssertionError, struct.error, *DAMAGE) as error:
        raise failure("IN-08") from error
    return elements


def _value(cell: Any, datemode: int) -> str | float | bool | dt.datetime | dt.time | None:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _date(cell.value, datemode)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        number = float(cell.value)
        return int(number) if number.is_integer() else number
    return None


def _date(number: float, datemode: int) -> dt.datetime | dt.time | float:
    import xlrd

    try:
        moment: dt.datetime = xlrd.xldate_as_datetime(number, datemode)
    except (ArithmeticError, ValueError):  # no day of any calendar: show the number
        return number
    return moment.time() if 0 <= number < 1 else moment
