"""Lay an answer out as its question asks: the shapes that the program builds by itself, and the one the model is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.chat.comparison import compare
from assistant.chat.folding import folded
from assistant.chat.lesson_plans import lay_out_steps
from assistant.chat.listing import list_documents
from assistant.chat.shapes import compared, shape_of, stage_of_lesson, without_shape

if TYPE_CHECKING:
    from assistant.chat.answer import Claim, Search
    from assistant.chat.passages import Sources
    from assistant.chat.query import Understood


def lay_out(
    asked: str, understood: Understood, search: Search, sources: Sources
) -> tuple[Search, tuple[Claim, ...] | None]:
    """Return the search with the shape of its answer, and the whole answer where the program builds it by itself.

    With a shape that the program builds the evidence is what the answer quotes. Where the sources do not give that shape,
    it is "direct".

    Args:
        asked: the question as it was typed; a follow-up's own words say the shape.
        understood: what it was read as.
        search: what was found for it; enough for an answer.
        sources: the library.

    """
    shape = shape_of(asked)
    if shape in {"direct", "points"}:
        return replace(search, shape=shape), None
    filters = tuple((item.name, item.value) for item in search.filters)
    question = search.question
    built = None
    things = compared(asked)
    if shape == "table" and things is not None:
        built = compare(things, filters, sources)
    elif shape == "resources":
        built = list_documents(question, _about(understood, search), filters, sources)
    elif shape == "steps":
        built = lay_out_steps(_about(understood, search), stage_of_lesson(folded(asked)), filters, sources)
    if built is None:
        return search, None
    return replace(search, shape=shape, evidence=built[0], expected_seconds=None), built[1]


def _about(understood: Understood, search: Search) -> str:
    """Return what is asked about, without the words that filters answer and those that only say how to answer."""
    text = replace(understood, question=search.question).about(search.filters) if search.filters else search.question
    return without_shape(text)
