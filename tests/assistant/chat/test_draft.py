from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.draft import DraftReader, DraftSentence, draft_grammar

if TYPE_CHECKING:
    from assistant.chat.answer import Shape

DRAFT = "- 先摸边线，再铺满面。[1]\n- 导入用8分钟。[2][3]\n"
SENTENCES = [DraftSentence("先摸边线，再铺满面。", (1,)), DraftSentence("导入用8分钟。", (2, 3))]


def read(pieces: list[str]) -> tuple[str, list[DraftSentence]]:
    reader = DraftReader()
    out = [item for piece in pieces for item in reader.feed(piece)] + reader.finish()
    return "".join(item for item in out if isinstance(item, str)), [item for item in out if not isinstance(item, str)]


@given(st.lists(st.integers(0, len(DRAFT)), max_size=12))
def test_sentences_do_not_depend_on_how_the_text_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(DRAFT)]
    shown, sentences = read([DRAFT[one:other] for one, other in itertools.pairwise(places)])
    assert sentences == SENTENCES
    assert shown == "先摸边线，再铺满面。导入用8分钟。"


def test_a_draft_without_marks_or_newline_is_still_read() -> None:
    assert read(["随便写一句"])[1] == [DraftSentence("随便写一句", ())]
    assert read(["\n\n- \n"])[1] == []


@given(st.text(max_size=80))
def test_any_text_is_read_without_error(text: str) -> None:
    for sentence in read([text])[1]:
        assert "\n" not in sentence.text
        assert sentence.text == sentence.text.strip()


def test_the_grammar_knows_only_passages_that_exist() -> None:
    grammar = draft_grammar(2)
    assert '"[1]" | "[2]"' in grammar
    assert "[3]" not in grammar


@pytest.mark.parametrize("shape", ["direct", "points"])
def test_the_grammar_lets_no_link_image_or_tag_through(shape: Shape) -> None:
    classes = re.findall(r"\[\^((?:\\.|[^\]])*)\]", draft_grammar(2, shape))
    assert len(classes) == 2
    for excluded in classes:
        assert set("<>") <= set(excluded)
        assert r"\[\]" in excluded
        assert r"\n" in excluded
