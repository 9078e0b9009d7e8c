"""Find what a claim turns without changing a word: who did what to whom, and whose a statement is."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, product
from typing import TYPE_CHECKING

from assistant.chat.sides import MARKS, Fault, Side, around, names, short, tells
from assistant.chat.word_classes import denies, limit_fault, tells_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.chat.align import Alignment

# Pivots that put equals beside each other.
_EVEN = frozenset("是 为 即 和 与 同 跟 及 或 、 以及 等 并".split())
# So much of the head of a clause is looked at for a negation, and its end for a limit.
_HEAD = 8
_PARALLEL = 2


def left_out(claim: Side, source: Side, alignment: Alignment) -> Iterator[Fault]:
    """Look at the heads of the source's clauses that a claim enters in the middle: a 不, a limit or another subject there counts."""
    before = (-1, -1)
    for one, other in alignment.pairs:
        jumped = other > before[1] + 1 and source.tokens[other - 1].clause == source.tokens[other].clause
        fresh = before[1] < 0 or source.tokens[before[1]].clause != source.tokens[other].clause
        if jumped and fresh and one == before[0] + 1:
            start = other
            while start - 1 > before[1] and source.tokens[start - 1].clause == source.tokens[other].clause:
                start -= 1
            inner = before[0] >= 0 and claim.tokens[before[0]].clause == claim.tokens[one].clause
            fault = _head_fault(claim, source, start, other, inner=inner)
            if fault:
                yield fault
        before = one, other


def _head_fault(claim: Side, source: Side, start: int, end: int, *, inner: bool) -> Fault | None:
    head = source.said(max(start, end - _HEAD), end)
    if not head:
        return None
    shown = around(source, max(start, end - _HEAD), end)
    if denies(head):
        return Fault(f"资料里是“{shown}”，肯定与否定和这句话不一致", contradicts=True)
    tail = source.said(max(start, end - 3), end)
    if limit_fault("", tail) is not None:
        return Fault(f"资料里是“{shown}”，范围或限度与这句话不一致")
    subjects = [
        word
        for word, tag in source.within(start, end)
        if tells(word) and (names(tag) or tag in {"n", "r", "m"}) and word not in claim.text
    ]
    if subjects and inner:
        return Fault(f"资料里这里说的是“{short(source.said(start, end))}”")
    return None


def turned_roles(claim: Side, source: Side, alignment: Alignment) -> Fault | None:
    """Find three words the claim has in the reverse of the source's order: A 击败 B against B 击败 A.

    Clauses that change places, and words moved to the front or the end, only turn pairs round; equals beside 是 or 和 may
    change places.
    """
    first, last = _extent(source, alignment)
    text = source.text[first:last]
    placed = [
        (word, text.find(word), clause)
        for clause, words in enumerate(_clauses(claim))
        for word in words
        if text.count(word) == 1 and claim.text.count(word) == 1
    ]
    for middle, (pivot, at, clause) in enumerate(placed):
        before = [one for one in placed[:middle] if one[1] > at and tells(one[0])]
        after = [one for one in placed[middle + 1 :] if one[1] < at and tells(one[0])]
        for left, right in product(before[-2:], after[:2]) if pivot not in _EVEN else ():
            together = clause in {left[2], right[2]}
            near = not MARKS.search(text[right[1] : at]) or not MARKS.search(text[at : left[1]])
            if together and near:
                told = short(text[right[1] : left[1] + len(left[0])])
                return Fault(f"资料里的说法是“{told}”，这句话颠倒了次序", contradicts=True)
    return _place_taken(claim, source.tagged_between(first, last))


def _place_taken(claim: Side, source: list[tuple[str, str]]) -> Fault | None:
    """Find two names in the other order, of which one now stands before the word that followed the other in the source."""
    ours, theirs = _behind(claim.tagged_between(0, len(claim.text))), _behind(source)
    both = [(word, next_word) for word, next_word in ours.items() if word in theirs]
    order = list(theirs)
    for place, (first, _) in enumerate(both):
        for second, behind in both[place + 1 :]:
            turned = order.index(second) < order.index(first)
            if turned and behind and behind == theirs[first] != theirs[second] and theirs[second] not in _EVEN:
                return Fault(f"资料里“{behind}”前面是“{first}”，这句话写“{second}”", contradicts=True, words=(second,))
    return None


def _behind(words: list[tuple[str, str]]) -> dict[str, str]:
    """Return each name that is said once with the word behind it."""
    counts = Counter(word for word, _ in words)
    following = [word for word, _ in words[1:]] + [""]
    return {
        word: after for (word, tag), after in zip(words, following, strict=True) if names(tag) and counts[word] == 1
    }


def _extent(source: Side, alignment: Alignment) -> tuple[int, int]:
    """Return the sentence of the source around what the claim was laid along."""
    first, last = source.tokens[alignment.pairs[0][1]].start, source.tokens[alignment.pairs[-1][1]].end
    start = max(source.text.rfind(mark, 0, first) for mark in "。！？\n") + 1
    ends = [at for mark in "。！？\n" if (at := source.text.find(mark, last)) >= 0]
    return start, min(ends, default=len(source.text))


def _clauses(side: Side) -> Iterator[list[str]]:
    clause: list[str] = []
    for word, _ in side.words:
        if MARKS.fullmatch(word):
            yield clause
            clause = []
        elif re.search(r"\w", word) and word != "的":
            clause.append(word)
    yield clause


def clauses_moved(claim: Side, source: Side) -> bool:
    """Tell whether a claim is made of parallel clauses of one sentence of the source in another order, where order says nothing.

    Parallel are whole clauses of which each shares words with each other: 男生有12人，女生有15人. What only introduces
    another clause, a time or 据统计, has its place.
    """
    if tells_order(claim.text):
        return False
    ours = _clause_values(claim)
    theirs: dict[int, set[tuple[str, ...]]] = {}
    for (sentence, _), values in _clause_values(source).items():
        theirs.setdefault(sentence, set()).add(values)
    clauses = list(ours.values())
    parallel = all(len(set(one) & set(other)) >= _PARALLEL for one, other in combinations(clauses, 2))
    whole = any(set(clauses) <= held for held in theirs.values())
    return len(clauses) > 1 and parallel and whole and min(map(len, clauses)) > _PARALLEL + 1


def _clause_values(side: Side) -> dict[tuple[int, int], tuple[str, ...]]:
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for token in side.tokens:
        key = token.sentence, token.clause
        found[key] = (*found.get(key, ()), token.value)
    return found
