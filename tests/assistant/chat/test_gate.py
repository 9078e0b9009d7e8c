"""The gate over a real library, with a model whose opinions are told beforehand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from assistant.chat.answer import Answer, Checked, Search
from assistant.chat.gate import Signs, asks_for_a_fact
from assistant.llm.engine import StopSignal
from tests.fakes.engine import FakeEngine
from tests.fakes.local import DRAFT, local_assistant

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.llm.engine import Request
    from ingest.settings import Settings

FACT = "全班42人中有多少人把面积算成了周长，先用红笔描一圈边线？"
SURE, UNSURE = {"对": 0.9, "错": 0.1}, {"对": 0.01, "错": 0.99}


def engine(short: str, weights: dict[str, float] | None) -> FakeEngine:
    def script(request: Request) -> str:
        return short if "只写答案本身" in request.messages[-1].content else DRAFT

    return FakeEngine(script, weights=weights)


@pytest.mark.parametrize(
    ("short", "weights", "answered"),
    [("17人", SURE, True), ("没有", UNSURE, False), ("没有", None, True)],
    ids=["stands there", "the model finds nothing", "an engine that cannot tell"],
)
def test_a_question_of_fact_is_answered_when_the_fact_stands_there(
    settings: Settings, tmp_path: Path, short: str, weights: dict[str, float] | None, *, answered: bool
) -> None:
    model = engine(short, weights)
    with local_assistant(settings, tmp_path / "资料", lambda: model) as assistant:
        search, *rest = assistant.ask(FACT)
        *_, answer = rest
    assert isinstance(search, Search)
    assert isinstance(answer, Answer)
    assert answer.signs is not None
    assert answer.signs.answers is answered
    assert (answer.status != "not_found") is answered
    assert any(isinstance(event, Checked) for event in rest) is answered
    assert search.evidence


def test_the_sentence_with_the_fact_is_quoted_first(settings: Settings, tmp_path: Path) -> None:
    with local_assistant(settings, tmp_path / "资料", lambda: engine("17人", SURE)) as assistant:
        *_, answer = assistant.ask(FACT)
    assert isinstance(answer, Answer)
    assert answer.claims[0].text == "全班42人中有17人把面积算成了周长。"
    assert answer.signs is not None
    assert answer.signs.short == "17人"


def test_open_questions_do_not_wait_for_an_opinion(settings: Settings, tmp_path: Path) -> None:
    model = engine("没有", UNSURE)
    with local_assistant(settings, tmp_path / "资料", lambda: model) as assistant:
        *_, answer = assistant.ask("学生把面积和周长混淆，求面积时用长加宽乘2，怎么办？")
    assert isinstance(answer, Answer)
    assert answer.status != "not_found"
    assert not model.weighed


def test_a_question_stopped_while_the_model_is_asked_ends_as_stopped(settings: Settings, tmp_path: Path) -> None:
    stop = StopSignal()
    model = FakeEngine("17人", weights=lambda *_: stop.set())  # type: ignore[arg-type, func-returns-value]  (None: stopped)
    with local_assistant(settings, tmp_path / "资料", lambda: model) as assistant:
        *_, answer = assistant.ask(FACT, stop=stop)
    assert isinstance(answer, Answer)
    assert answer.status == "stopped"


@pytest.mark.parametrize("question", ["怎样突破这个难点", "有哪些教案", "两种读法的区别", "为什么会混淆"])
def test_open_questions(question: str) -> None:
    assert not asks_for_a_fact(question)


@pytest.mark.parametrize("question", ["全班有多少人", "谁执教了这节课", "静夜思的作者", "哪天开家长会"])
def test_questions_of_fact(question: str) -> None:
    assert asks_for_a_fact(question)


def test_the_score_needs_the_models_opinion() -> None:
    signs = Signs(nearest=0.6, covered=1.0, held=1.0)
    assert signs.score is None
    assert signs.answers
    sure, unsure = (Signs(0.6, 1.0, 1.0, right=right, fit=fit) for right, fit in ((0.0, 1.0), (-3.0, 0.0)))
    assert sure.answers
    assert not unsure.answers
    assert sure.score is not None
    assert math.isfinite(sure.score)
    assert Signs(None, 0.9, 0.0).answers
    assert not Signs(None, 0.3, 1.0, right=9.0, fit=1.0).answers
