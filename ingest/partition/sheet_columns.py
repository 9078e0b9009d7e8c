"""Sheets read by the names of their columns: question banks, and the results of questionnaires."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.chunk.item_labels import NUMBER_WORDS, PARTS, TIER, bare, part_of
from ingest.document import Element, FieldName, Locator

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[int, tuple[str, ...]]

_LETTER = re.compile(r"(?:选项|备选)?\s*([A-H])\s*(?:选项|项)?")
_LETTERED = re.compile(r"[（(]?[A-H]\s*[.．、：:)）]")
_MAYBE_TIER = frozenset({"类型", "类别", "级别", "题目类型", "等级", "难易层次"})
_SECTION = re.compile(r"[一二三四五六七八九十]{1,3}[、.．].{1,30}|[（(][一二三四五六七八九十]{1,3}[）)].{1,30}")
_COUNTS = frozenset({"人数", "票数", "频数", "小计", "选择人数", "计数", "次数", "选择次数", "填写人数", "选择数"})
_SHARES = frozenset({"占比", "比例", "百分比", "百分率", "所占比例", "占比率", "比率", "选择比例"})
_CHOICES = frozenset({"选项", "答案选项", "选择项", "选项内容", "选择", "答案"})
_ASKED = frozenset({"题目", "问题", "题干", "问卷题目", "题目内容", "调查内容", "调查项目", "题项"})
_MATRIX = re.compile(r"题目?\s*[\\/＼／|]\s*选项.*")
LONGEST_SECTION = 40


@dataclass(frozen=True, slots=True)
class Bank:
    """What each column of a question bank holds; `letters` are the columns of options by their letter."""

    names: tuple[str, ...]
    number: int | None
    parts: dict[FieldName, int]
    letters: dict[int, str]


@dataclass(frozen=True, slots=True)
class Result:
    """One question of a questionnaire with the lines of its result."""

    row: int
    lines: tuple[str, ...]


def bank_of(header: Sequence[str], body: Sequence[Row]) -> Bank | None:
    """Map the columns of a question bank; None when a sheet has no questions with answers or options."""
    names = [bare(name) for name in header]
    parts: dict[FieldName, int] = {}
    for column, name in enumerate(names):
        part = part_of(name)
        if part is None and name in _MAYBE_TIER and _holds_tiers(column, body):
            part = "tier"
        if part is not None:
            parts.setdefault(part, column)
    letters = {column: match[1] for column, name in enumerate(names) if (match := _LETTER.fullmatch(name))}
    letters = letters if len(letters) >= 2 else {}
    if "question" not in parts or not ("answer" in parts or "options" in parts or letters):
        return None
    number = next((column for column, name in enumerate(names) if name in NUMBER_WORDS), None)
    return Bank(tuple(header), number, parts, letters)


def bank_elements(bank: Bank, body: Sequence[Row], sheet: str | None) -> list[Element]:
    """Write each row as an item of labelled lines: 题号, 题目, 选项, 答案, 解析, 层次, 知识点, 难度, then the other columns.

    A row without a question goes on with the one before; a row of one heading (「一、基础题」) is text, and says the tier of
    the rows below it where no column does.
    """
    elements: list[Element] = []
    tier = ""
    for number, cells in body:
        filled = [cell for cell in cells if cell]
        if len(filled) == 1 and _is_section(filled[0]):
            found = TIER.search(filled[0])
            tier = found[0] if found else ""
            elements.append(Element("text", filled[0], Locator(sheet=sheet, row=number)))
            continue
        values = dict(enumerate(cells))
        if not values.get(bank.parts["question"]):
            rest = _lines(bank, values, "")
            last = elements[-1] if elements else None
            if last is not None and last.kind == "item" and not (bank.number is not None and values.get(bank.number)):
                elements[-1] = Element("item", _continued(last.text, rest), last.locator)
            else:
                elements.append(Element("text", "\n".join(rest), Locator(sheet=sheet, row=number)))
            continue
        elements.append(Element("item", "\n".join(_lines(bank, values, tier)), Locator(sheet=sheet, row=number)))
    return elements


def results_of(rows: Sequence[Row]) -> list[Result]:
    """Read the results of a questionnaire, question by question; empty when the sheet is none.

    Either one table with columns for question, option and number, or under each question a table of its own, as
    questionnaire services write it.
    """
    if not any(_is_results_header(cells) for _, cells in rows):
        return []
    results: list[Result] = []
    header: list[str] = []
    lines: list[str] = []
    start, question = 0, ""
    for number, cells in rows:
        filled = [cell for cell in cells if cell]
        if _is_results_header(cells):
            header = list(cells)
            continue
        if _MATRIX.fullmatch(cells[0]):
            header = []
        asked = _asked(header, cells)
        begins = len(filled) == 1 or (asked and asked != question)
        if begins and lines:
            results.append(Result(start, tuple(lines)))
        if begins:
            question = asked or filled[0]
            start, lines = number, [question]
        start = start or number
        if len(filled) > 1:
            lines.append(_result_line(header, cells))
    if lines:
        results.append(Result(start, tuple(lines)))
    return results


def result_elements(results: Sequence[Result], sheet: str | None) -> list[Element]:
    """Write each question's result as one text: the question, then a line an option, 「三次：人数 12，占比 30%」."""
    return [Element("text", "\n".join(result.lines), Locator(sheet=sheet, row=result.row)) for result in results]


