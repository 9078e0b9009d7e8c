from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.misspelling import respelled, same_sound
from ingest.lexical import index_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSAGES = (
    "圆柱的体积等于底面积乘高。", "圆柱和圆锥的体积。", "长方形的面积", "长方形和正方形", "黎明即起。", "黎明的时候", "勾股定理", "勾股定理的证明",
    "分数的意义", "分数的初步认识",
)  # fmt: skip
SEEN = Counter(term for passage in PASSAGES for term in set(index_terms(passage).split()))


def frequency(terms: Sequence[str]) -> dict[str, int]:
    return {term: SEEN[term] for term in terms}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("园柱的体积怎么算", "圆柱的体积怎么算"),
        ("勾鼓定理怎么证明", "勾股定理怎么证明"),
        ("分书的意义", "分数的意义"),
    ],
)
def test_a_character_of_the_same_sound_is_replaced(typed: str, meant: str) -> None:
    assert respelled(typed, frequency)[0] == meant


@pytest.mark.parametrize(
    "question",
    [
        "李明的作文",
        "圆柱的体积",
        "量子纠缠与黑洞辐射",
        "天气预报",
        "三角形的内角和",
        "光合作用",
        "What is area?",
        "",
        "园",
    ],
)
def test_what_may_be_right_is_left_alone(question: str) -> None:
    assert respelled(question, frequency) == (question, ())


def test_the_words_are_told() -> None:
    assert respelled("园柱与勾鼓定理", frequency)[1] == (("园柱", "圆柱"), ("勾鼓定理", "勾股定理"))


def test_sounds_are_compared_without_tones() -> None:
    assert {"圆", "元", "原"} <= set(same_sound("园"))
    assert "方" not in same_sound("园")
    assert same_sound("a") == ()


@given(st.text(alphabet=st.sampled_from("园柱圆的体鸡积勾鼓定理长方型a1，\n\x00"), max_size=60))
def test_any_text_keeps_its_length(text: str) -> None:
    assert len(respelled(text, frequency)[0]) == len(text)
