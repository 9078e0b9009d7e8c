"""Say what is wrong with a claim where it differs from the source it is laid along: numbers, units, names, polarity, roles."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from assistant.chat.align import Alignment, Edit
from assistant.chat.figures import Token, narrow, tokens
from assistant.chat.word_classes import (
    GLUE_WORDS,
    denies,
    limit_fault,
    limits,
    opposite,
    same_words,
    tells_order,
    unit,
    units_differ,
)
from ingest.lexical import tagged_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# An edit is widened by at most so many equal characters to whole words on either side.
_WIDEN = 4
_MARKS = re.compile(r"[，,、。；;：:！!？?\n]")
_TITLE = re.compile(r"《([^》]+)》")
# Tags of names: persons, places, organisations, other names, and what the dictionary does not know.
_NAME_TAGS = ("nr", "ns", "nt", "nz", "eng")
# Tags of verbs, adjectives and adverbs: a paraphrase may choose its own.
_DOING_TAGS = ("v", "a", "d")
# Pivots that put equals beside each other.
_EVEN = frozenset("是 为 即 和 与 同 跟 及 或 、 以及 等 并".split())
_HEAD = 8
_TIME = re.compile(
    r"在?(?:公元前?)?(?:[\d一二三四五六七八九十〇零]+(?:年|月|日|号|时|点|分|世纪|年代)[初中末底]?)+[时後后]?"
)
_POINTER = re.compile(r"(?:他|她|它)们?|[本该此这那][\u4e00-\u9fff]?")
# A longer piece put in a name's place says something else, but is no other name for the same.
_BRIEF = 12


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


def find_faults(claim: Side, source: Side, alignment: Alignment, known: str) -> Iterator[Fault]:
    """Yield every fault of an aligned claim.

    `known` is all that the passage says and what is known of its document, in lower case: a name that stands there
    may stand for a pronoun.
    """
    if not alignment.pairs:
        edit = Edit(0, len(claim.tokens), 0, 0)
        yield from filter(None, (_figure_fault(edit, claim, source, known), _word_fault(edit, claim, source, known)))
        return
    edits = [_whole_words(edit, claim, source, alignment) for edit in alignment.edits]
    for edit in edits:
        fault = _edit_fault(edit, claim, source, known)
        if fault and not fault.contradicts and _only_moved(edit, claim, source, alignment):
            continue
        if fault:
            yield fault
    yield from _unit_faults(claim, source, alignment)
    yield from _left_out(claim, source, alignment)
    role = _turned_roles(claim, source, alignment)
    if role:
        yield role


def _whole_words(edit: Edit, claim: Side, source: Side, alignment: Alignment) -> Edit:
    """Widen an edit to whole words, by characters both sides share: 北→南 of 北京 and 南京 becomes 北京→南京."""
    equal = set(alignment.pairs)
    start, end, other_start, other_end = edit.start, edit.end, edit.source_start, edit.source_end
    for _ in range(_WIDEN):
        before = (start - 1, other_start - 1) in equal and (
            _one_word(claim, start - 1, start, start < end)
            or _one_word(source, other_start - 1, other_start, other_start < other_end)
        )
        after = (end, other_end) in equal and (
            _one_word(claim, end - 1, end, start < end)
            or _one_word(source, other_end - 1, other_end, other_start < other_end)
        )
        if not before and not after:
            break
        start, other_start = start - before, other_start - before
        end, other_end = end + after, other_end + after
    return Edit(start, end, other_start, other_end)


def _one_word(side: Side, first: int, second: int, inside: bool) -> bool:  # noqa: FBT001
    joined = inside and side.word_of[first] == side.word_of[second]
    return joined and not side.tokens[first].is_figure and not side.tokens[second].is_figure


def _edit_fault(edit: Edit, claim: Side, source: Side, known: str) -> Fault | None:
    said, held = claim.said(edit.start, edit.end), source.said(edit.source_start, edit.source_end)
    figure = _figure_fault(edit, claim, source, known)
    if figure or not (said or held):
        return figure
    if said and held and (same_words(said, held) or _flat(said) == _flat(held)):
        return None
    if said and held and opposite(said, held):
        return Fault(_both(held, said), True, (said,))
    outer = edit.start == 0 or edit.end == len(claim.tokens)
    if outer and not denies(said) and not limits(said):
        # What the source says beside the claim's own words was not claimed.
        return _word_fault(edit, claim, source, known)
    near = _near(edit, claim, source)
    if denies(said) != denies(near):
        return Fault(
            f"资料里是“{_around(source, edit.source_start, edit.source_end)}”，肯定与否定和这句话不一致", True, (said,)
        )
    limit = limit_fault(said, near)
    if limit is not None:
        told = f"资料里是“{_around(source, edit.source_start, edit.source_end)}”，范围或限度与这句话不一致"
        return Fault(told, limit or bool(said and held), (said,) if said else ())
    return _word_fault(edit, claim, source, known) if said else None


def _figure_fault(edit: Edit, claim: Side, source: Side, known: str) -> Fault | None:
    said = [token for token in claim.tokens[edit.start : edit.end] if token.is_figure]
    held = [token for token in source.tokens[edit.source_start : edit.source_end] if token.is_figure]
    strange = Counter(token.value for token in said) - Counter(token.value for token in held)
    token = next((token for token in said if strange[token.value]), None)
    if token is None:
        return None
    shown = _with_unit(claim, token)
    other = next((other for other in held if all(other.value != one.value for one in said)), None)
    if other and edit.end - edit.start <= len(said) + _HEAD:
        return Fault(_both(_with_unit(source, other), shown), True, (shown,))
    if claim.text[token.start : token.end] == "一":
        return None
    pointed = source.said(edit.source_start, edit.source_end)
    if (
        edit.start == 0
        and (not pointed or _stands_for(pointed))
        and _flat(claim.said(edit.start, edit.end)) in _flat(known)
    ):
        return None  # a subject the source names elsewhere, number and all
    if shown.lower() in known:
        return Fault(f"资料里的“{shown}”说的不是这件事", words=(shown,))
    return Fault(f"资料里没有“{shown}”", words=(shown,))


def _only_moved(edit: Edit, claim: Side, source: Side, alignment: Alignment) -> bool:
    """Tell whether the figures of an edit stand in the same statement of the source, only elsewhere: 用8分钟导入, 导入用8分钟.

    The statement is the clause of the source that the claim's words beside the edit are of, or a time alone before it.
    """
    beside = [other for one, other in alignment.pairs if one in {edit.start - 1, edit.end}]
    used = {other for _, other in alignment.pairs}
    clauses = {source.tokens[other].clause for other in beside}
    sentences = {source.tokens[other].sentence for other in beside}
    for token in claim.tokens[edit.start : edit.end]:
        if not token.is_figure:
            continue
        shown = _with_unit(claim, token)
        places = [
            at
            for at, other in enumerate(source.tokens)
            if at not in used and other.value == token.value and other.is_figure and _with_unit(source, other) == shown
        ]
        if not any(source.tokens[at].clause in clauses or _time_alone(source, at, sentences) for at in places):
            return False
    return any(token.is_figure for token in claim.tokens[edit.start : edit.end])


def _time_alone(source: Side, at: int, sentences: set[int]) -> bool:
    """Tell whether a clause of the given sentences says only a time: 1974年9月3日，"""
    clause = [token for token in source.tokens if token.clause == source.tokens[at].clause]
    said = source.text[clause[0].start : clause[-1].end]
    return source.tokens[at].sentence in sentences and bool(_TIME.fullmatch(said))


def _near(edit: Edit, claim: Side, source: Side) -> str:
    """Return what the source has in an edit's place, without clauses that the claim passes over whole."""
    start, end = edit.source_start, edit.source_end
    if not 0 < edit.start <= edit.end < len(claim.tokens) or not 0 < start < end < len(source.tokens):
        return source.said(start, end)
    before, after = source.tokens[start - 1].clause, source.tokens[end].clause
    tail = start
    while tail < end and source.tokens[tail].clause == before:
        tail += 1
    head = end
    while head > tail and source.tokens[head - 1].clause == after:
        head -= 1
    goes_on = claim.tokens[edit.start - 1].clause == claim.tokens[edit.end].clause or before == after
    return (source.said(start, tail) if goes_on else "") + source.said(head, end)


