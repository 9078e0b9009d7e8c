from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.answer import Answer, Claim, Search, Turn
from assistant.chat.query import Understood, understand
from tests.assistant.chat.understanding import ASKED, CONCRETE, FOLLOW_UPS, HOLDINGS, NOT_ASKED, TOO_GENERAL


def read(understood: Understood) -> set[str]:
    return {f"{item.name}={item.value}" for item in understood.filters}


def turn(question: str, history: tuple[Turn, ...] = ()) -> Turn:
    """Return an exchange as it was answered: with two written sentences after a quoted one."""
    understood = understand(question, history, HOLDINGS)
    search = Search(understood.question, (), 1, 1, (), 0.1, filters=understood.filters)
    claims = (
        Claim("引用的原话。", "supported", quoted=True),
        Claim("先复习长度单位。", "supported"),
        Claim("先用红笔描边线。", "supported"),
    )
    return Turn(question, Answer("grounded", search, claims, "", ""))


@pytest.mark.parametrize(("question", "wanted"), [*ASKED.items(), *NOT_ASKED.items()])
def test_a_question_is_narrowed_to_what_it_asks_for(question: str, wanted: str) -> None:
    assert read(understand(question, (), HOLDINGS)) == set(wanted.split())


@pytest.mark.parametrize(("before", "question", "wanted", "has", "lacks"), FOLLOW_UPS)
def test_a_follow_up_takes_over_what_it_does_not_change(
    before: str, question: str, wanted: str, has: str, lacks: str
) -> None:
    understood = understand(question, (turn(before),), HOLDINGS)
    assert read(understood) == set(wanted.split())
    assert [word for word in has.split() if word not in understood.question] == []
    assert [word for word in lacks.split() if word in understood.question] == []


@pytest.mark.parametrize("question", TOO_GENERAL)
def test_a_question_that_is_too_general_gets_choices(question: str) -> None:
    understood = understand(question, (), HOLDINGS)
    assert 2 <= len(understood.choices) <= 5


@pytest.mark.parametrize("question", [*CONCRETE, *ASKED])
def test_a_concrete_question_gets_none(question: str) -> None:
    assert understand(question, (), HOLDINGS).choices == ()


@given(st.text(max_size=200))
def test_any_text_is_understood(text: str) -> None:
    understand(text, (turn("三年级数学面积怎么教"),), HOLDINGS)
    understand(text, (), HOLDINGS)
