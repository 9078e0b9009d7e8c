"""Find chunks for a question: nearest vectors ⊕ matching words, joined by their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.lexical import bigrams, query_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ingest.access import Access
    from ingest.catalogue import StoredChunk
    from ingest.embed import Embedder
    from ingest.library import Library

# So many of each kind are joined; the last of them is where likeness counts for nothing.
CANDIDATES = 200
# What matching words are worth beside likeness of meaning: `python -m eval.retrieval` compares the ways.
WORDS = 0.4
# Cormack, Clarke and Büttcher (2009), "Reciprocal rank fusion outperforms Condorcet": k = 60.
RRF_K = 60
# Chunks are read from the catalogue so many at a time, until enough different ones are found.
READ_AT_ONCE = 32
# Two chunks that share this part of their character bigrams are told once.
NEAR_DUPLICATE = 0.8

Ranking = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """A chunk found, its fused score, and the cosine similarity where the vectors found it."""

    stored: StoredChunk
    score: float
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: its search terms and the chunks, best first; `repeats` say nearly what a better one says."""

    terms: tuple[str, ...]
    chunks: tuple[ScoredChunk, ...]
    repeats: tuple[ScoredChunk, ...] = ()


def retrieve(
    question: str,
    library: Library,
    embedder: Embedder | None,
    k: int,
    access: Access,
    *,
    join: Callable[[Ranking, Ranking], Ranking] | None = None,
) -> Found:
    """Return at most k chunks that may be found, best first, ties by id; without an embedder by words alone.

    `join` makes one ranking of that by words and that by vectors; `weigh` if it is not given.
    """
    terms = query_terms(question)
    lexical = library.match(terms, CANDIDATES, access)
    dense = library.nearest(embedder.encode_query(question), CANDIDATES, access) if embedder else []
    joined = (join or weigh)(lexical, dense)
    repeats: list[ScoredChunk] = []
    chunks = distinct(_read(joined, dict(dense), library, access), k, library.same, repeats)
    return Found(terms, tuple(chunks), tuple(repeats))


def weigh(lexical: Ranking, dense: Ranking, words: float = WORDS) -> Ranking:
    """Join rankings by their scores, each brought to 0 … 1: BM25 by its best, similarity by its best and its last.

    Scores keep what ranks lose, how far the first is ahead; on outside questions that is worth more than two places of
    a hundred at rank 1 (`python -m eval.retrieval`).
    """
    best = max((score for _, score in lexical), default=0.0) or 1.0
    high = max((score for _, score in dense), default=0.0)
    # The last of a full list marks where likeness begins; a shorter one holds all there is.
    low = min(score for _, score in dense) if len(dense) >= CANDIDATES else 0.0
    scores = {chunk_id: (1 - words) * (score - low) / ((high - low) or 1.0) for chunk_id, score in dense}
    for chunk_id, score in lexical:
        scores[chunk_id] = scores.get(chunk_id, 0.0) + words * score / best
    return _ranked(scores)


def fuse(rankings: Iterable[Sequence[str]], k: int = RRF_K) -> Ranking:
    """Join rankings by rank: the score of an id is the sum of 1 / (k + its rank in each); best first, ties by id."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, chunk_id in enumerate(ranking, start=1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + 1.0 / (k + rank)
    return _ranked(scores)


def _ranked(scores: dict[str, float]) -> Ranking:
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _read(ranking: Ranking, similarity: dict[str, float], library: Library, access: Access) -> Iterator[ScoredChunk]:
    """Yield the chunks of a ranking that may still be found, read only as far as they are asked for."""
    for start in range(0, len(ranking), READ_AT_ONCE):
        part = ranking[start : start + READ_AT_ONCE]
        stored = library.chunks([chunk_id for chunk_id, _ in part], access)
        for chunk_id, score in part:
            if chunk_id in stored:
                yield ScoredChunk(stored[chunk_id], score, similarity.get(chunk_id))


def distinct(
    scored: Iterable[ScoredChunk],
    k: int,
    same: Callable[[str], set[str]],
    repeats: list[ScoredChunk] | None = None,
) -> list[ScoredChunk]:
    """Keep the first k chunks that are no near-duplicates of one kept before, and of documents that are the same only one.

    `same` gives the other documents that have the text of one. `repeats`, where given, takes the near-duplicates.
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
        elif repeats is not None:
            repeats.append(item)
        if len(kept) == k:
            break
    return [item for item, _ in kept]


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
