"""The measure itself: distances, what is compared, and a page that is read."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ocr import PageRate, comparable, distance, disturbances, measure, summary
from tests.ingest.pictures import PRINTED


def plain_distance(first, second):
    @functools.cache
    def rest(at, to):
        if at == len(first) or to == len(second):
            return len(first) - at + len(second) - to
        changed = rest(at + 1, to + 1) + (first[at] != second[to])
        return min(changed, rest(at + 1, to) + 1, rest(at, to + 1) + 1)

    return rest(0, 0)


@given(st.text("面积周长abc", max_size=14), st.text("面积周长abc", max_size=14))
def test_the_distance_is_the_edit_distance(first, second):
    assert distance(first, second) == plain_distance(first, second)


def test_order_counts():
    assert distance("甲乙丙丁", "丙丁甲乙") == 4


def test_only_what_print_does_not_show_is_left_out():
    assert comparable("教师：  （3）班 | \uf0b7 ______ ＋") == comparable("教师:(3)班__+")
    assert comparable("教师：", strict=True) != comparable("教师:", strict=True)
    assert comparable("3−2") != comparable("3+2")
    assert comparable("甲乙") != comparable("乙甲")


def test_disturbances_are_the_same_in_every_run_and_change_the_page():
    page = np.full((300, 200), 255, np.uint8)
    page[100:110, 50:150] = 0
    for name, change in disturbances().items():
        assert np.array_equal(change(page, 2), change(page, 2))
        assert np.array_equal(change(page, 2), page) == (name == "clean")


def test_totals_weigh_pages_by_their_characters_and_know_the_aims():
    rates = [PageRate("a.pdf", 1, "clean", 900, 9, 20, 4.0, 3.0), PageRate("a.pdf", 2, "clean", 100, 21, 21, 2.0, 1.0)]
    found = summary([*rates, PageRate("a.pdf", 1, "skewed", 1000, 79, 79, 5.0, 5.0)])
    assert found["kinds"]["clean"] == {
        "pages": 2, "rate": 0.03, "strict": 0.041, "worst": 0.21, "seconds": 3.0, "cpu_seconds": 2.0
    }  # fmt: skip
    assert found["kinds"]["skewed"]["rate"] == 0.079
    assert found["aims_met"] is False  # 3 % of a clean page
    assert summary([PageRate("a.pdf", 1, "clean", 1000, 19, 19, 4.0, 4.0)])["aims_met"] is True


@pytest.mark.slow
def test_pages_are_read_within_the_aims():
    kinds = ("clean", "skewed", "upside_down")
    found = summary(list(measure(PRINTED, limit=1, kinds=kinds)))
    assert list(found["kinds"]) == list(kinds)
    assert found["aims_met"]
