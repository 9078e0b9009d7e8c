"""Look at the place where a short answer stands: whether what the question says of it holds there.

「宝马2021年全球销量」 is not answered by 「劳斯莱斯2021年全球销量为5586辆」, nor 第一棒 by 第19棒. A small model overlooks that; its
answer's place shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.chat.figures import narrow, numbers, tokens
from ingest.lexical import STOP_WORDS, bigrams, tagged_words
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.chat.answer import Evidence
    from ingest.document import Span

# What a word of a question weighs, by jieba's tag: names tell most, then nouns, then what is done.
_WEIGHTS = {"nr": 2.0, "ns": 2.0, "nt": 2.0, "nz": 2.0, "eng": 2.0, "n": 1.5, "j": 1.5, "vn": 1.3, "l": 1.3}
_ASKING = re.compile(r"多少|什么|哪.*|时间|谁|是什么|何时|多久|怎么.*|怎样|如何|为什么|为何|几.*")
_PARTS = re.compile(r"[、，；;]|,(?!\d)|和|与|及")
# An answer of so many characters may be said in other words, if this share of its pairs of characters stands there.
_SAID_ON = 6
_MOST_PAIRS = 0.7
# A word of three characters or more may be said in two parts; then it counts for a little less.
_IN_PARTS = 0.9


@dataclass(frozen=True, slots=True)
class Place:
    """Where a short answer stands, and how much of the question holds there; shares from 0 to 1.

    `said` of the words of the question stand in its sentence, `before` in that and the one before it, `figures` of its
    numbers in the sentence (one in the rest of the passage counts half). `number` is the passage, `span` the sentence in it.
    """

    number: int
    span: Span
    said: float
    before: float
    figures: float

    @property
    def fit(self) -> float:
        """How well the question holds there, 0 to 1."""
        return (self.said + self.before / 2 + self.figures / 3) / (1 + 1 / 2 + 1 / 3)


def place_of(question: str, answer: str, evidence: Sequence[Evidence]) -> Place | None:
    """Return the place where the question holds best of those where the answer, or a part of it, stands."""
    parts = _parts(answer)
    words, wanted = _telling(question), _figures_of(_plain(question))
    places = (place for passage in evidence for place in _places(passage, parts, words, wanted))
    return max(places, key=lambda place: (place.fit, -place.number, -place.span.start), default=None)


def holds(question: str, text: str) -> float:
    """Return the share, 0 to 1, of the question's words that a text holds, by what they tell."""
    return _share(_telling(question), _plain(text))


def best_holds(question: str, evidence: Sequence[Evidence]) -> float:
    """Return the largest share of a question's words that one sentence, or two in a row, of the evidence holds."""
    words = _telling(question)
    shares = (
        _share(words, text[first.start : last.end])
        for text in (_plain(passage.text) for passage in evidence)
        for first, last in _pairs(sentence_spans(text))
    )
    return max(shares, default=0.0)


def _pairs(spans: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    for at, span in enumerate(spans):
        yield spans[max(0, at - 1)], span


def _places(
    passage: Evidence, parts: Sequence[str], words: dict[str, float], wanted: Sequence[tuple[str, str]]
) -> Iterator[Place]:
    text = _plain(passage.text)
    for before, span in _pairs(sentence_spans(text)):
        sentence = text[span.start : span.end]
        if any(_stands(part, sentence) for part in parts):
            yield Place(
                passage.number,
                span,
                _share(words, sentence),
                _share(words, text[before.start : span.end]),
                _figures(wanted, sentence, text),
            )


def _stands(part: str, sentence: str) -> bool:
    """Tell whether a part of an answer stands in a sentence: its numbers as whole numbers, 4 is not in 第47届, its words as they are.

    An answer said in a few more words stands where most of its pairs of characters do.
    """
    wanted = numbers(part)
    if wanted and not set(wanted) <= set(numbers(sentence)):
        return False
    pairs = bigrams(part)
    return part in sentence or (len(part) >= _SAID_ON and len(pairs & bigrams(sentence)) >= _MOST_PAIRS * len(pairs))


def _figures(wanted: Sequence[tuple[str, str]], sentence: str, passage: str) -> float:
    """Return the share of a question's numbers that a sentence holds.

    One in the rest of the passage counts half, unless the sentence gives another of its unit: 2022年 for 2021年.
    """
    here, anywhere = _figures_of(sentence), _figures_of(passage)
    held = [
        1.0
        if any(value == other for other, _ in here)
        else 0.5
        if any(value == other for other, _ in anywhere) and not any(unit and unit == other for _, other in here)
        else 0.0
        for value, unit in wanted
    ]
    return sum(held) / len(held) if held else 1.0


def _figures_of(text: str) -> list[tuple[str, str]]:
    """Return each number by value, with the character behind it."""
    return [(token.value, text[token.end : token.end + 1]) for token in tokens(text) if token.is_figure]


def _parts(answer: str) -> tuple[str, ...]:
    """Return a short answer and, of a list, its items."""
    whole = _plain(answer).strip(" 。.")
    parts = [part.strip() for part in _PARTS.split(whole)]
    return tuple(dict.fromkeys(part for part in (whole, *(part for part in parts if len(part) > 1)) if part))


def _telling(question: str) -> dict[str, float]:
    """Return the words of a question that tell what it is about, with their weights; numbers are compared by value."""
    found = {}
    for word, tag in tagged_words(_plain(question)):
        if len(word) > 1 and word not in STOP_WORDS and not numbers(word) and not _ASKING.fullmatch(word):
            found[word] = _WEIGHTS.get(tag, _WEIGHTS.get(tag[:2], 1.0))
    return found


def _share(words: dict[str, float], text: str) -> float:
    total = sum(words.values())
    return sum(weight * _held(word, text) for word, weight in words.items()) / total if total else 0.0


def _held(word: str, text: str) -> float:
    if word in text:
        return 1.0
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    return _IN_PARTS * sum(pair in text for pair in pairs) / len(pairs) if len(word) > 2 else 0.0


def _plain(text: str) -> str:
    """Return a text with narrow letters in lower case; every character keeps its place."""
    return narrow(text).lower()
