"""Check a sentence against its sources: numbers, quotations, negation and words must stand there. Similarity proves nothing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.chat.answer import Citation, Claim, Evidence, Support
from assistant.chat.plain_formula import plain_formulas
from ingest.document import Span
from ingest.labels import number_in_chinese
from ingest.lexical import bigrams, content_words
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

# Shares of a sentence's words that its source must hold; chosen on the sample library, calibrated in `eval/`.
SUPPORTED_WORDS = 0.8
PARTIAL_WORDS = 0.5

# Words that join a sentence together and claim nothing.
GLUE_WORDS = frozenset(
    "首先 其次 然后 接着 最后 例如 比如 从而 以便 并且 而且 因此 所以 如果 那么 使得 同时 还是 帮助 明确 过程 过程中".split()
)

_NUMBER = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)?(?:/\d+)?|[零一二两三四五六七八九十百千万]+(?=[个分秒时节课道次题种步步张名位人米厘平毫千吨元角倍%年月日天周岁页组])"
)
_UNIT = re.compile(
    r"\d+(?:\.\d+)?\s*(平方?[厘分千毫]?米|[厘分千毫]?米|分钟|小时|秒|课时|[千毫]?克|吨|元|角|%|度|个|节|道|次|人|名)"
)
_QUOTE = re.compile(r"[“「『]([^”」』]{4,})[”」』]")
_NEGATION = re.compile(
    r"不是|不能|不可|不要|不必|不得|不会|不用|不写|不|没有|没|未|无|并非|非|勿|别(?!的|人)|禁止|避免"
)
_PUNCTUATION = re.compile(r"[^\w]")
_DIGITS = {char: str(value) for value, char in enumerate("零一二三四五六七八九")} | {"两": "2", "十": "10"}


@dataclass(frozen=True, slots=True)
class _Proof:
    """How far one passage proves a sentence: the words it lacks and the sentence of it that says most."""

    evidence: Evidence
    share: float
    missing: tuple[str, ...]
    quote: Span
    fault: str


def check(sentence: str, cited: Sequence[int], evidence: Sequence[Evidence]) -> Claim:
    """Return the sentence with the support its sources give it.

    The passages the model cited are tried first; when they do not prove the sentence and another does, that one is
    cited instead. A number, quotation or negation that the source does not have is never supported.
    """
    said = plain_formulas(sentence)
    proofs = [_prove(said, passage) for passage in evidence]
    named = [proof for proof in proofs if proof.evidence.number in cited]
    ranked = sorted(named, key=_rank) + sorted((proof for proof in proofs if proof not in named), key=_rank)
    best = next((proof for proof in ranked if _support(proof) == "supported"), None) or min(
        ranked, key=_rank, default=None
    )
    if best is None or _support(best) == "inferred":
        reason = best.fault if best and best.fault else "引用的资料里没有写到这句话"
        return Claim(sentence, "inferred", reason=reason)
    support = _support(best)
    helpers = [proof for proof in named if proof is not best and _support(proof) == "supported"]
    citations = tuple(_citation(proof) for proof in [best, *helpers])
    return Claim(sentence, support, citations, best.missing if support == "partial" else (), best.fault)


def _support(proof: _Proof) -> Support:
    if proof.share < PARTIAL_WORDS:
        return "inferred"
    return "partial" if proof.fault or proof.share < SUPPORTED_WORDS else "supported"


def _rank(proof: _Proof) -> tuple[bool, float, int]:
    return bool(proof.fault), -proof.share, proof.evidence.number


def _prove(sentence: str, passage: Evidence) -> _Proof:
    source = plain_formulas(" ".join((*_about(passage), *passage.headings, passage.text))).lower()
    words = tuple(word for word in content_words(sentence) if word not in GLUE_WORDS)
    missing = tuple(word for word in words if word not in source)
    share = 1.0 - sum(map(len, missing)) / max(1, sum(map(len, words)))
    quote = _closest(sentence, passage)
    said = passage.text[quote.start : quote.end]
    fault = _number_fault(sentence, source) or _quote_fault(sentence, source) or _negation_fault(sentence, said)
    span = Span(passage.span.start + quote.start, passage.span.start + quote.end)
    return _Proof(passage, share, missing, span, fault)


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


def _closest(sentence: str, passage: Evidence) -> Span:
    """Return the sentence of the passage that shares most bigrams with the claim."""
    wanted = bigrams(sentence)
    spans = sentence_spans(passage.text) or (Span(0, len(passage.text)),)

    def likeness(span: Span) -> float:
        grams = bigrams(passage.text[span.start : span.end])
        return len(grams & wanted) / math.sqrt(len(grams) + 8)

    return max(spans, key=likeness)


def _number_fault(sentence: str, source: str) -> str:
    held = set(numbers(source))
    strange = [number for number in numbers(sentence) if number not in held]
    if strange:
        return f"资料里没有“{strange[0]}”这个数"
    flat = re.sub(r"\s", "", source)
    unheld = [match[0] for match in _UNIT.finditer(sentence) if re.sub(r"\s", "", match[0]) not in flat]
    return f"资料里没有“{unheld[0]}”" if unheld else ""


def _quote_fault(sentence: str, source: str) -> str:
    flat = _PUNCTUATION.sub("", source)
    for match in _QUOTE.finditer(sentence):
        if _PUNCTUATION.sub("", match[1].lower()) not in flat:
            return f"资料里没有“{match[1]}”这句原话"
    return ""


def _negation_fault(sentence: str, said: str) -> str:
    """Compare polarity where claim and source speak of the same: one denies and the other does not."""
    wanted = bigrams(sentence)
    shared = len(wanted & bigrams(said)) / max(1, len(wanted))
    if shared >= SUPPORTED_WORDS and len(_NEGATION.findall(sentence)) % 2 != len(_NEGATION.findall(said)) % 2:
        return "资料里的说法与这句话的肯定、否定不一致"
    return ""


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a text in order, Chinese numerals before a measure word as digits: 四十 → 40."""
    return tuple(_arabic(match[0]) for match in _NUMBER.finditer(text))


def _arabic(numeral: str) -> str:
    if numeral[0].isdigit():
        return numeral
    total, part, digit = 0, 0, 0
    for char in numeral:
        if char == "万":
            total, part, digit = (total + part + digit) * 10_000, 0, 0
        elif char in "十百千":
            part += max(digit, 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            digit = int(_DIGITS[char])
    return str(total + part + digit)


def _citation(proof: _Proof) -> Citation:
    passage = proof.evidence
    start = proof.quote.start - passage.span.start
    quote = passage.text[start : start + proof.quote.end - proof.quote.start]
    return Citation(passage.number, passage.document_id, passage.version_id, proof.quote, quote)