def _holds_tiers(column: int, body: Sequence[Row]) -> bool:
    values = [cells[column] for _, cells in body if column < len(cells) and cells[column]]
    return bool(values) and sum(TIER.match(value) is not None for value in values) * 2 > len(values)


def _is_section(text: str) -> bool:
    return len(text) <= LONGEST_SECTION and (_SECTION.fullmatch(text) is not None or TIER.match(text) is not None)


def _lines(bank: Bank, values: dict[int, str], tier: str) -> list[str]:
    taken = {*bank.parts.values(), *bank.letters}
    lines: list[str] = []
    if bank.number is not None:
        taken.add(bank.number)
        lines += _line("题号", values.get(bank.number, ""))
    for part, words in PARTS.items():
        value = values.get(bank.parts[part], "") if part in bank.parts else tier if part == "tier" else ""
        if part == "options":
            value = " ".join(filter(None, [value, *_options(bank, values)]))
        lines += _line(words[0], _without_label(value, part))
    for column, name in enumerate(bank.names):
        if column not in taken:
            lines += _line(name, values.get(column, ""))
    return [*lines, *(values[column] for column in sorted(values) if column >= len(bank.names) and values[column])]


def _line(name: str, value: str) -> list[str]:
    return [f"{name}：{value}" if name else value] if value else []


def _options(bank: Bank, values: dict[int, str]) -> list[str]:
    found = [(letter, values.get(column, "")) for column, letter in sorted(bank.letters.items())]
    return [value if _LETTERED.match(value) else f"{letter}. {value}" for letter, value in found if value]


def _without_label(value: str, part: FieldName) -> str:
    """Return a cell without the label that some write into it as well: 「答案：B」 below 「答案」."""
    word, colon, rest = value.partition("：")
    return rest.strip() if colon and part_of(word.strip("【】 ")) == part and rest.strip() else value


def _continued(text: str, more: Sequence[str]) -> str:
    """Join the lines of a further row to an item: to the line with the same label, else below it."""
    lines = text.split("\n")
    for line in more:
        label, colon, value = line.partition("：")
        at = next((index for index, old in enumerate(lines) if colon and old.startswith(f"{label}：")), None)
        if at is None:
            lines.append(line)
        else:
            lines[at] += f" {value}"
    return "\n".join(lines)


def _is_results_header(cells: Sequence[str]) -> bool:
    names = {bare(cell) for cell in cells if cell}
    return bool(names & _CHOICES) and bool(names & (_COUNTS | _SHARES))


def _asked(header: Sequence[str], cells: Sequence[str]) -> str:
    column = next((index for index, name in enumerate(header) if bare(name) in _ASKED), None)
    return cells[column] if column is not None and column < len(cells) else ""


def _result_line(header: Sequence[str], cells: Sequence[str]) -> str:
    """Write one option: its words, then each figure with its column's name."""
    names = [bare(name) for name in header]
    choice = next((cell for name, cell in zip(names, cells, strict=False) if name in _CHOICES and cell), "")
    figures = [
        f"{header[column]} {cell}" if column < len(header) and header[column] else cell
        for column, cell in enumerate(cells)
        if cell and (column >= len(names) or names[column] not in _CHOICES | _ASKED)
    ]
    return f"{choice}：{'，'.join(figures)}" if choice else " | ".join(cell for cell in cells if cell)
