"""Check a sentence against its sources: it is laid along the sentence that says the same, and every difference is judged.

Similarity proves nothing: numbers, units, names, negations, limits and roles must be the source's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant.chat.align import Alignment, align
from assistant.chat.answer import Citation, Claim, Evidence, Support
from assistant.chat.differences import find_faults, quote_fault, unmatched_clauses
from assistant.chat.plain_formula import plain_formulas
from assistant.chat.roles import clauses_moved
from assistant.chat.sides import Fault, Side, read
from assistant.chat.word_classes import GLUE_WORDS, stands_in
from ingest.document import Span
from ingest.labels import number_in_chinese
from ingest.lexical import bigrams, content_words
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

# Shares of a sentence's words that its source must hold; chosen on the sample library, calibrated in `eval/`.
SUPPORTED_WORDS = 0.8
PARTIAL_WORDS = 0.5
# Share of a sentence's characters that must stand in the places of the source that say the same.
SUPPORTED_PLACE = 0.6
# Least such share for a difference to be a contradiction: the two sentences speak of the same.
SAME_THING = 0.65

_ORDER: tuple[Support, ...] = ("supported", "contradicted", "partial", "inferred")

# Runs of so many sentences of a passage are looked at, and so many of the likest runs are compared word by word.
_RUN = 3
_RUNS = 3
# Places whose shares differ by no more than this say as much of a sentence.
_AS_MUCH = 0.03
# A clause of so many tokens may come from another sentence than the rest.
_CLAUSE = 5


@dataclass(frozen=True, slots=True)
class _Proof:
    """How far one passage proves a sentence: the words it lacks, the place of it that says most, and what differs there."""

    evidence: Evidence
    share: float
    missing: tuple[str, ...]
    quote: Span
    place: float
    faults: tuple[Fault, ...]

    @property
    def fault(self) -> Fault | None:
        """The gravest fault."""
        return min(self.faults, key=lambda fault: not fault.contradicts, default=None)


def check(sentence: str, cited: Sequence[int], evidence: Sequence[Evidence]) -> Claim:
    """Return the sentence with the support its sources give it.

    The passages the model cited are tried first; when they do not prove the sentence and another does, that one is
    cited instead. Where no passage proves it and one says otherwise, it is contradicted and that one is cited.
    """
    said = read(plain_formulas(sentence))
    proofs = [_prove(said, passage) for passage in evidence]
    named = [proof for proof in proofs if proof.evidence.number in cited]
    ranked = sorted(named, key=_rank) + sorted((proof for proof in proofs if proof not in named), key=_rank)
    proven = [proof for proof in ranked if _support(proof) == "supported"]
    best = proven[0] if proven else min(ranked, key=_rank, default=None)
    if best is None or _support(best) == "inferred":
        reason = best.fault.reason if best and best.fault else "引用的资料里没有写到这句话"
        return Claim(sentence, "inferred", reason=reason)
    support = _support(best)
    helpers = [proof for proof in named if proof is not best and proof in proven]
    citations = tuple(_citation(proof) for proof in [best, *helpers])
    if support == "supported" or best.fault is None:
        return Claim(sentence, support, citations, best.missing if support == "partial" else ())
    unproven = (
        best.fault.words if support == "contradicted" else tuple(dict.fromkeys((*best.missing, *best.fault.words)))
    )
    return Claim(sentence, support, citations, tuple(filter(None, unproven)), best.fault.reason)


def _support(proof: _Proof) -> Support:
    if proof.fault and proof.fault.contradicts and proof.place >= SAME_THING:
        return "contradicted"
    if proof.share < PARTIAL_WORDS:
        return "inferred"
    proven = not proof.fault and proof.share >= SUPPORTED_WORDS and proof.place >= SUPPORTED_PLACE
    return "supported" if proven else "partial"


def _rank(proof: _Proof) -> tuple[int, float, float, int]:
    return _ORDER.index(_support(proof)), -proof.place, -proof.share, proof.evidence.number


def _prove(said: Side, passage: Evidence) -> _Proof:
    about = " ".join((*_about(passage), *passage.headings))
    known = plain_formulas(f"{about} {passage.text}").lower()
    words = tuple(word for word in content_words(said.text) if word not in GLUE_WORDS and not _has_figure(word, said))
    missing = tuple(word for word in words if not stands_in(word, known))
    share = 1.0 - sum(map(len, missing)) / max(1, sum(map(len, words)))
    runs = _likest_runs(said.text, passage.text)
    if share < PARTIAL_WORDS or not said.tokens:
        return _Proof(passage, share, missing, _global(passage, runs[0]), 0.0, ())
    quoted = quote_fault(said.text, known)
    place, faults, run = _judge(said, passage.text, runs, about, known)
    statements = sentence_spans(said.text)
    if faults and len(statements) > 1:
        # Statements between semicolons stand for themselves, in any order.
        parts = [read(said.text[span.start : span.end]) for span in statements]
        judged = [_judge(part, passage.text, _likest_runs(part.text, passage.text), about, known) for part in parts]
        if not any(part_faults for _, part_faults, _ in judged):
            faults = ()
            place = sum(share * len(part.tokens) for (share, _, _), part in zip(judged, parts, strict=True))
            place /= len(said.tokens)
    faults = (quoted, *faults) if quoted else faults
    return _Proof(passage, share, missing, _global(passage, _shown(said.text, passage.text, run)), place, faults)


def _judge(
    said: Side, text: str, runs: Sequence[Span], about: str, known: str
) -> tuple[float, tuple[Fault, ...], Span]:
    """Return the share of a sentence that stands in the likest place of a passage, the faults there, and the place.

    Of places that say as much one without fault is taken; one that says less must not excuse what differs there.
    """
    sources = [read(plain_formulas(text[run.start : run.end])) for run in runs]
    alignments = [align(said.tokens, source.tokens) for source in sources]
    most = max(len(alignment.pairs) for alignment in alignments)
    judged = [
        (*_compare(said, source, alignment, (text, about, known)), run)
        for run, source, alignment in zip(runs, sources, alignments, strict=True)
        if len(alignment.pairs) >= most - _AS_MUCH * len(said.tokens)
    ]
    return min(judged, key=lambda one: (bool(one[1]), -one[0]))


def _has_figure(word: str, said: Side) -> bool:
    """Tell whether a word holds a number; numbers are compared by value where they stand."""
    figures = (said.text[token.start : token.end] for token in said.tokens if token.is_figure)
    return any(figure in word or word in figure for figure in figures)


def _compare(
    said: Side, source: Side, alignment: Alignment, passage: tuple[str, str, str]
) -> tuple[float, tuple[Fault, ...]]:
    """Return the share of the sentence that stands in a run of the passage, and the faults there.

    A clause that does not stand in the run is looked for in the whole passage and in what is known of its document.
    """
    text, about, known = passage
    if clauses_moved(said, source):
        return 1.0, ()
    found: dict[tuple[int, int], tuple[Side, Side, Alignment]] = {}
    for stray in unmatched_clauses(said, alignment, _CLAUSE):
        piece = read(said.said(*stray))
        runs = _likest_runs(piece.text, text)
        others = [read(about), *(read(plain_formulas(text[run.start : run.end])) for run in runs)]
        laid = max(((piece, other, align(piece.tokens, other.tokens)) for other in others), key=_pairs_laid)
        if _pairs_laid(laid) >= SUPPORTED_WORDS * len(piece.tokens):
            found[stray] = laid
    if not found:
        return len(alignment.pairs) / max(1, len(said.tokens)), tuple(find_faults(said, source, alignment, known))
    for start, end in _pieces(len(said.tokens), list(found)):
        if (start, end) not in found:
            piece = read(said.said(start, end))
            found[start, end] = piece, source, align(piece.tokens, source.tokens)
    faults = [fault for laid in found.values() for fault in find_faults(*laid, known)]
    return sum(map(_pairs_laid, found.values())) / len(said.tokens), tuple(faults)


def _pairs_laid(laid: tuple[Side, Side, Alignment]) -> int:
    return len(laid[2].pairs)


def _pieces(size: int, strays: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Cut a range of tokens at the stray clauses; what stands between them stays together."""
    cuts = sorted({0, size, *(cut for stray in strays for cut in stray)})
    return list(pairwise(cuts))


