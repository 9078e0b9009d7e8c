"""What a sheet's rows are: exercises, questionnaire results, records, or a table of scores; each in its readable form."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.document import Element, Locator
from ingest.partition.sheet_columns import bank_elements, bank_of, result_elements, results_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.partition.sheet_columns import Row

HEADER_WITHIN = 10
LONGEST_HEADER = 20
LONGEST_QUESTION = 120  # the header of a questionnaire's raw answers is the question itself
RECORD_CELL = 16  # a column with cells this long (median of the longest) holds sentences, not scores
# A block with its header is to fit a chunk of the default budget: rows of figures take about 0.8 tokens a character.
BLOCK_CHARACTERS = 420
BLOCK_ROWS = 20
FEWEST_ROWS = 5
_UNIT = re.compile(r"[（(\[]?(?:分|人|个|次|%|％|元|岁|分钟|小时|厘米|米|千克|公斤|页|题|节|名|cm|kg)[）)\]]?")
_FULL_MARKS = re.compile(r"(?:题目|各题|每题|卷面)?(?:满分|分值|赋分)(?:值)?[：:]?")
_QUESTION = re.compile(r"Q\d{1,3}|(?:Q|问题|第)?\s?\d{1,3}\s?(?:[、.．:：]|题[：:、]).*|.*[？?].*|.{13,}")
_ANSWERED = re.compile(r"提交|答卷|答题时间|填写时间|填表时间|开始时间|结束时间|时间戳|来源详情|所用时间")
_SCORED = re.compile(r"总分|得分|成绩|名次|排名|等级|班级|学号|考号")
_KEY_COLUMNS = frozenset(
    {"姓名", "学号", "班级", "考号", "座号", "序号", "编号", "学生", "学校", "年级", "题号", "学生姓名"}
)
_GROUP_NOTE = re.compile(r"^[一二三四五六七八九十]{1,3}[、.．]|[（(][^（）()]*[）)]")


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of one sheet: what stands above the header, the header, rows that go with it (full marks), the body."""

    above: tuple[Row, ...]
    header: tuple[str, ...]
    body: tuple[Row, ...]
    repeated: tuple[Row, ...] = ()


def rows_to_elements(rows: Sequence[Row], sheet: str | None) -> list[Element]:
    """Turn the rows that hold something into elements; row numbers are the file's own, from 1.

    A row of a question bank becomes an `item` of labelled lines; the results of a questionnaire one text a question;
    rows of sentences and raw answers one record each, 「姓名：…｜班级：…」; other tables blocks of rows under their header.
    """
    rows = _without_empty_columns(rows)
    if not rows:
        return []
    results = results_of(rows)
    if results:
        return result_elements(results, sheet)
    table = _with_header(rows)
    elements = [Element("text", _joined(cells), Locator(sheet=sheet, row=number)) for number, cells in table.above]
    if not table.header:
        return [*elements, *_blocks(table, sheet)]
    bank = bank_of(table.header, table.body)
    if bank is not None:
        return [*elements, *bank_elements(bank, table.body, sheet)]
    if _is_record(table):
        return [*elements, *(_record(table.header, row, sheet) for row in (*table.repeated, *table.body))]
    return [*elements, *_blocks(table, sheet)]


def _without_empty_columns(rows: Sequence[Row]) -> list[Row]:
    width = max((len(cells) for _, cells in rows), default=0)
    used = [column for column in range(width) if any(column < len(cells) and cells[column] for _, cells in rows)]
    if len(used) == width:
        return list(rows)
    return [(number, tuple(cells[column] for column in used if column < len(cells))) for number, cells in rows]


def _with_header(rows: Sequence[Row]) -> _Table:
    """Find the header: the first row of names that is as wide as what follows it, or two rows of merged cells."""
    width = max(sum(map(bool, cells)) for _, cells in rows)
    for index in range(min(HEADER_WITHIN, len(rows) - 1)):
        number, cells = rows[index]
        both = _two_rows(cells, rows[index + 1][1]) if index + 2 < len(rows) else None
        if both is not None:
            noted = [(number, cells)] if any(_GROUP_NOTE.search(cell) for cell in cells) else []
            return _with_units(_Table((*rows[:index], *noted), both, tuple(rows[index + 2 :])))
        if sum(map(bool, cells)) * 2 > width and _is_header(cells):
            return _with_units(_Table(tuple(rows[:index]), cells, tuple(rows[index + 1 :])))
    return _Table((), (), tuple(rows))


