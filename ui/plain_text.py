"""An answer as plain text with its sources, to paste into Word or a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.markup import plain
from ui.places import describe, place_of, title_of

if TYPE_CHECKING:
    from assistant.chat.answer import Claim
    from ui.conversation import TurnState
    from ui.words import Words


def answer_text(state: TurnState, words: Words) -> str:
    """Return question, sentences with marks and numbers, and the list of sources cited."""
    lines = [words("copy.question", question=state.question), "", _sentences(state.claims, words)]
    sources = _sources(state, words)
    if sources:
        lines += ["", words("copy.sources"), *sources]
    return "\n".join([*lines, "", words("copy.note")])


def _sentences(claims: tuple[Claim, ...], words: Words) -> str:
    quoted = [claim for claim in claims if claim.quoted]
    parts = [_sentence(claim, words) for claim in claims if not claim.quoted]
    if quoted:
        parts += ["", words("answer.quoted"), *(_sentence(claim, words) for claim in quoted)]
    return "\n".join(parts)


def _sentence(claim: Claim, words: Words) -> str:
    mark = {
        "inferred": words("support.inferred.tag"),
        "contradicted": words("copy.contradicted"),
        "partial": words("copy.partial"),
    }.get(claim.support, "")
    numbers = dict.fromkeys(citation.number for citation in claim.citations)
    return f"{mark}{plain(claim.text).strip()}{''.join(f'[{number}]' for number in numbers)}"


def _sources(state: TurnState, words: Words) -> list[str]:
    cited = {citation.number for claim in state.claims for citation in claim.citations}
    dot = words("list.dot")
    lines = []
    for passage in state.search.evidence if state.search else ():
        if passage.number in cited:
            known = [
                title_of(passage.metadata, words),
                *describe(passage.metadata, words),
                place_of(passage.headings, passage.locator, words),
            ]
            lines.append(f"[{passage.number}] {dot.join(part for part in known if part)}")
    return lines
