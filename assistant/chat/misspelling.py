"""Find characters mistyped for others of the same sound, 园柱 for 圆柱, by the words the library itself uses.

Tried only when a question found nothing, so that a word the library lacks is never replaced where the question was understood.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from ingest.labels import SURNAMES
from ingest.lexical import STOP_WORDS, dictionary_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Frequency = Callable[[Sequence[str]], Mapping[str, int]]

# In how many passages a pair of characters must stand to be taken for what was meant.
SEEN_OFTEN = 2
MOST_RESPELLED = 2
LONGEST = 200


def respelled(question: str, frequency: Frequency) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the question with what looks mistyped replaced, and each word as (as typed, as meant).

    A character is replaced when no pair of characters it stands in occurs in the library, it is in no word of the
    dictionary and in no person's name, and exactly one character of its sound makes pairs that occur, and a word.
    """
    text, changes = question[:LONGEST], list[tuple[str, str]]()
    for at, char in enumerate(text):
        if len(changes) == MOST_RESPELLED:
            break
        pairs = _pairs(text, at)
        if not pairs or _in_a_word(text, at) or _like_a_name(text, at) or any(frequency(pairs).values()):
            continue
        meant = _meant(text, at, same_sound(char), frequency)
        if meant:
            text, word = meant
            changes.append(word)
    return text + question[LONGEST:], tuple(changes)


@cache
def same_sound(char: str) -> tuple[str, ...]:
    """Return the other common characters that sound the same but for the tone."""
    mine = _sounds().get(char, frozenset())
    return tuple(other for other, sounds in _sounds().items() if other != char and sounds & mine)


def _meant(text: str, at: int, candidates: Sequence[str], frequency: Frequency) -> tuple[str, tuple[str, str]] | None:
    texts = [text[:at] + other + text[at + 1 :] for other in candidates]
    counts = frequency([pair for changed in texts for pair in _pairs(changed, at)])
    fitting = [changed for changed in texts if all(counts[pair] >= SEEN_OFTEN for pair in _pairs(changed, at))]
    words = [(changed, span) for changed in fitting if (span := _word_at(changed, at))]
    if len(words) != 1:
        return None
    changed, (start, end) = words[0]
    return changed, (text[start:end], changed[start:end])


def _pairs(text: str, at: int) -> list[str]:
    """Return the telling pairs of Chinese characters that the character at a place stands in."""
    pairs = (text[start : start + 2] for start in (at - 1, at) if start >= 0)
    return [pair for pair in pairs if len(pair) == 2 and all(_is_han(char) and char not in STOP_WORDS for char in pair)]


def _word_at(text: str, at: int) -> tuple[int, int] | None:
    """Return where the word of the dictionary stands that covers a place, when it has more than one character."""
    start = 0
    for word in dictionary_words(text):
        end = start + len(word)
        if start <= at < end:
            return (start, end) if len(word) > 1 else None
        start = end
    return None


def _in_a_word(text: str, at: int) -> bool:
    return _word_at(text, at) is not None


def _like_a_name(text: str, at: int) -> bool:
    """Tell whether a name may stand here: a surname that no other word runs into."""
    starts = (start for start in (at - 1, at) if start >= 0 and text[start] in SURNAMES)
    return any(start == 0 or not _is_han(text[start - 1]) or text[start - 1] in STOP_WORDS for start in starts)


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@cache
def _sounds() -> dict[str, frozenset[str]]:
    """Return the toneless sounds of every character of GB 2312."""
    from pypinyin.pinyin_dict import pinyin_dict

    sounds = {}
    for code, told in pinyin_dict.items():
        char = chr(code)
        if _is_han(char) and len(char.encode("gb2312", "ignore")) == 2:
            plain = "".join(mark for mark in unicodedata.normalize("NFD", told) if not unicodedata.combining(mark))
            sounds[char] = frozenset(plain.split(","))
    return sounds