def _word_fault(edit: Edit, claim: Side, source: Side, known: str) -> Fault | None:
    said, held = claim.said(edit.start, edit.end), source.said(edit.source_start, edit.source_end)
    ours = [(word, tag) for word, tag in claim.within(edit.start, edit.end) if _tells(word)]
    theirs = [(word, tag) for word, tag in source.within(edit.source_start, edit.source_end) if _tells(word)]
    new = [(word, tag) for word, tag in ours if word.lower() not in held.lower()]
    instead = [(word, tag) for word, tag in theirs if word.lower() not in said.lower()]
    if not new:
        return None
    strange = [word for word, _ in new if word.lower() not in known]
    if _stands_for(held) and _flat(said) in _flat(known):
        return None
    if instead and len(said) <= 3 * len(held) + 4:
        pairs = [(one, other) for one, _ in new for other, _ in instead]
        named = any(_names(tag) for _, tag in new), any(_names(tag) for _, tag in instead)
        if (any(named) or not strange) and not any(same_words(*pair) for pair in pairs):
            brief = max(len(said), len(held)) <= _BRIEF
            return Fault(_both(_short(held), _short(said)), all(named) and brief, (said,))
        thing = any(not tag.startswith(_DOING_TAGS) for _, tag in (*new, *instead))
        if strange and thing and not any(_akin(*pair) for pair in pairs):
            return Fault(f"资料里是“{_short(held)}”，没有“{_short(said)}”", words=tuple(strange))
    name = next((word for word, tag in new if _names(tag) and word in strange), None)
    return Fault(f"资料里没有“{name}”", words=(name,)) if name else None


