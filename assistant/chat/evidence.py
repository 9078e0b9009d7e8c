"""Choose what the model reads: of each chunk found the sentences that answer, within a token budget."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from assistant.chat.answer import Evidence
from assistant.chat.orders import left_over, set_aside
from ingest.document import Span
from ingest.lexical import bigrams, index_terms
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assistant.chat.retrieve import ScoredChunk

PASSAGES = 6
PASSAGE_TOKENS = 130
TOTAL_TOKENS = 640
# A passage that shares this part of its bigrams with one chosen before would only be read twice.
REPEATED = 0.55

# More cells than this in a line, and it is a row of figures.
MOST_CELLS = 3


def choose_evidence(
    found: Sequence[ScoredChunk],
    weights: Mapping[str, float],
    count_tokens: Callable[[str], int],
) -> tuple[Evidence, ...]:
    """Return numbered passages of at most `PASSAGE_TOKENS` each and `TOTAL_TOKENS` together, best chunk first.

    A chunk that is too long gives its run of sentences that holds the most weight of the question's terms.
    """
    chosen: list[Evidence] = []
    left = TOTAL_TOKENS
    for scored in found:
        if len(chosen) == PASSAGES or left < PASSAGE_TOKENS // 3:
            break
        stored = scored.stored
        span = _window(stored.chunk.text, weights, count_tokens, min(PASSAGE_TOKENS, left))
        if span is None:
            continue
        text = stored.chunk.text[span.start : span.end]
        if any(overlap(text, passage.text) >= REPEATED for passage in chosen):
            continue
        left -= count_tokens(text)
        offset = stored.chunk.span.start
        chosen.append(
            Evidence(
                number=len(chosen) + 1,
                document_id=stored.document_id,
                version_id=stored.chunk.version_id,
                version=stored.version,
                metadata=stored.metadata,
                headings=stored.chunk.headings,
                locator=stored.chunk.locator,
                span=Span(offset + span.start, offset + span.end),
                text=text,
                score=scored.score,
                ordinal=stored.chunk.ordinal,
            )
        )
    return tuple(chosen)


def _window(text: str, weights: Mapping[str, float], count_tokens: Callable[[str], int], budget: int) -> Span | None:
    """Return the best window of what a chunk says to its readers; None when all of it speaks to the program."""
    aside = set_aside(text, weights.keys())
    if not aside:
        return best_window(text, weights, count_tokens, budget)
    windows = []
    for part in left_over(text, aside):
        span = best_window(text[part.start : part.end], weights, count_tokens, budget)
        windows.append(Span(part.start + span.start, part.start + span.end))
    told = [span for span in windows if text[span.start : span.end].strip()]
    return max(told, key=lambda span: (share(weights, text[span.start : span.end]), -span.start), default=None)


def best_window(text: str, weights: Mapping[str, float], count_tokens: Callable[[str], int], budget: int) -> Span:
    """Return the run of whole sentences within the budget that holds most weight; ties go to the earlier, longer run."""
    sentences = sentence_spans(text)
    if not sentences or count_tokens(text) <= budget:
        return Span(0, len(text))
    tokens = [count_tokens(text[span.start : span.end]) for span in sentences]
    terms = [_telling(text[span.start : span.end], weights) for span in sentences]
    best, best_key = Span(sentences[0].start, sentences[0].end), (-1.0, 0)
    for first in range(len(sentences)):
        total, last = tokens[first], first
        while last + 1 < len(sentences) and total + tokens[last + 1] <= budget:
            last += 1
            total += tokens[last]
        held = set[str]().union(*terms[first : last + 1])
        key = (round(sum(weights[term] for term in held), 6), last - first)
        if key > best_key:
            best, best_key = Span(sentences[first].start, sentences[last].end), key
    return best


def _telling(sentence: str, weights: Mapping[str, float]) -> set[str]:
    """Return the weighty terms of a sentence; a row of figures repeats its table's words and says nothing by itself."""
    return set() if sentence.count("|") > MOST_CELLS else set(index_terms(sentence).split()) & weights.keys()


def overlap(one: str, other: str) -> float:
    """Return the share of the shorter text's bigrams that the other has too."""
    first, second = bigrams(one), bigrams(other)
    return len(first & second) / max(1, min(len(first), len(second)))


def term_weights(frequency: Mapping[str, int], chunks: int) -> dict[str, float]:
    """Return the inverse document frequency of each term: ln(1 + (N − n + ½) / (n + ½)), as BM25 weighs it."""
    return {term: math.log(1 + (max(chunks, n) - n + 0.5) / (n + 0.5)) for term, n in frequency.items()}


def share(weights: Mapping[str, float], text: str) -> float:
    """Return the share, 0 to 1, of the weight of a question's terms that stands in a text."""
    total = sum(weights.values())
    return sum(weights[term] for term in set(index_terms(text).split()) & weights.keys()) / total if total else 0.0


def coverage(weights: Mapping[str, float], evidence: Sequence[Evidence]) -> float:
    """Return the share, 0 to 1, of the weight of a question's words that stands in the evidence."""
    total = sum(weights.values())
    texts = [
        " ".join((item.metadata.title, item.metadata.kind, *item.headings, item.text)).lower() for item in evidence
    ]
    held = sum(weight for word, weight in weights.items() if any(word in text for text in texts))
    return held / total if total else 0.0
