"""Every answer key of the sample library is worked out again from its stem, or says why no program can."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sympy
from openpyxl import load_workbook

from tests.corpus.bank import Item, folded, items_of, options_of
from tests.corpus.conftest import CORPUS

if TYPE_CHECKING:
    from ingest.document import Element

NAMES = "Rational sqrt pi Eq solve simplify factor gcd lcm floor ceiling Abs Mod".split()
WORKINGS = [
    json.loads(line)
    for line in (Path(__file__).parent / "workings.jsonl").read_text(encoding="utf-8").splitlines()
    if line.strip()
]
COMPUTED = [row for row in WORKINGS if "working" in row]
NUMBER = re.compile(r"\d+(?:\.\d+)?")
RIGHT, WRONG = {"对", "正确", "√"}, {"错", "错误", "×"}
CLOSE = 1e-9


def named(row: dict[str, Any]) -> str:
    return f"{Path(row['document']).stem[:24]}-{row['item']}"


def listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def worked_out(expression: str) -> Any:
    """Evaluate an expression of the file with nothing in reach but the names it may use."""
    assert re.fullmatch(r"[\w\s+\-*/%().,<>=!\[\]]+", expression), expression
    assert "__" not in expression
    reach = {name: getattr(sympy, name) for name in NAMES} | dict(zip("xy", sympy.symbols("x y"), strict=True))
    return eval(expression, {"__builtins__": {}}, reach)  # test data of this project


def same(one: Any, other: Any) -> bool:
    """Compare values; solutions in any order."""
    if isinstance(one, (list, tuple)) or isinstance(other, (list, tuple)):
        if not isinstance(one, (list, tuple)) or not isinstance(other, (list, tuple)) or len(one) != len(other):
            return False
        left = list(other)
        for item in one:
            match = next((at for at, candidate in enumerate(left) if same(item, candidate)), None)
            if match is None:
                return False
            left.pop(match)
        return True
    if _is_truth(one) or _is_truth(other):
        return _is_truth(one) and _is_truth(other) and bool(one) == bool(other)
    difference = sympy.simplify(sympy.sympify(one) - sympy.sympify(other))
    return bool(difference == 0 or (difference.is_number and abs(sympy.N(difference)) < CLOSE))


def _is_truth(value: Any) -> bool:
    return isinstance(value, (bool, sympy.logic.boolalg.BooleanAtom))


@pytest.fixture(scope="session")
def banks(rows: list[dict[str, str]], read: dict[str, tuple[Element, ...]]) -> dict[str, dict[str, Item]]:
    return {row["文件"]: items_of(read[row["文件"]]) for row in rows if row["种类"] == "习题"}


@pytest.fixture(scope="session")
def sheets() -> dict[str, dict[str, dict[str, str]]]:
    """The banks in Excel as their cells, read without the product: document → item → column → text."""
    found = {}
    for document in {row["document"] for row in WORKINGS if row["document"].endswith(".xlsx")}:
        workbook = load_workbook(CORPUS / document)
        for sheet in workbook.worksheets:
            header, *body = sheet.iter_rows(values_only=True)
            if header and header[0] == "题号":
                found[document] = {
                    str(cells[0]): dict(zip(header, ["" if cell is None else str(cell) for cell in cells], strict=True))
                    for cells in body
                }
        workbook.close()
    return found


def test_every_item_has_one_working_and_every_working_an_item(banks: dict[str, dict[str, Item]]) -> None:
    worked = Counter((row["document"], row["item"]) for row in WORKINGS)
    assert [key for key, count in worked.items() if count > 1] == []
    assert set(worked) == {(document, number) for document, bank in banks.items() for number in bank}


@pytest.mark.parametrize("row", WORKINGS, ids=named)
def test_the_answer_stands_in_the_file(
    row: dict[str, Any],
    banks: dict[str, dict[str, Item]],
    sheets: dict[str, dict[str, dict[str, str]]],
) -> None:
    item = banks[row["document"]][row["item"]]
    assert item.answer == folded(row["answer"])
    if row["document"].endswith(".xlsx"):
        cells = sheets[row["document"]][row["item"]]
        assert cells["答案"] == row["answer"]
        assert options_of(folded(cells["选项"])) == item.options
    if "choice" in row:
        assert row["choice"] in item.options
        assert row["answer"].startswith(row["choice"])
        assert len(set(item.options.values())) == len(item.options)
    else:
        assert item.options == {}


@pytest.mark.parametrize("row", COMPUTED, ids=named)
def test_the_answer_is_worked_out(row: dict[str, Any], banks: dict[str, dict[str, Item]]) -> None:
    workings, values = listed(row["working"]), listed(row["value"])
    assert len(workings) == len(values)
    item = banks[row["document"]][row["item"]]
    said = row["answer"] + (item.options[row["choice"]] if "choice" in row else "")
    numbers = set(NUMBER.findall(said))
    assert not all(map(NUMBER.fullmatch, workings)), "a working starts from the stem, it does not restate the answer"
    for working, value in zip(workings, values, strict=True):
        assert same(worked_out(working), worked_out(value)), f"{working} is not {value}"
        assert set(NUMBER.findall(value)) <= numbers, f"{value} is not in {said}"
    if len(values) == 1 and row["answer"] in RIGHT | WRONG and values[0] in {"True", "False"}:
        assert (row["answer"] in RIGHT) is (values[0] == "True")


@pytest.mark.parametrize("row", [row for row in WORKINGS if "verbatim" in row], ids=named)
def test_quoted_answers_are_part_of_the_original_line(row: dict[str, Any]) -> None:
    original = _letters(row["verbatim"])
    if "manual" in row:  # the answer quotes and explains: what it puts in quotation marks is checked
        pieces = re.findall(r"“([^”]+)”", row["answer"])
        assert all(_letters(piece) in original for piece in pieces if len(_letters(piece)) >= 5)
        return
    for piece in re.split(r"[，；。！？、]", row["answer"]):
        assert _letters(piece) in original


@pytest.mark.parametrize("row", [row for row in WORKINGS if "manual" in row], ids=named)
def test_what_no_program_can_check_says_why(row: dict[str, Any]) -> None:
    assert len(row["manual"]) >= 4
    assert "working" not in row


def test_most_items_of_the_number_subjects_are_worked_out_by_program() -> None:
    maths = [row for row in WORKINGS if row["document"].startswith("数学/")]
    assert sum("working" in row for row in maths) >= 0.75 * len(maths)


@pytest.mark.parametrize(
    ("working", "value", "equal"),
    [
        ("2*(8+5)", "26", True),
        ("2*(8+5)", "27", False),
        ("solve(x**2-3*x+2, x)", "[2, 1]", True),
        ("solve(x**2-3*x+2, x)", "[2, 2]", False),
        ("solve(x**2-2*x+1, x)", "[1, 1]", False),
        ("solve(x**2+4*x-3, x)", "[-2-sqrt(7), -2+sqrt(7)]", True),
        ("3 > 2", "True", True),
        ("3 > 2", "False", False),
        ("3 > 2", "1", False),
        ("Rational(1,3)", "0.3333", False),
        ("[[1, 2]]", "[[1, 3]]", False),
    ],
)
def test_the_comparison_can_fail(working: str, value: str, *, equal: bool) -> None:
    assert same(worked_out(working), worked_out(value)) is equal


@pytest.mark.parametrize("hostile", ["__import__('os')", "().__class__", "open", "x;y", "'a'"])
def test_nothing_else_is_in_reach_of_a_working(hostile: str) -> None:
    with pytest.raises((AssertionError, NameError)):
        worked_out(hostile)


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w", text))