def _stands_for(held: str) -> bool:
    """Tell whether words only point at what was named before: 它, 本站, 该书."""
    return bool(_POINTER.fullmatch(held))


def _akin(one: str, other: str) -> bool:
    return same_words(one, other) or bool(set(one) & set(other))


def _tells(word: str) -> bool:
    return word not in GLUE_WORDS and bool(re.search(r"\w", word)) and not word.isdigit()


def _names(tag: str) -> bool:
    return tag.startswith(_NAME_TAGS)


def _unit_faults(claim: Side, source: Side, alignment: Alignment) -> Iterator[Fault]:
    """Compare the units behind equal numbers, and whether they count (40页) or order (第40页)."""
    for one, other in alignment.pairs:
        ours, theirs = claim.tokens[one], source.tokens[other]
        if not ours.is_figure:
            continue
        units = units_differ(claim.text, ours.end, source.text, theirs.end)
        ordinal = claim.text[ours.start - 1 : ours.start] == "第", source.text[theirs.start - 1 : theirs.start] == "第"
        if units or (ordinal[0] != ordinal[1] and unit(claim.text, ours.end)):
            shown, held = _with_unit(claim, ours), _with_unit(source, theirs)
            yield Fault(_both("第" * ordinal[1] + held, "第" * ordinal[0] + shown), bool(units), (shown,))


def _left_out(claim: Side, source: Side, alignment: Alignment) -> Iterator[Fault]:
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
    shown = _around(source, max(start, end - _HEAD), end)
    if denies(head):
        return Fault(f"资料里是“{shown}”，肯定与否定和这句话不一致", contradicts=True)
    tail = source.said(max(start, end - 3), end)
    if limit_fault("", tail) is not None:
        return Fault(f"资料里是“{shown}”，范围或限度与这句话不一致")
    subjects = [
        word
        for word, tag in source.within(start, end)
        if _tells(word) and (_names(tag) or tag in {"n", "r", "m"}) and word not in claim.text
    ]
    if subjects and inner:
        return Fault(f"资料里这里说的是“{_short(source.said(start, end))}”")
    return None


