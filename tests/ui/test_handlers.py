from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.chat.answer import Answer
from assistant.llm.engine import StopSignal
from eval.record import make_record, write_record
from tests.fakes.assistant import FakeAssistant
from ui.conversation import TurnState
from ui.handlers import QUESTION_LIMIT, Call, Handlers, Shown, parse_call
from ui.sessions import MOST_TABS, Session, Sessions
from ui.stream import Ended, Pump
from ui.words import words_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.chat.answer import Event

TAB = "0123456789abcdef"
OTHER = "fedcba9876543210"


def handlers(**pace: float) -> tuple[Handlers, FakeAssistant]:
    fake = FakeAssistant(**pace)  # type: ignore[arg-type]  # only numbers are given
    return Handlers(fake, words_for("zh"), Path("no home")), fake


def last(shown: Iterator[Shown]) -> str:
    return [part.live for part in shown if part.live is not None][-1]


def test_cards_come_before_words() -> None:
    page, _ = handlers(read_seconds=0.4)
    pages = [shown.live or "" for shown in page.ask("面积", TAB)]
    first_card = next(n for n, html in enumerate(pages) if 'class="card' in html)
    first_word = next(n for n, html in enumerate(pages) if 'class="answer"' in html)
    assert first_card < first_word
    assert 'aria-busy="false"' in pages[-1]


def test_a_follow_up_gets_the_history_and_moves_the_past_up() -> None:
    page, fake = handlers()
    list(page.ask("面积", TAB))
    shown = list(page.ask("静夜思", TAB))
    assert "面积" in (shown[0].past or "")
    assert [turn.question for turn in fake.asked[1][1]] == ["面积"]


def test_tabs_do_not_see_each_other() -> None:
    page, fake = handlers()
    list(page.ask("面积", TAB))
    shown = list(page.ask("静夜思", OTHER))
    assert shown[0].past == ""
    assert fake.asked[1][1] == ()
    assert page.open(Call(OTHER, "open", "1.e2")) is not None
    assert page.open(Call("", "open", "1.e1")) is None


@pytest.mark.parametrize("question", ["", "  \n "])
def test_nothing_asked_does_nothing(question: str) -> None:
    page, fake = handlers()
    assert list(page.ask(question, TAB)) == []
    assert fake.asked == []


def test_a_question_that_is_too_long_is_refused_with_words() -> None:
    page, fake = handlers()
    assert "太长" in next(page.ask("问" * (QUESTION_LIMIT + 1), TAB)).warning
    assert fake.asked == []


def test_stop_keeps_finished_sentences() -> None:
    page, _ = handlers(piece_seconds=0.01)
    html = ""
    for shown in page.ask("面积", TAB):
        html = shown.live or html
        if 'class="claim"' in html:
            page.stop(TAB)
    assert "已停止" in html
    assert 'class="claim"' in html
    assert 'data-act="retry"' in html


def test_closing_the_tab_frees_the_engine_and_keeps_what_was_said() -> None:
    page, _ = handlers(piece_seconds=0.01)
    running = page.ask("面积", TAB, "connection")
    next(shown for shown in running if 'class="claim"' in (shown.live or ""))
    page.sessions.disconnect("connection")
    running.close()  # type: ignore[attr-defined]  # it is a generator
    shown, _ = page.opened(TAB)
    assert 'aria-busy="false"' in (shown.live or "")
    assert "先描边线" in (shown.live or "")


def test_an_error_of_ours_is_told_with_its_code() -> None:
    page, _ = handlers()
    html = last(page.ask("出错", TAB))
    assert "EN-03" in html
    assert list(page.ask("面积", TAB)), "the next question works"


def test_an_unexpected_error_tells_nothing_of_the_inside() -> None:
    page, _ = handlers()
    html = last(page.ask("意外", TAB))
    assert "PG-09" in html
    assert "secret" not in html


def test_retry_asks_again_in_the_same_place() -> None:
    page, fake = handlers()
    list(page.ask("出错", TAB))
    list(page.act(Call(TAB, "retry", "1")))
    assert [question for question, *_ in fake.asked] == ["出错", "出错"]
    assert len(page.sessions.get(TAB).turns) == 1


