from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.answer import Answer, Claim, Search, Turn
from assistant.chat.choices import matching
from assistant.chat.folding import folded
from assistant.chat.query import Understood, understand
from tests.assistant.chat.understanding import (
    ASKED,
    CONCRETE,
    FOLLOW_UPS,
    HOLDINGS,
    LATER,
    LATER_FOLLOW_UPS,
    NOT_ASKED,
    TOO_GENERAL,
)


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


@pytest.mark.parametrize(("question", "wanted"), [*ASKED.items(), *NOT_ASKED.items(), *LATER.items()])
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


@pytest.mark.parametrize(("before", "question", "wanted"), LATER_FOLLOW_UPS)
def test_a_follow_up_keeps_its_filters(before: str, question: str, wanted: str) -> None:
    assert read(understand(question, (turn(before),), HOLDINGS)) == set(wanted.split())


@pytest.mark.parametrize("question", TOO_GENERAL)
def test_a_question_that_is_too_general_gets_choices(question: str) -> None:
    understood = understand(question, (), HOLDINGS)
    assert 2 <= len(understood.choices) <= 5


@pytest.mark.parametrize("question", TOO_GENERAL)
def test_each_choice_is_concrete_and_leads_to_documents(question: str) -> None:
    for choice in understand(question, (), HOLDINGS).choices:
        understood = understand(choice, (turn(question),), HOLDINGS)
        assert understood.question == choice, "it stands on its own"
        assert (understood.choices, understood.unheld) == ((), ())
        assert {"subject", "kind"} <= {item.name for item in understood.filters}
        assert matching(understood.filters, HOLDINGS)


@pytest.mark.parametrize("question", [*CONCRETE, *ASKED])
def test_a_concrete_question_gets_none(question: str) -> None:
    assert understand(question, (), HOLDINGS).choices == ()


def test_a_point_is_the_one_the_page_shows() -> None:
    before = turn("三年级数学面积怎么教")
    assert "先用红笔描边线" in understand("第二点再详细说说", (before,), HOLDINGS).question
    assert "引用的原话" not in understand("第1点呢", (before,), HOLDINGS).question
    assert "。" not in understand("第九点再详细说说", (before,), HOLDINGS).question


def test_what_was_taken_away_stays_away_in_a_follow_up() -> None:
    question = "三年级数学面积的教案"
    understood = understand(question, (), HOLDINGS, frozenset({"grade"}))
    assert read(understood) == {"subject=数学", "kind=教案"}
    search = Search(understood.question, (), 1, 1, (), 0.1, filters=understood.filters)
    history = (Turn(question, Answer("grounded", search, (), "", "")),)
    assert read(understand("课件呢", history, HOLDINGS)) == {"subject=数学", "kind=课件"}


def test_carried_filters_say_so() -> None:
    understood = understand("课件呢", (turn("三年级面积的教案"),), HOLDINGS)
    assert [(item.name, item.carried) for item in understood.filters] == [("grade", True), ("kind", False)]


def test_every_word_of_a_filter_stands_in_the_question() -> None:
    for question in (*ASKED, *LATER):
        understood = understand(question, (), HOLDINGS)
        assert all(item.words in understood.question for item in understood.filters)


def test_filters_that_no_document_has_together_are_parted() -> None:
    understood = understand("三年级数学第二章面积的教案", (), HOLDINGS)
    assert read(understood) == {"grade=3", "subject=数学", "kind=教案"}
    assert [item.value for item in understood.unheld] == ["第二章"]


def test_filters_are_given_up_from_the_least_certain_to_none() -> None:
    understood = understand("人教版三年级下册数学第五单元面积的教案", (), HOLDINGS)
    tried = [{item.name for item in filters} for filters in understood.attempts()]
    everything = {"grade", "volume", "subject", "edition", "unit", "kind"}
    assert tried == [everything, {"grade", "subject", "kind"}, set()]
    assert list(Understood("面积").attempts()) == [()]


def test_an_empty_library_narrows_nothing() -> None:
    assert understand("三年级数学的教案") == Understood(
        "三年级数学的教案", unheld=understand("三年级数学的教案").unheld
    )


def test_simplified_words_stay_as_they_are() -> None:
    for text in ("乾隆年间的名著", "瞭望塔", "阿房宫赋", "“疑是地上霜”，12×8＝96？"):
        assert folded(text) == text
    assert folded("絕巘多生怪柏😀") == "绝巘多生怪柏😀"
    assert folded("學生ＡＢ１２，為什麼？") == "学生AB12，为什么？"


@given(st.text(max_size=200))
def test_any_text_is_understood(text: str) -> None:
    understand(text, (turn("三年级数学面积怎么教"),), HOLDINGS)
    understand(text, (), HOLDINGS)