def _turned_roles(claim: Side, source: Side, alignment: Alignment) -> Fault | None:
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
        before = [one for one in placed[:middle] if one[1] > at and _tells(one[0])]
        after = [one for one in placed[middle + 1 :] if one[1] < at and _tells(one[0])]
        for left, right in product(before[-2:], after[:2]) if pivot not in _EVEN else ():
            together = clause in {left[2], right[2]}
            near = not _MARKS.search(text[right[1] : at]) or not _MARKS.search(text[at : left[1]])
            if together and near:
                told = _short(text[right[1] : left[1] + len(left[0])])
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
                return Fault(f"资料里“{behind}”前面是“{first}”，这句话写“{second}”", True, (second,))
    return None


def _behind(words: list[tuple[str, str]]) -> dict[str, str]:
    """Return each name that is said once with the word behind it."""
    counts = Counter(word for word, _ in words)
    following = [word for word, _ in words[1:]] + [""]
    return {
        word: after for (word, tag), after in zip(words, following, strict=True) if _names(tag) and counts[word] == 1
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
        if _MARKS.fullmatch(word):
            yield clause
            clause = []
        elif re.search(r"\w", word) and word != "的":
            clause.append(word)
    yield clause


def quote_fault(claim: str, source: str) -> Fault | None:
    """Compare quotations of four characters or more, and titles in 《》, character by character, punctuation aside."""
    flat = _flat(source)
    for match in re.finditer(r"[“「『]([^”」』]{4,})[”」』]", claim):
        if _flat(match[1]) not in flat:
            return Fault(f"资料里没有“{match[1]}”这句原话", words=(match[1],))
    for title in _TITLE.findall(claim):
        if _flat(title) not in flat:
            return Fault(f"资料里没有《{title}》", words=(title,))
    return None


def _flat(text: str) -> str:
    return re.sub(r"\W|_", "", narrow(text).lower())


def _with_unit(side: Side, token: Token) -> str:
    return side.text[token.start : token.end] + unit(side.text, token.end)


def _around(side: Side, start: int, end: int) -> str:
    """Return a range of tokens with the words beside it, so that a teacher sees what is meant."""
    first, last = max(0, start - 4), min(len(side.tokens), end + 4)
    return _short(side.said(first, last), 24)


def _both(held: str, said: str) -> str:
    return f"资料里是“{held}”，这句话写“{said}”"


def _short(text: str, length: int = 20) -> str:
    return text if len(text) <= length else text[:length] + "…"


def clauses_moved(claim: Side, source: Side) -> bool:
    """Tell whether a claim is made of whole clauses of one sentence of the source, in another order where order says nothing."""
    if tells_order(claim.text):
        return False
    ours = _clause_values(claim)
    theirs: dict[int, set[tuple[str, ...]]] = {}
    for (sentence, _), values in _clause_values(source).items():
        theirs.setdefault(sentence, set()).add(values)
    return len(ours) > 1 and any(set(ours.values()) <= clauses for clauses in theirs.values())


def _clause_values(side: Side) -> dict[tuple[int, int], tuple[str, ...]]:
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for token in side.tokens:
        key = token.sentence, token.clause
        found[key] = (*found.get(key, ()), token.value)
    return found


def unmatched_clauses(claim: Side, alignment: Alignment, least: int) -> Sequence[tuple[int, int]]:
    """Return the token ranges of clauses of at least so many tokens of which less than half stands where the claim was laid.

    A clause within the claim in whose place the source has one of its own was put there instead, and is not returned.
    """
    source_of = dict(alignment.pairs)
    ranges: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(claim.tokens) + 1):
        if end < len(claim.tokens) and claim.tokens[end].clause == claim.tokens[start].clause:
            continue
        share = sum(at in source_of for at in range(start, end)) / (end - start)
        before = [other for one, other in alignment.pairs if one < start]
        after = [other for one, other in alignment.pairs if one >= end]
        instead = before and after and after[0] - before[-1] > _HEAD // 2
        if end - start >= least and share < 0.5 and not instead:
            ranges.append((start, end))
        start = end
    return ranges
