"""The rows and columns of an answer that is a table, for the page, for plain text and for the command line alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class Row:
    """One row: its head, empty where it has none, and for each column the number of the sentence that fills it."""

    heading: str
    cells: dict[str, int] = field(default_factory=dict)


def table_of(cells: Iterable[tuple[int, str, str]]) -> tuple[list[str], list[Row]]:
    """Return the columns in order of appearance and the rows, from (number of the sentence, column, head of the row).

    A new row begins where the head changes, or where its column is filled already.
    """
    columns: dict[str, None] = {}
    rows: list[Row] = []
    for number, column, heading in cells:
        columns[column] = None
        if not rows or rows[-1].heading != heading or column in rows[-1].cells:
            rows.append(Row(heading))
        rows[-1].cells[column] = number
    return list(columns), rows
