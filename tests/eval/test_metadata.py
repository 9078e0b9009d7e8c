"""The promise of issue 3: what the sample library's manifest states is read from the files alone, or stays unknown."""

from __future__ import annotations

from functools import cache

import pytest

from eval.metadata import COMPARED, CORPUS, Comparison, Contents, compare, summary, verdict
from ingest.settings import IngestSettings

PROMISED = 0.9
MOST_WRONG = 0.02
CONTENTS: Contents = {}


@cache
def read(*, hide_names: bool) -> tuple[Comparison, ...]:
    return tuple(compare(CORPUS, IngestSettings(), hide_names=hide_names, contents=CONTENTS))


def shares(*, hide_names: bool) -> dict[str, dict[str, float]]:
    return {str(row["field"]): row for row in summary(read(hide_names=hide_names))}


def wrong(*, hide_names: bool) -> list[Comparison]:
    return [one for one in read(hide_names=hide_names) if one.verdict == "wrong"]


@pytest.mark.parametrize("field", ["kind", "grade", "subject"])
def test_kind_grade_and_subject_are_recovered(field: str) -> None:
    assert shares(hide_names=False)[field]["right_share"] >= PROMISED
    assert shares(hide_names=False)[field]["wrong_share"] < MOST_WRONG


def test_hardly_anything_is_wrong() -> None:
    assert shares(hide_names=False)["all"]["wrong_share"] < MOST_WRONG, wrong(hide_names=False)


def test_nothing_is_claimed_where_the_manifest_is_silent_on_what_a_file_is() -> None:
    claimed = [one for one in read(hide_names=False) if one.verdict == "claimed"]
    assert [one for one in claimed if one.field in {"kind", "grade", "subject", "stage"}] == []


@pytest.mark.parametrize(("field", "floor"), [("kind", 0.9), ("grade", 0.8), ("subject", 0.8), ("author", 0.6)])
def test_content_alone_tells_much_and_little_of_it_is_wrong(field: str, floor: float) -> None:
    assert shares(hide_names=True)[field]["right_share"] >= floor
    assert shares(hide_names=True)[field]["wrong_share"] < MOST_WRONG
    assert shares(hide_names=True)["all"]["wrong_share"] < MOST_WRONG, wrong(hide_names=True)


def test_every_file_and_field_is_compared() -> None:
    rows = read(hide_names=False)
    stated = shares(hide_names=False)
    assert len({one.file for one in rows}) == stated["kind"]["stated"] == stated["school"]["stated"]
    assert {one.field for one in rows} == set(COMPARED)
    assert stated["all"]["stated"] == sum(stated[field]["stated"] for field in COMPARED)


@pytest.mark.parametrize(
    ("field", "stated", "found", "wanted"),
    [
        ("topic", "长方形、正方形面积的计算", "长方形正方形面积的计算", "right"),
        ("topic", "解方程（一）", "解方程一", "right"),
        ("topic", "The colourful world（Part A）", "the colourful world", "right"),
        ("topic", "古诗二首：登鹳雀楼", "登鹳雀楼", "partly"),
        ("topic", "勾股定理", "勾股定理的证明", "wrong"),
        ("topic", "圆", "", "unknown"),
        ("periods", "第1课时（共2课时）", "第1课时", "right"),
        ("periods", "第1课时", "1课时", "right"),
        ("periods", "第2课时", "2课时", "wrong"),
        ("date", "2025-04-21", "2025-04", "partly"),
        ("date", "2025-04-21", "2025-05", "wrong"),
        ("grade", "3", "4", "wrong"),
        ("grade", "", "4", "claimed"),
        ("subject", "数学", "科学", "wrong"),
    ],
)
def test_readings_are_judged_strictly(field: str, stated: str, found: str, wanted: str) -> None:
    assert verdict(field, stated, found) == wanted
