"""Choose the sentences of the evidence that say most about the question, word for word, before the model writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.chat.answer import Citation, Claim, Evidence
from assistant.chat.evidence import MOST_CELLS, best_window, overlap, share
from ingest.document import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.chat.place import Place

QUOTES = 4
QUOTE_CHARACTERS = 90
LEAST_CHARACTERS = 12
REPEATED = 0.5
# A cell no longer than this, without numbers and marks, may be the head of its column.
HEAD_CHARACTERS = 8
# The best passages may answer in words of their own; a later one is quoted only for this share of the question's weight.
TRUSTED_PASSAGES = 2
LEAST_SHARE = 0.2


def quote(evidence: Sequence[Evidence], weights: Mapping[str, float], place: Place | None = None) -> tuple[Claim, ...]:
    """Return at most `QUOTES` claims, each a run of whole sentences of one passage, in the order of the passages.

    Where a short answer is known to stand, that sentence comes first.
    """
    chosen: list[Claim] = []
    if place:
        passage = next(item for item in evidence if item.number == place.number)
        chosen.append(_claim(passage, place.span))
    for passage in evidence:
        claim = _quote(passage, weights)
        if claim and all(overlap(claim.text, other.text) < REPEATED for other in chosen):
            chosen.append(claim)
        if len(chosen) == QUOTES:
            break
    return tuple(chosen)


def _quote(passage: Evidence, weights: Mapping[str, float]) -> Claim | None:
    body = _body(passage)
    text = passage.text[body.start : body.end]
    window = best_window(text, weights, len, QUOTE_CHARACTERS)
    said = text[window.start : window.end]
    if len(said) < LEAST_CHARACTERS or any(line.count("|") > MOST_CELLS for line in said.splitlines()):
        return None
    if passage.number > TRUSTED_PASSAGES and share(weights, " ".join((*passage.headings, said))) < LEAST_SHARE:
        return None
    return _claim(passage, Span(body.start + window.start, body.start + window.end))


def _claim(passage: Evidence, span: Span) -> Claim:
    said = passage.text[span.start : span.end]
    start = passage.span.start + span.start
    citation = Citation(passage.number, passage.document_id, passage.version_id, Span(start, start + len(said)), said)
    return Claim(_shown(said), "supported", (citation,), quoted=True)


def _shown(said: str) -> str:
    """Return a quotation on one line; a row of a table reads 描边：出示长方形纸，6 分钟, and a row of heads is left out."""
    lines = said.splitlines()
    rows = [[" ".join(cell.split()) for cell in line.split("|")] for line in lines]
    if len(rows) > 1 and len(rows[0]) > 1 and len(rows[1]) == len(rows[0]) and all(map(_is_head, rows[0])):
        rows = rows[1:]
    told, told_row = "", False
    for cells in rows:
        filled = [cell for cell in cells if cell]
        line = f"{filled[0]}：{'，'.join(filled[1:])}" if len(filled) > 1 else "".join(filled)
        if line:
            mark = (
                "；" if told and (len(cells) > 1 or told_row) and told[-1] not in "。！？；：" else " " if told else ""
            )
            told += mark + line
        told_row = len(cells) > 1
    return told


def _is_head(cell: str) -> bool:
    return 0 < len(cell) <= HEAD_CHARACTERS and not any(mark.isdigit() or mark in "，。；：“" for mark in cell)


def _body(passage: Evidence) -> Span:
    """Return where a passage begins to say something: its headings are shown with its source."""
    start = 0
    for line in passage.text.splitlines(keepends=True):
        if line.strip() and line.strip() not in passage.headings:
            break
        start += len(line)
    return Span(start, len(passage.text))
