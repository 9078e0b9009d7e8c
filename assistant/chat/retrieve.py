"""Find chunks for a question: nearest vectors ⊕ matching words, joined by reciprocal rank fusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.lexical import bigrams, query_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ingest.access import Access
    from ingest.catalogue import StoredChunk
    from ingest.embed import Embedder
    from ingest.library import Library

# Cormack, Clarke and Büttcher (2009), "Reciprocal rank fusion outperforms Condorcet": k = 60.
RRF_K = 60
CANDIDATES = 50
# Two chunks that share this part of their character bigrams are told once.
NEAR_DUPLICATE = 0.8


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """A chunk found, its fused score, and the cosine similarity where the vectors found it."""

    stored: StoredChunk
    score: float
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: its search terms and the chunks, best first."""

    terms: tuple[str, ...]
    chunks: tuple[ScoredChunk, ...]


def retrieve(question: str, library: Library, embedder: Embedder | None, k: int, access: Access) -> Found:
    """Return at most k chunks that may be found, best first, ties by id; without an embedder by words alone."""
    terms = query_terms(question)
    lexical = library.match(terms, CANDIDATES, access)
    dense = library.nearest(embedder.encode_query(question), CANDIDATES, access) if embedder else []
    similarity = dict(dense)
    fused = fuse([[chunk_id for chunk_id, _ in lexical], [chunk_id for chunk_id, _ in dense]])
    stored = library.chunks([chunk_id for chunk_id, _ in fused], access)
    scored = (
        ScoredChunk(stored[chunk_id], score, similarity.get(chunk_id))
        for chunk_id, score in fused
        if chunk_id in stored
    )
    return Found(terms, tuple(distinct(scored, k, library.same)))


def fuse(rankings: Iterable[Sequence[str]], k: int = RRF_K) -> list[tuple[str, float]]:
    """Join rankings: the score of an id is the sum of 1 / (k + its rank in each); best first, ties by id."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, chunk_id in enumerate(ranking, start=1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def distinct(scored: Iterable[ScoredChunk], k: int, same: Callable[[str], set[str]]) -> list[ScoredChunk]:
    """Keep the first k chunks that are no near-duplicates of one kept before, and of documents that are the same only one.

    `same` gives the other documents that have the text of one.
    """
    kept: list[tuple[ScoredChunk, set[str]]] = []
    documents: set[str] = set()
    copies: set[str] = set()
    for item in scored:
        document_id = item.stored.document_id
        if document_id in copies:
            continue
        grams = bigrams(item.stored.chunk.text)
        if all(_jaccard(grams, other) < NEAR_DUPLICATE for _, other in kept):
            kept.append((item, grams))
            if document_id not in documents:
                documents.add(document_id)
                copies |= same(document_id)
        if len(kept) == k:
            break
    return [item for item, _ in kept]


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
