"""Passages that the program chooses itself: pieces of found documents as numbered evidence, and sentences that cite them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from assistant.chat.answer import Citation, Claim, Evidence
from ingest.document import Locator, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.chat.contracts import DocumentView
    from assistant.chat.retrieve import Found, ScoredChunk
    from ingest.access import Filters
    from ingest.document import Metadata


class Sources(Protocol):
    """What an answer that the program lays out needs of the library."""

    def find(self, question: str, k: int, filters: Filters = ()) -> Found:
        """Return at most k chunks, best first."""
        ...

    def view(self, version_id: str) -> DocumentView | None:
        """Return a version's text and blocks."""
        ...

    def weigh(self, terms: Sequence[str]) -> Mapping[str, float]:
        """Return how much each term tells, rare ones most."""
        ...


def passage_of_chunk(scored: ScoredChunk, number: int, span: Span) -> Evidence:
    """Return a piece of a chunk as evidence; the span counts in the chunk's text."""
    stored = scored.stored
    offset = stored.chunk.span.start
    return Evidence(
        number,
        stored.document_id,
        stored.chunk.version_id,
        stored.version,
        stored.metadata,
        stored.chunk.headings,
        stored.chunk.locator,
        Span(offset + span.start, offset + span.end),
        stored.chunk.text[span.start : span.end],
        scored.score,
        stored.chunk.ordinal,
    )


def passage_of_view(view: DocumentView, number: int, span: Span, score: float) -> Evidence:
    """Return a piece of a document's text as evidence, placed where it begins."""
    block = next((block for block in view.blocks if block.span.start <= span.start < block.span.end), None)
    return Evidence(
        number,
        view.document_id,
        view.version_id,
        view.version,
        view.metadata,
        block.headings if block else (),
        block.locator if block else Locator(),
        span,
        view.text[span.start : span.end],
        score,
    )


def said_by(passage: Evidence, spans: Sequence[Span], text: str, *, group: str = "", heading: str = "") -> Claim:
    """Return a claim in the source's own words; the spans count in the document's text and lie within the passage."""
    quotes = tuple(
        Citation(
            passage.number,
            passage.document_id,
            passage.version_id,
            span,
            passage.text[span.start - passage.span.start : span.end - passage.span.start],
        )
        for span in spans
    )
    return Claim(text, "supported", quotes, quoted=True, group=group, heading=heading)


def title_share(metadata: Metadata, weights: Mapping[str, float]) -> float:
    """Return the share, 0 to 1, of the weight of a question's words that a document's title and topic hold."""
    about = "".join(f"{metadata.title} {metadata.topic} {metadata.unit}".lower().split())
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in about) / total if total else 0.0