def _about(passage: Evidence) -> tuple[str, ...]:
    """Return what is known of the document itself; a sentence may name it."""
    about = passage.metadata
    grade = f"{number_in_chinese(about.grade)}年级" if about.grade else ""
    return (
        about.title,
        about.kind,
        grade,
        about.subject,
        about.edition,
        about.volume,
        about.unit,
        about.topic,
        about.school,
        about.author,
    )


def _likest_runs(sentence: str, text: str) -> list[Span]:
    """Return the runs of up to three sentences that share most bigrams with a sentence, likest first, at least one."""
    wanted = bigrams(sentence)
    spans = sentence_spans(text) or (Span(0, len(text)),)
    runs = [
        Span(spans[first].start, spans[last].end)
        for first in range(len(spans))
        for last in range(first, min(first + _RUN, len(spans)))
    ]
    scored = sorted(((_likeness(wanted, text[run.start : run.end]), -run.start, run) for run in runs), key=_by_score)
    chosen: list[Span] = []
    for _, _, run in scored:
        if not any(run.start <= other.start and other.end <= run.end for other in chosen):
            chosen.append(run)
        if len(chosen) == _RUNS:
            break
    return chosen


def _by_score(scored: tuple[float, int, Span]) -> tuple[float, int]:
    return -scored[0], -scored[1]


def _likeness(wanted: set[str], text: str) -> float:
    grams = bigrams(text)
    return len(grams & wanted) / math.sqrt(len(grams) + 8)


def _shown(sentence: str, text: str, run: Span) -> Span:
    """Return the sentences at the edges of a run left out that say nothing of the sentence."""
    wanted = bigrams(sentence)
    spans = list(sentence_spans(text, run.start, run.end)) or [run]
    held = [len(bigrams(text[span.start : span.end]) & wanted) for span in spans]
    telling = [span for span, count in zip(spans, held, strict=True) if count >= max(2, max(held) / 4)] or spans
    return Span(telling[0].start, telling[-1].end)


def _global(passage: Evidence, local: Span) -> Span:
    return Span(passage.span.start + local.start, passage.span.start + local.end)


def _citation(proof: _Proof) -> Citation:
    passage = proof.evidence
    start = proof.quote.start - passage.span.start
    quote = passage.text[start : start + proof.quote.end - proof.quote.start]
    return Citation(passage.number, passage.document_id, passage.version_id, proof.quote, quote)
