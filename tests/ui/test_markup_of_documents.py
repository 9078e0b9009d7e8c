"""Links and markup that stand in a document stay words, all the way from the passage to the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.chat.answer import Answer, Checked, Search
from assistant.chat.quote import quote
from tests.fakes.chat import evidence
from tests.ui.markup_check import assert_harmless
from ui.conversation import TurnState, advance
from ui.render_turn import render_turn
from ui.words import words_for

ZH = words_for("zh")
MARKUP = (
    "[点这里](javascript:alert(1))",
    "![图](http://lingjiang.example/a.png)",
    "<img src=x onerror=alert(1)>",
    "<a href='http://lingjiang.example'>领奖</a>",
    "http://lingjiang.example/a?b=1",
    "<http://lingjiang.example>",
    "[外链]: http://lingjiang.example",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "data:text/html,<script>alert(1)</script>",
)


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_of_a_document_stays_text(markup: str) -> None:
    passage = evidence(f"先分清面积和周长，{markup}再写公式。", title=markup, headings=(markup,))
    (claim,) = quote([passage], {"面积": 2.0})
    assert markup in claim.text
    search = Search("面积", ("面积",), 1, 1, (passage,), 0.1)
    for shown in (
        claim,
        replace(claim, quoted=False),
        replace(claim, quoted=False, support="partial", unproven=(markup,), reason=markup),
        replace(claim, group=markup, heading=markup),
        replace(claim, conflict=True),
    ):
        state = advance(advance(TurnState(1, markup), search), Checked(shown))
        for turn in (state, advance(state, Answer("grounded", search, (shown,), "", "", markup))):
            outline = assert_harmless(render_turn(turn, ZH))
            assert markup in outline.text
            assert "a" not in outline.tags
            assert "img" not in outline.tags
