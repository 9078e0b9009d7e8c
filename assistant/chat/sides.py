"""Texts as they are compared, and how a difference is told to a teacher."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.chat.figures import Token, narrow, tokens
from assistant.chat.word_classes import GLUE_WORDS, unit
from ingest.lexical import tagged_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKS = re.compile(r"[，,、。；;：:！!？?\n]")
# Tags of names: persons, places, organisations, other names, and what the dictionary does not know.
_NAME_TAGS = ("nr", "ns", "nt", "nz", "eng")


@dataclass(frozen=True, slots=True)
class Side:
    """A text as it is compared: its tokens, the word each token belongs to, and each word's tag."""

    text: str
    tokens: tuple[Token, ...]
    word_of: tuple[int, ...]
    words: tuple[tuple[str, str], ...]

    def said(self, start: int, end: int) -> str:
        """Return the words of a range of tokens as they stand in the text."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end] if start < end else ""

    def within(self, start: int, end: int) -> Iterator[tuple[str, str]]:
        """Yield the words, with tags, that a range of tokens touches."""
        for word in dict.fromkeys(self.word_of[start:end]):
            yield self.words[word]

    def tagged_between(self, first: int, last: int) -> list[tuple[str, str]]:
        """Return the words, with tags, that begin within a range of characters; signs other than 、 left out."""
        at, found = 0, []
        for word, tag in self.words:
            if first <= at < last and (re.search(r"\w", word) or word == "、") and word != "的":
                found.append((word, tag))
            at += len(word)
        return found


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a claim is not proven, for a teacher; `contradicts` when the source says otherwise; `words` of the claim to mark."""

    reason: str
    contradicts: bool = False
    words: tuple[str, ...] = ()


def read(text: str) -> Side:
    """Return a text ready to be compared."""
    found, words = tokens(text), tagged_words(text)
    ends, total = [], 0
    for word, _ in words:
        total += len(word)
        ends.append(total)
    word_of, at = [], 0
    for token in found:
        while at < len(ends) - 1 and ends[at] <= token.start:
            at += 1
        word_of.append(at)
    return Side(text, found, tuple(word_of), words)


def tells(word: str) -> bool:
    """Tell whether a word says something by itself, and is no number."""
    return word not in GLUE_WORDS and bool(re.search(r"\w", word)) and not word.isdigit()


def names(tag: str) -> bool:
    """Tell whether a tag is one of names."""
    return tag.startswith(_NAME_TAGS)


def flat(text: str) -> str:
    """Return a text's letters and digits alone, in one form."""
    return re.sub(r"\W|_", "", narrow(text).lower())


def with_unit(side: Side, token: Token) -> str:
    """Return a number as it is written, with the unit behind it."""
    return side.text[token.start : token.end] + unit(side.text, token.end)


def around(side: Side, start: int, end: int) -> str:
    """Return a range of tokens with the words beside it, so that a teacher sees what is meant."""
    first, last = max(0, start - 4), min(len(side.tokens), end + 4)
    return short(side.said(first, last), 24)


def both(held: str, said: str) -> str:
    """Say what the source has and what the claim has instead."""
    return f"资料里是“{held}”，这句话写“{said}”"


def short(text: str, length: int = 20) -> str:
    """Return a text cut to a length that a reason can show."""
    return text if len(text) <= length else text[:length] + "…"
