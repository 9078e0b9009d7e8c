from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.answer import Answer, Checked, Claim, Delta, Search
from tests.fakes.assistant import AREA, AREA_CLAIMS, FakeAssistant
from tests.fakes.library import DOCUMENTS, LONG, PLAN, citation
from ui.conversation import TurnState, advance, history_of, resolve, without_sentence
from ui.passage import STEP_BLOCKS, Window, block_at, section_around, widen

SEARCH = Search("问", (), 1, 1, AREA, 0.1)


def test_a_checked_sentence_replaces_its_words() -> None:
    state = advance(TurnState(1, "问"), SEARCH)
    state = advance(advance(state, Delta("先描边。[1]再")), Delta("铺"))
    state = advance(state, Checked(Claim("先描边。", "supported")))
    assert state.pending == "再铺"


@pytest.mark.parametrize(
    ("pending", "sentence", "rest"),
    [
        ("**先描边。**再铺", "先描边。", "**再铺"),
        ("先描 边。再铺", "先描边。", "再铺"),
        ("先描边[2]。再铺", "先描边。", "再铺"),
        ("先描边。", "先描边。", ""),
        ("先", "先描边。", ""),
        ("", "先描边。", ""),
        ("重复的话。先描边。再铺", "先描边。", "再铺"),
        ("先画边。再铺", "先描边。", "再铺"),
    ],
)
def test_marks_and_spaces_do_not_count(pending: str, sentence: str, rest: str) -> None:
    assert without_sentence(pending, sentence) == rest


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_left_is_always_the_end(pending: str, sentence: str) -> None:
    assert pending.endswith(without_sentence(pending, sentence))


def test_history_keeps_the_last_turns_that_said_something() -> None:
    said = Answer("grounded", SEARCH, AREA_CLAIMS[:1], "", "")
    turns = [advance(TurnState(n, f"问{n}"), said) for n in range(1, 10)]
    turns.append(advance(TurnState(10, "没有"), Answer("not_found", SEARCH, (), "", "")))
    assert [turn.question for turn in history_of(turns)] == [*(f"问{n}" for n in range(5, 10)), "没有"]


TURNS = [advance(TurnState(3, "问"), Answer("partial", SEARCH, AREA_CLAIMS, "", ""))]


def test_references_open_what_the_answer_showed() -> None:
    card = resolve(TURNS, "3.e2")
    assert card is not None
    assert card.evidence is AREA[1]
    cited = resolve(TURNS, "3.c2.1")
    assert cited is not None
    assert cited.citation is AREA_CLAIMS[2].citations[1]
    assert cited.evidence is AREA[0]


@pytest.mark.parametrize(
    "reference", ["", "3", "3.e7", "3.e0", "4.e1", "3.c9.0", "3.c0.5", "3.e1; x", "../3.e1", "３.e1x", "3.c-1.0"]
)
def test_other_references_open_nothing(reference: str) -> None:
    assert resolve(TURNS, reference) is None


def test_a_section_is_the_blocks_under_its_heading() -> None:
    window = section_around(PLAN, citation(1, PLAN, "教师追问").span)
    shown = [PLAN.text[block.span.start : block.span.end] for block in PLAN.blocks[window.first : window.last]]
    assert shown[0] == "新授"
    assert "教学环节" in shown[-1]
    assert len(shown) == 6


@given(st.integers(0, len(LONG.text)), st.sampled_from(["full", "earlier", "later"]))
def test_windows_stay_inside_and_grow(offset: int, how: str) -> None:
    start = Window(block_at(LONG, offset), block_at(LONG, offset) + 1)
    grown = widen(LONG, start, how)  # type: ignore[arg-type]  # drawn from the literal's values
    assert 0 <= grown.first <= start.first < start.last <= grown.last <= len(LONG.blocks)
    assert grown.last - grown.first <= 2 * STEP_BLOCKS + 1


def test_the_fake_keeps_the_promises_of_the_protocol() -> None:
    fake = FakeAssistant()
    for view in DOCUMENTS:
        assert all(view.text[block.span.start : block.span.end] for block in view.blocks)
    for question in ("面积", "静夜思", "剩余面积", "超长", "恶意", "跑题", "别的"):
        events = list(fake.ask(question))
        assert isinstance(events[0], Search)
        assert isinstance(events[-1], Answer)
        assert events[-1].claims == tuple(event.claim for event in events if isinstance(event, Checked))
        for claim in events[-1].claims:
            for quote in claim.citations:
                view = fake.view(quote.version_id)
                assert view is not None
                assert view.text[quote.span.start : quote.span.end] == quote.quote