def test_infer_asks_without_evidence() -> None:
    page, fake = handlers()
    list(page.ask("别的", TAB))
    html = last(page.act(Call(TAB, "infer", "1")))
    assert fake.asked[1][2] is True
    assert html.count('data-support="inferred"') == 3


def test_rephrase_puts_the_question_back() -> None:
    page, _ = handlers()
    list(page.ask("别的", TAB))
    assert next(page.act(Call(TAB, "rephrase", "1"))).question == "别的"


def test_new_forgets_and_an_old_button_opens_nothing() -> None:
    page, _ = handlers()
    list(page.ask("面积", TAB))
    assert 'class="first"' in (next(page.act(Call(TAB, "new"))).live or "")
    assert page.open(Call(TAB, "open", "1.e1")) is None
    list(page.ask("静夜思", TAB))
    assert page.open(Call(TAB, "open", "1.e1")) is None
    assert page.open(Call(TAB, "open", "2.e1")) is not None


def test_a_reload_shows_the_conversation() -> None:
    page, _ = handlers()
    list(page.ask("面积", TAB))
    list(page.ask("静夜思", TAB))
    shown, state = page.opened(TAB)
    assert "面积" in (shown.past or "")
    assert "静夜思" in (shown.live or "")
    assert "12 份资料" in state


def test_the_panel_grows() -> None:
    page, _ = handlers()
    list(page.ask("超长", TAB))
    small = page.open(Call(TAB, "open", "1.e1")) or ""
    large = page.open(Call(TAB, "full")) or ""
    larger = page.open(Call(TAB, "later")) or ""
    assert len(small) < len(large) < len(larger)
    assert small.count("<mark") == large.count("<mark") == 1


@pytest.mark.parametrize("name", ["example", "infer", "retry", "rephrase", "drop table", ""])
@pytest.mark.parametrize("argument", ["", "99", "-1", "x", "../"])
def test_odd_calls_do_nothing(name: str, argument: str) -> None:
    page, fake = handlers()
    assert list(page.act(Call(TAB, name, argument))) == []
    assert page.open(Call(TAB, name, argument)) is None
    assert fake.asked == []


@pytest.mark.parametrize("payload", ["", "x", "[]", "null", "3", '{"tab": {}}', None])
def test_odd_payloads_are_empty_calls(payload: str) -> None:
    assert parse_call(payload).name == ""


def test_a_payload_is_read() -> None:
    call = json.dumps({"tab": TAB, "name": "open", "argument": "1.e1"})
    assert parse_call(call) == Call(TAB, "open", "1.e1")


def test_two_tabs_at_once_both_work_and_the_second_knows_it_waits() -> None:
    page, _ = handlers(read_seconds=0.3, piece_seconds=0.002)
    results: dict[str, list[str]] = {}

    def run(tab: str) -> None:
        results[tab] = [shown.live or "" for shown in page.ask("面积", tab)]

    first = threading.Thread(target=run, args=(TAB,))
    second = threading.Thread(target=run, args=(OTHER,))
    first.start()
    time.sleep(0.1)
    second.start()
    first.join(20)
    second.join(20)
    assert all("3 句有据" in pages[-1] for pages in results.values())
    assert any("前面还有 1 个问题" in html for html in results[OTHER])
    assert not any("前面还有" in html for html in results[TAB])


def test_a_second_question_of_a_busy_tab_is_not_asked() -> None:
    page, fake = handlers(read_seconds=0.3)
    running = page.ask("面积", TAB)
    next(running)
    assert list(page.ask("静夜思", TAB)) == []
    list(running)
    assert len(fake.asked) == 1


def test_forgotten_tabs_are_stopped() -> None:
    sessions = Sessions()
    signal = StopSignal()
    sessions.get(TAB).begin(TurnState(1, "问"), signal)
    for number in range(MOST_TABS):
        sessions.get(f"{number:032x}")
    assert signal.is_set()
    assert sessions.get(TAB).turns == []


def test_a_turn_of_a_cleared_conversation_does_not_return() -> None:
    session = Session()
    turn = TurnState(session.next_number(), "问")
    session.begin(turn, StopSignal())
    session.clear()
    session.put(turn)
    assert session.turns == []