def _is_header(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    if len(filled) < 2:  # one word is a title
        return False
    numbers = [cell for cell in filled if _is_number(cell)]
    if numbers:  # 姓名 | 1 | 2 | 3: the numbers of questions
        counted = [int(cell) for cell in numbers if cell.isdecimal()]
        return filled[0] in _KEY_COLUMNS and len(counted) == len(numbers) and counted == sorted(set(counted))
    if all(len(cell) <= LONGEST_HEADER for cell in filled):
        return True
    asked = sum(_QUESTION.fullmatch(cell) is not None or _ANSWERED.search(cell) is not None for cell in filled)
    return len(filled) > 2 and asked * 2 >= len(filled) and all(len(cell) <= LONGEST_QUESTION for cell in filled)


def _two_rows(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...] | None:
    """Join a header of two rows: 「语文」 over 「平时 | 期末」 gives 「语文·平时 | 语文·期末」; None when it is not one."""
    if not all(len(cell) <= LONGEST_HEADER and not _is_number(cell) for cell in upper if cell):
        return None
    names: list[str] = []
    group = ""
    alone = below = 0
    for column in range(max(len(upper), len(lower))):
        top = upper[column] if column < len(upper) else ""
        sub = lower[column] if column < len(lower) else ""
        if top and sub in {"", top}:
            alone += 1
            group = ""
            names.append(top)
        elif sub and (top or group):
            below += not top
            group = top or group
            names.append(f"{_GROUP_NOTE.sub('', group).strip()}·{sub}")
        else:
            return None
    return tuple(names) if alone and below else None


def _with_units(table: _Table) -> _Table:
    """Take a row of units below the header into the header, and keep a row of full marks with it."""
    header, body = table.header, table.body
    if len(body) > 1 and all(_UNIT.fullmatch(cell) for cell in body[0][1] if cell):
        units = [cell.strip("（()）[]") for cell in body[0][1]]
        header = tuple(f"{name}（{unit}）" if unit else name for name, unit in _paired(header, units) if name or unit)
        body = body[1:]
    if len(body) > 1 and any(_FULL_MARKS.fullmatch(cell) for cell in body[0][1][:3]):
        return replace(table, header=header, body=body[1:], repeated=body[:1])
    return replace(table, header=header, body=body)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("%", "").replace("-", "", 1).isdigit()


def _is_record(table: _Table) -> bool:
    """Tell rows that hold sentences or a questionnaire's answers from rows of scores."""
    names = [name for name in table.header if name]
    asked = sum(_QUESTION.fullmatch(name) is not None for name in names)
    if any(_ANSWERED.search(name) for name in names) or (
        asked * 2 >= len(names) and not any(_SCORED.search(name) for name in names)
    ):
        return True
    longest = sorted(max((len(cell) for cell in cells if not _is_number(cell)), default=0) for _, cells in table.body)
    return longest[len(longest) // 2] >= RECORD_CELL


def _record(header: tuple[str, ...], row: Row, sheet: str | None) -> Element:
    number, cells = row
    named = [f"{name}：{cell}" if name else cell for name, cell in _paired(header, cells) if cell]
    return Element("text", "｜".join(named), Locator(sheet=sheet, row=number))


def _paired(header: Sequence[str], cells: Sequence[str]) -> Iterable[tuple[str, str]]:
    width = max(len(header), len(cells))
    return zip((*header, *[""] * (width - len(header))), (*cells, *[""] * (width - len(cells))), strict=True)


def _blocks(table: _Table, sheet: str | None) -> Iterator[Element]:
    """Yield tables of some rows each, every one with the header and the full marks, so that a piece can be read alone."""
    head = [_joined(table.header)] if table.header else []
    head += [_joined(cells) for _, cells in table.repeated]
    lines: list[str] = []
    first = size = 0
    for number, cells in table.body:
        line = _joined(cells)
        full = size + len(line) > BLOCK_CHARACTERS and len(lines) >= FEWEST_ROWS
        if lines and (full or len(lines) >= BLOCK_ROWS):
            yield Element("table", "\n".join([*head, *lines]), Locator(sheet=sheet, row=first))
            lines = []
        if not lines:
            first, size = number, sum(map(len, head))
        lines.append(line)
        size += len(line)
    if lines or head:
        yield Element("table", "\n".join([*head, *lines]), Locator(sheet=sheet, row=first or None))


def _joined(cells: Iterable[str]) -> str:
    texts = list(cells)
    return " | ".join(texts) if sum(map(bool, texts)) > 1 else "".join(texts)
