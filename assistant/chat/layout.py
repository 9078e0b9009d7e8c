"""Lay an answer out as its question asks: the shapes that the program builds by itself, and the one the model is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.chat.comparison import compare
from assistant.chat.lesson_plans import lay_out_steps
from assistant.chat.listing import list_documents
from assistant.chat.shapes import compared, shape_of, stage_of_lesson, without_shape

if TYPE_CHECKING:
    from assistant.chat.answer import Claim, Evidence, Filter, Search, Shape
    from assistant.chat.passages import Sources
    from assistant.chat.query import Understood


def lay_out(
    asked: str, understood: Understood, search: Search, sources: Sources
) -> tuple[Search, tuple[Claim, ...] | None]:
    """Return the search with the shape of its answer, and the whole answer where the program builds it by itself.

    With a shape that the program builds the evidence is what the answer quotes. It may be built although what was found is
    not enough for sentences: what it shows must be about the lesson or the words asked for, by rules of its own. Where the
    sources do not give that shape, it is "direct".

    Args:
        asked: the question as it was typed; a follow-up's own words say the shape.
        understood: what it was read as.
        search: what was found for it.
        sources: the library.

    """
    shape = shape_of(asked)
    if shape in {"direct", "points"}:
        return replace(search, shape=shape), None
    for filters in understood.attempts():
        built = _built(shape, asked, replace(understood, question=search.question), filters, sources)
        if built is not None:
            aside = tuple(item for item in understood.filters if item not in filters)
            relaxed = (*aside, *understood.unheld)
            passages, claims = built
            told = replace(
                search, shape=shape, evidence=passages, filters=filters, relaxed=relaxed, expected_seconds=None
            )
            return told, claims
    return search, None


def _built(
    shape: Shape, asked: str, understood: Understood, filters: tuple[Filter, ...], sources: Sources
) -> tuple[tuple[Evidence, ...], tuple[Claim, ...]] | None:
    narrowed = tuple((item.name, item.value) for item in filters)
    things = compared(asked)
    if shape == "table" and things is not None:
        return compare(things, narrowed, sources)
    # What is asked about, without the words that filters answer and those that only say how to answer.
    about = without_shape(understood.about(filters) if filters else understood.question)
    if shape == "resources":
        return list_documents(understood.question, about, narrowed, sources)
    return lay_out_steps(about, stage_of_lesson(asked), narrowed, sources)
