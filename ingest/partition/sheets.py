"""Tables in Excel and CSV files: records become one readable line each, score tables stay tables with their header."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.document import Element, Locator
from ingest.partition.failures import DAMAGE, failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Row = tuple[int, tuple[str, ...]]
MOST_CELLS = 2_000_000
MOST_EMPTY_ROWS = 20_000
HEADER_WITHIN = 10
LONGEST_HEADER = 20
RECORD_CELL = 16  # a column with cells this long (median of the longest) holds sentences, not scores
BLOCK_ROWS = 20
BLOCK_CHARACTERS = 900


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of one sheet: what stands above the header, the header, and the body."""

    above: tuple[Row, ...]
    header: tuple[str, ...]
    body: tuple[Row, ...]


def read_xlsx(path: Path, max_characters: int) -> list[Element]:
    """Read every sheet of a workbook; formulas give the values Excel last saved.

    Raises:
        SourceError: IN-08 damaged, IN-10 too long, IN-18 too many cells.

    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    elements: list[Element] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl remarks on styles and names that no reader misses
            workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            left = max_characters
            for sheet in workbook.worksheets:
                rows = list(_sheet_rows(sheet, left))
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
    head = text[:4000].split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count)
    rows: list[Row] = []
    cells = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            cells += len(row)
            if cells > MOST_CELLS:
                raise failure("IN-18", detail="单元格太多")
            if any(cell.strip() for cell in row):
                rows.append((number, tuple(_flat(cell) for cell in row)))
    except csv.Error as error:
        raise failure("IN-08") from error
    return rows_to_elements(rows, None)


def rows_to_elements(rows: Sequence[Row], sheet: str | None) -> list[Element]:
    """Turn the rows that hold something into elements; row numbers are the file's own, from 1."""
    if not rows:
        return []
    table = _with_header(rows)
    elements = [Element("text", _joined(cells), Locator(sheet=sheet, row=number)) for number, cells in table.above]
    if not table.header:
        return [*elements, *_blocks((), table.body, sheet)]
    if _is_record(table):
        return [*elements, *(_record(table.header, row, sheet) for row in table.body)]
    return [*elements, *_blocks(table.header, table.body, sheet)]


def _sheet_rows(sheet: Any, max_characters: int) -> Iterator[Row]:
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
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return _flat(str(value))


def _number_text(value: float, number_format: str) -> str:
    """Write a number as the sheet shows it where that matters: 85%, 007; else without float noise."""
    if number_format.endswith("%"):
        return f"{format(value * 100, '.10g')}%"
    if set(number_format) == {"0"} and float(value).is_integer():
        return str(int(value)).zfill(len(number_format))
    return str(value) if isinstance(value, int) else format(value, ".12g")


def _flat(text: str) -> str:
    return " ".join(text.split())


def _with_header(rows: Sequence[Row]) -> _Table:
    """Find the header: the first row of several short words that is as wide as what follows it."""
    width = max(sum(map(bool, cells)) for _, cells in rows)
    for index, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        filled = [cell for cell in cells if cell]
        words = all(len(cell) <= LONGEST_HEADER and not _is_number(cell) for cell in filled)
        if len(filled) >= 2 and len(filled) * 2 > width and words and index + 1 < len(rows):  # one word is a title
            return _Table(tuple(rows[:index]), cells, tuple(rows[index + 1 :]))
    return _Table((), (), tuple(rows))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("%", "").replace("-", "", 1).isdigit()


def _is_record(table: _Table) -> bool:
    """Tell rows that hold sentences (an exercise, a reply) from rows of scores."""
    longest = sorted(max(map(len, cells)) for _, cells in table.body)
    return longest[len(longest) // 2] >= RECORD_CELL


def _record(header: tuple[str, ...], row: Row, sheet: str | None) -> Element:
    number, cells = row
    named = [f"{name}：{cell}" if name else cell for name, cell in _paired(header, cells) if cell]
    return Element("text", "｜".join(named), Locator(sheet=sheet, row=number))


def _paired(header: tuple[str, ...], cells: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    names = header + ("",) * (len(cells) - len(header))
    return zip(names, cells, strict=False)


def _blocks(header: tuple[str, ...], body: Sequence[Row], sheet: str | None) -> Iterator[Element]:
    """Yield tables of some rows each, every one with the header, so that a piece can be read alone."""
    block: list[Row] = []
    size = 0
    for row in body:
        length = sum(map(len, row[1])) + 3 * len(row[1])
        if block and (len(block) >= BLOCK_ROWS or size + length > BLOCK_CHARACTERS):
            yield _block(header, block, sheet)
            block, size = [], 0
        block.append(row)
        size += length
    if block:
        yield _block(header, block, sheet)


def _block(header: tuple[str, ...], rows: Sequence[Row], sheet: str | None) -> Element:
    lines = [_joined(header)] if header else []
    lines.extend(_joined(cells) for _, cells in rows)
    return Element("table", "\n".join(lines), Locator(sheet=sheet, row=rows[0][0]))


def _joined(cells: Iterable[str]) -> str:
    texts = list(cells)
    return " | ".join(texts) if sum(map(bool, texts)) > 1 else "".join(texts)
