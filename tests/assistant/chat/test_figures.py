from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.align import align
from assistant.chat.figures import narrow, numbers, tokens


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("四十分钟", ("40",)),
        ("二〇一五年", ("2015",)),
        ("8万人、8,000人", ("80000", "8000")),
        ("三分之二", ("2/3",)),
        ("百分之四十", ("40",)),
        ("３．５米", ("3.5",)),
        ("两百零五个", ("205",)),
        ("统一的样子", ()),
        ("十分高兴", ("10",)),
    ],
)
def test_numbers_are_read_by_value(text: str, values: tuple[str, ...]) -> None:
    assert numbers(text) == values


@given(st.text(alphabet="一二十百千万亿零〇两0123456789.,/分之第个年的，。ab（Ａ９", max_size=30))
def test_tokens_stand_in_order_in_any_text(text: str) -> None:
    found = tokens(text)
    assert len(narrow(text)) == len(text)
    assert all(0 <= token.start <= token.end <= len(text) for token in found)
    assert all(one.start <= other.start and one.clause <= other.clause for one, other in pairwise(found))


@given(st.text(alphabet="甲乙丙丁3，。", max_size=14), st.text(alphabet="甲乙丙丁3，。", max_size=20))
def test_an_alignment_pairs_equal_tokens_in_rising_order(one: str, other: str) -> None:
    claim, source = tokens(one), tokens(other)
    pairs = align(claim, source).pairs
    assert all(claim[first].value == source[second].value for first, second in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


@given(st.text(alphabet="甲乙丙丁戊3，。", max_size=14))
def test_a_text_is_laid_along_itself_without_edits(text: str) -> None:
    found = tokens(text)
    assert align(found, found).edits == ()
