"""Understand a question by rules, without the model: what it is about, what it is narrowed to, what it goes back to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.chat.choices import about, choices, matching, too_general
from assistant.chat.folding import folded
from assistant.chat.follow_up import resolve
from assistant.chat.restrictions import restrictions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.chat.answer import Filter, Turn
    from ingest.catalogue import Holding

# What `without` calls the respelling.
SPELLING = "spelling"
# The filters in the order teachers name them.
ORDER = ("stage", "grade", "volume", "subject", "edition", "unit", "layer", "kind")
# The filters in the order they are given up: what documents often do not tell goes first.
LEAST_CERTAIN = ("unit", "layer", "volume", "edition")


@dataclass(frozen=True, slots=True)
class Understood:
    """What to search for.

    Args:
        question: it stands on its own, in simplified characters.
        filters: what it is narrowed to; the library holds documents that have all of it.
        unheld: what it asks for too, of which the library holds nothing.
        choices: more exact questions, when this one is too general to be answered.
        may_respell: whether words that look mistyped may be searched for as others.

    """

    question: str
    filters: tuple[Filter, ...] = ()
    unheld: tuple[Filter, ...] = ()
    choices: tuple[str, ...] = ()
    may_respell: bool = True

    def attempts(self) -> Iterator[tuple[Filter, ...]]:
        """Yield the filters to search with, then fewer while nothing is found, and last none; each set once."""
        kept = self.filters
        yield kept
        surer = tuple(item for item in kept if item.name not in LEAST_CERTAIN and not item.carried)
        if surer and surer != kept:
            yield surer
        if kept:
            yield ()

    def about(self, filters: Sequence[Filter]) -> str:
        """Return the question without the words that these filters already answer."""
        return about(self.question, filters)


def understand(
    question: str,
    history: tuple[Turn, ...] = (),
    holdings: Sequence[Holding] = (),
    without: frozenset[str] = frozenset(),
) -> Understood:
    """Read a question: any text, of any length, never raises.

    Args:
        question: as it was typed.
        history: the exchanges before it, oldest first.
        holdings: what the library holds and the reader may find; only these values become filters.
        without: names of filters that the user has taken away; "spelling" for `may_respell`.

    """
    text = folded(question)
    grades = [row.grade for row in holdings if row.grade]
    secondary = bool(grades) and min(grades) > 6
    resolved = resolve(text, history, secondary=secondary)
    asked = restrictions(text, secondary=secondary) if resolved is None else resolved.filters
    asked = tuple(sorted((item for item in asked if item.name not in without), key=lambda item: ORDER.index(item.name)))
    filters, unheld = _held(asked, holdings)
    understood = Understood(
        text if resolved is None else resolved.question, filters, unheld, (), SPELLING not in without
    )
    if resolved is None and not unheld and too_general(text, filters, holdings):
        offered = choices(filters, holdings)
        return replace(understood, choices=offered if len(offered) > 1 else ())
    return understood


def _held(asked: Sequence[Filter], holdings: Sequence[Holding]) -> tuple[tuple[Filter, ...], tuple[Filter, ...]]:
    """Part what is asked for into what the library holds together and what it does not.

    A value that no document has goes; then, while no document has all of them, the least certain of the others.
    """
    kept = [item for item in asked if matching((item,), holdings)]
    while kept and not matching(kept, holdings):
        kept.remove(max(kept, key=lambda item: (item.carried, _doubt(item), kept.index(item))))
    return tuple(kept), tuple(item for item in asked if item not in kept)


def _doubt(item: Filter) -> int:
    """Return how gladly a filter is given up: the first of `LEAST_CERTAIN` most gladly."""
    return len(LEAST_CERTAIN) - LEAST_CERTAIN.index(item.name) if item.name in LEAST_CERTAIN else 0
