"""An answer as plain text with its sources, to paste into Word or a message."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ui.answer_table import table_of
from ui.markup import plain
from ui.places import describe, place_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.chat.answer import Claim
    from ui.conversation import TurnState
    from ui.words import Words


def answer_text(state: TurnState, words: Words) -> str:
    """Return question, sentences with marks and numbers, and the list of sources cited."""
    lines = [words("copy.question", question=state.question), "", _sentences(state, words)]
    sources = _sources(state, words)
    if sources:
        lines += ["", words("copy.sources"), *sources]
    return "\n".join([*lines, "", words("copy.note")])


def _sentences(state: TurnState, words: Words) -> str:
    notices = [_sentence(claim, words) for claim in state.claims if claim.conflict]
    claims = [claim for claim in state.claims if not claim.conflict]
    shape = state.search.shape if state.search and not state.infer else "direct"
    if shape == "table":
        return "\n".join([*notices, *_table(claims, words)])
    if shape in {"steps", "resources"}:
        return "\n".join([*notices, *_numbered(claims, words, grouped=shape == "steps")])
    quoted = [claim for claim in claims if claim.quoted]
    parts = [*notices, *(_sentence(claim, words) for claim in claims if not claim.quoted)]
    if quoted:
        parts += ["", words("answer.quoted"), *(_sentence(claim, words) for claim in quoted)]
    return "\n".join(parts)


def _numbered(claims: list[Claim], words: Words, *, grouped: bool) -> Iterator[str]:
    for group, items in groupby(claims, key=lambda claim: claim.group if grouped else ""):
        if group:
            yield group
        for number, claim in enumerate(items, start=1):
            yield f"{number}. {claim.heading}{words('list.colon') if claim.heading else ''}{_sentence(claim, words)}"


def _table(claims: list[Claim], words: Words) -> Iterator[str]:
    """Yield a line a row, its cells parted by tabs: pasted into Word it becomes a table."""
    columns, rows = table_of((at, claim.group, claim.heading) for at, claim in enumerate(claims) if claim.group)
    yield "\t".join(["", *columns])
    for row in rows:
        cells = [
            " ".join(_sentence(claims[row.cells[name]], words).split()) if name in row.cells else words("table.missing")
            for name in columns
        ]
        yield "\t".join([row.heading, *cells])
    yield from (_sentence(claim, words) for claim in claims if not claim.group)


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
