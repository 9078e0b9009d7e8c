from __future__ import annotations

from assistant.chat.quote import quote
from tests.fakes.chat import evidence

WEIGHTS = {"面积": 2.0, "周长": 2.0}


def test_the_sentence_that_names_what_is_asked_is_quoted_word_for_word() -> None:
    passage = evidence(
        "教学难点\n前言说了很多别的事情，和问题没有什么关系。先分清面积和周长，再写公式。" + "后面是别的内容。" * 12
    )
    (claim,) = quote([passage], WEIGHTS)
    assert claim.quoted
    assert claim.support == "supported"
    assert "先分清面积和周长，再写公式。" in claim.text
    assert "教学难点" not in claim.text
    (citation,) = claim.citations
    start = citation.span.start - passage.span.start
    assert passage.text[start : start + len(citation.quote)] == citation.quote


def test_rows_of_figures_scraps_and_repeats_are_not_quoted() -> None:
    figures = evidence("面积 | 9 | 16 | 21 | 24", 1)
    scrap = evidence("面积？", 2)
    said = evidence("先让学生分清面积和周长，再写公式。", 3)
    again = evidence("先让学生分清面积和周长，再来写公式。", 4)
    assert [claim.citations[0].number for claim in quote([figures, scrap, said, again], WEIGHTS)] == [3]


def test_nothing_to_quote() -> None:
    assert quote([], WEIGHTS) == ()
    assert quote([evidence("教学难点")], WEIGHTS) == ()
