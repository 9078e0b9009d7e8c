"""A list of the documents found, each with the passage that matches: no model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.chat.evidence import best_window, share
from assistant.chat.passages import passage_of_chunk, said_by, title_share
from ingest.document import Span
from ingest.labels import number_in_chinese
from ingest.lexical import content_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.chat.answer import Claim, Evidence
    from assistant.chat.passages import Sources
    from assistant.chat.retrieve import ScoredChunk
    from ingest.access import Filters
    from ingest.document import Metadata

DOCUMENTS = 10
CHUNKS = 60
SNIPPET = 60
# A document is listed when it holds so much of the weight of what the question is about.
LEAST_SHARE = 0.6
# A title that holds so much of it comes before the others.
IN_TITLE = 0.6


def list_documents(
    question: str, about: str, filters: Filters, sources: Sources
) -> tuple[tuple[Evidence, ...], tuple[Claim, ...]] | None:
    """Return a passage and a claim for each document found, best first; None when fewer than one fits.

    Args:
        question: what to search for.
        about: the part of it that documents must be about; empty when the filters say all.
        filters: what documents must have.
        sources: the library.

    """
    found = sources.find(question, CHUNKS, filters)
    weights = sources.weigh(content_words(about))
    terms = sources.weigh(found.terms)
    best: dict[str, ScoredChunk] = {}
    for scored in found.chunks:
        if scored.stored.document_id not in best and _fits(scored, weights):
            best[scored.stored.document_id] = scored
    ordered = sorted(best.values(), key=lambda scored: title_share(scored.stored.metadata, weights) < IN_TITLE)
    passages = [_passage(scored, number, terms) for number, scored in enumerate(ordered[:DOCUMENTS], start=1)]
    return (tuple(passages), tuple(map(_claim, passages))) if passages else None


def _fits(scored: ScoredChunk, weights: Mapping[str, float]) -> bool:
    if not weights:
        return True
    chunk, about = scored.stored.chunk, scored.stored.metadata
    known = "".join(" ".join((about.title, about.topic, about.unit, *chunk.headings, chunk.text)).lower().split())
    held = sum(weight for word, weight in weights.items() if word in known)
    return held / sum(weights.values()) >= LEAST_SHARE


def _passage(scored: ScoredChunk, number: int, terms: Mapping[str, float]) -> Evidence:
    text = scored.stored.chunk.text
    start = _body(text, scored.stored.chunk.headings)
    window = (
        best_window(text[start:], terms, len, SNIPPET) if share(terms, text[start:]) else Span(0, len(text) - start)
    )
    end = start + window.end
    return passage_of_chunk(scored, number, Span(start + window.start, end))


def _body(text: str, headings: Sequence[str]) -> int:
    """Return where a chunk begins to say something beside its headings; 0 when it says nothing else."""
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip() and line.strip() not in headings:
            return start
        start += len(line)
    return 0


def _claim(passage: Evidence) -> Claim:
    about = passage.metadata
    text = " · ".join((titled(about), *described(about)))
    return said_by(passage, [passage.span], text, group=about.kind or "其他")


def titled(metadata: Metadata) -> str:
    """Return the title in title marks; one that has its own needs no second pair."""
    title = metadata.title or metadata.topic or "没有标题的资料"
    return title if "《" in title else f"《{title}》"


def described(metadata: Metadata) -> tuple[str, ...]:
    """Return what is known of a document, in the order teachers look for it."""
    grade = f"{number_in_chinese(metadata.grade)}年级" if metadata.grade else ""
    parts = (
        metadata.kind,
        f"{grade}{metadata.subject}",
        f"{metadata.edition}{metadata.volume}{metadata.unit}",
        metadata.school,
        metadata.author,
        metadata.date,
    )
    return tuple(part for part in parts if part)