def test_the_pump_ticks_while_nothing_comes_and_gives_every_item() -> None:
    def slow() -> Iterator[int]:
        yield 1
        time.sleep(0.2)
        yield 2
        yield 3

    batches = list(Pump(slow()).batches(0.05))
    assert [] in batches
    assert [item for batch in batches if isinstance(batch, list) for item in batch] == [1, 2, 3]
    assert batches[-1] == Ended(None)


def test_the_pump_hands_an_error_over() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError

    ended = list(Pump(broken()).batches(0.01))[-1]
    assert isinstance(ended, Ended)
    assert isinstance(ended.error, ValueError)


# --- what was read from the question --------------------------------------------------------------------------


def test_each_filter_is_a_chip_that_asks_again_without_it() -> None:
    page, fake = handlers()
    html = last(page.ask("三年级数学面积怎么教", TAB))
    assert [f'data-arg="1.{name}"' in html for name in ("grade", "subject", "kind")] == [True, True, False]
    html = last(page.act(Call(TAB, "without", "1.grade")))
    assert fake.asked[-1] == ("三年级数学面积怎么教", (), False, frozenset({"grade"}))
    assert "三年级<span" not in html
    assert html.count('class="turn"') == 1
    html = last(page.act(Call(TAB, "without", "2.subject")))
    assert fake.asked[-1][3] == {"grade", "subject"}
    assert 'class="chip"' not in html


@pytest.mark.parametrize("argument", ["1.kind", "1.spelling", "1.", "1", "2.grade", ".grade", "1.grade.x", "x"])
def test_what_is_no_chip_cannot_be_taken_away(argument: str) -> None:
    page, fake = handlers()
    list(page.ask("三年级面积怎么教", TAB))
    assert list(page.act(Call(TAB, "without", argument))) == []
    assert len(fake.asked) == 1


def test_a_question_that_is_too_general_gets_choices_that_are_asked_by_a_click() -> None:
    page, fake = handlers()
    html = last(page.ask("数学", TAB))
    assert "符合的资料不止一份" in html
    assert 'data-arg="1.0"' in html
    list(page.act(Call(TAB, "choose", "1.0")))
    question, history, *_ = fake.asked[-1]
    assert question == "三年级下册数学《长方形、正方形面积的计算》的教案"
    assert [turn.question for turn in history] == ["数学"]
    assert list(page.act(Call(TAB, "choose", "1.99"))) == []
    assert list(page.act(Call(TAB, "choose", "2.0"))) == []


def test_a_follow_up_keeps_the_filters_and_chips_of_the_past_are_no_buttons() -> None:
    page, _ = handlers()
    list(page.ask("三年级下册数学面积的教案", TAB))
    pages = list(page.ask("那课件呢？", TAB))
    past, live = pages[0].past or "", pages[-1].live or ""
    assert '<span class="chip">教案</span>' in past
    assert 'data-act="without"' not in past
    assert "课件<span" in live
    assert "沿用前面的问题" in live
    assert '<span class="kept">沿用</span>' in live
    assert "教案<span" not in live


def test_a_filter_with_which_nothing_is_there_is_told() -> None:
    page, _ = handlers()
    html = last(page.ask("五年级数学面积怎么教", TAB))
    assert "限定“五年级”没有找到" in html


def test_the_scorecard_is_read_anew_each_time(tmp_path: Path) -> None:
    page = Handlers(FakeAssistant(), words_for("zh"), tmp_path)
    assert "在这台电脑上测的" not in page.scores()
    write_record(make_record("retrieval", tmp_path, 0, 60, []), tmp_path / "scorecard")
    assert page.scores().count("在这台电脑上测的") == 1


def test_an_answer_that_nobody_stopped_says_that_its_time_was_over() -> None:
    class Late(FakeAssistant):
        def ask(self, *arguments: Any, **more: Any) -> Iterator[Event]:
            for event in super().ask(*arguments, **more):
                yield replace(event, status="stopped") if isinstance(event, Answer) else event

    late = last(Handlers(Late(), words_for("zh"), Path("no home")).ask("面积", TAB))
    assert "到时间停了" in late
    page, _ = handlers(piece_seconds=0.02)
    shown = page.ask("面积", TAB)
    next(part for part in shown if "claim" in (part.live or ""))
    page.stop(TAB)
    html = last(shown)
    assert "已停止。" in html
    assert "到时间停了" not in html
