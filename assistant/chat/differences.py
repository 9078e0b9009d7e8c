"""Say what is wrong with a claim where it differs from the source it is laid along: numbers, units, names, polarity, limits."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from assistant.chat.align import Alignment, Edit
from assistant.chat.roles import left_out, turned_roles
from assistant.chat.sides import Fault, Side, around, both, flat, names, short, tells, with_unit
from assistant.chat.word_classes import denies, limit_fault, limits, opposite, same_words, unit, units_differ

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# An edit is widened by at most so many equal characters to whole words on either side.
_WIDEN = 4
_TITLE = re.compile(r"《([^》]+)》")
# Tags of verbs, adjectives and adverbs: a paraphrase may choose its own.
_DOING_TAGS = ("v", "a", "d")
# So much may stand beside a number that was changed, or in a clause's place.
_HEAD = 8
_TIME = re.compile(
    r"在?(?:公元前?)?(?:[\d一二三四五六七八九十〇零]+(?:年|月|日|号|时|点|分|世纪|年代)[初中末底]?)+[时後后]?"
)
_POINTER = re.compile(r"(?:他|她|它)们?|[本该此这那][\u4e00-\u9fff]?")
# A longer piece put in a name's place says something else, but is no other name for the same.
_BRIEF = 12


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
    yield from left_out(claim, source, alignment)
    role = turned_roles(claim, source, alignment)
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
    if figure or (said and held and (same_words(said, held) or flat(said) == flat(held))):
        return figure
    if said and held and opposite(said, held):
        return Fault(both(held, said), contradicts=True, words=(said,))
    # What the source says beside a claim's first and last words was not claimed.
    outer = edit.start == 0 or edit.end == len(claim.tokens)
    if not outer or denies(said) or limits(said):
        turned = _turned(edit, claim, source)
        if turned:
            return turned
    return _word_fault(edit, claim, source, known) if said else None


def _turned(edit: Edit, claim: Side, source: Side) -> Fault | None:
    """Compare negations and limits."""
    said, near = claim.said(edit.start, edit.end), _near(edit, claim, source)
    words = (said,) if said else ()
    told = f"资料里是“{around(source, edit.source_start, edit.source_end)}”"
    if denies(said) != denies(near):
        return Fault(f"{told}，肯定与否定和这句话不一致", contradicts=True, words=words)
    limit = limit_fault(said, near)
    if limit is None:
        return None
    contradicts = limit or bool(said and edit.source_start < edit.source_end)
    return Fault(f"{told}，范围或限度与这句话不一致", contradicts=contradicts, words=words)


def _figure_fault(edit: Edit, claim: Side, source: Side, known: str) -> Fault | None:
    said = [token for token in claim.tokens[edit.start : edit.end] if token.is_figure]
    held = [token for token in source.tokens[edit.source_start : edit.source_end] if token.is_figure]
    strange = Counter(token.value for token in said) - Counter(token.value for token in held)
    token = next((token for token in said if strange[token.value]), None)
    if token is None:
        return None
    shown = with_unit(claim, token)
    other = next((other for other in held if all(other.value != one.value for one in said)), None)
    if other and edit.end - edit.start <= len(said) + _HEAD:
        return Fault(both(with_unit(source, other), shown), contradicts=True, words=(shown,))
    if claim.text[token.start : token.end] == "一":
        return None
    pointed = source.said(edit.source_start, edit.source_end)
    if (
        edit.start == 0
        and (not pointed or _stands_for(pointed))
        and flat(claim.said(edit.start, edit.end)) in flat(known)
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
        shown = with_unit(claim, token)
        places = [
            at
            for at, other in enumerate(source.tokens)
            if at not in used and other.value == token.value and other.is_figure and with_unit(source, other) == shown
        ]
        if not any(source.tokens[at].clause in clauses or _time_alone(source, at, sentences) for at in places):
            return False
    return any(token.is_figure for token in claim.tokens[edit.start : edit.end])


def _time_alone(source: Side, at: int, sentences: set[int]) -> bool:
    """Tell whether a clause of the given sentences says only a time: 1974年9月3日."""
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
    ours = [(word, tag) for word, tag in claim.within(edit.start, edit.end) if tells(word)]
    theirs = [(word, tag) for word, tag in source.within(edit.source_start, edit.source_end) if tells(word)]
    new = [(word, tag) for word, tag in ours if word.lower() not in held.lower()]
    instead = [(word, tag) for word, tag in theirs if word.lower() not in said.lower()]
    if not new:
        return None
    strange = [word for word, _ in new if word.lower() not in known]
    if _stands_for(held) and flat(said) in flat(known):
        return None
    if instead and len(said) <= 3 * len(held) + 4:
        pairs = [(one, other) for one, _ in new for other, _ in instead]
        named = any(names(tag) for _, tag in new), any(names(tag) for _, tag in instead)
        if (any(named) or not strange) and not any(same_words(*pair) for pair in pairs):
            brief = max(len(said), len(held)) <= _BRIEF
            return Fault(both(short(held), short(said)), all(named) and brief, (said,))
        thing = any(not tag.startswith(_DOING_TAGS) for _, tag in (*new, *instead))
        if strange and thing and not any(_akin(*pair) for pair in pairs):
            return Fault(f"资料里是“{short(held)}”，没有“{short(said)}”", words=tuple(strange))
    name = next((word for word, tag in new if names(tag) and word in strange), None)
    return Fault(f"资料里没有“{name}”", words=(name,)) if name else None


def _stands_for(held: str) -> bool:
    """Tell whether words only point at what was named before: 它, 本站, 该书."""
    return bool(_POINTER.fullmatch(held))


def _akin(one: str, other: str) -> bool:
    return same_words(one, other) or bool(set(one) & set(other))


def _unit_faults(claim: Side, source: Side, alignment: Alignment) -> Iterator[Fault]:
    """Compare the units behind equal numbers, and whether they count (40页) or order (第40页)."""
    for one, other in alignment.pairs:
        ours, theirs = claim.tokens[one], source.tokens[other]
        if not ours.is_figure:
            continue
        units = units_differ(claim.text, ours.end, source.text, theirs.end)
        ordinal = claim.text[ours.start - 1 : ours.start] == "第", source.text[theirs.start - 1 : theirs.start] == "第"
        if units or (ordinal[0] != ordinal[1] and unit(claim.text, ours.end)):
            shown, held = with_unit(claim, ours), with_unit(source, theirs)
            yield Fault(both("第" * ordinal[1] + held, "第" * ordinal[0] + shown), bool(units), (shown,))


def quote_fault(claim: str, source: str) -> Fault | None:
    """Compare quotations of four characters or more, and titles in 《》, character by character, punctuation aside."""
    held = flat(source)
    for match in re.finditer(r"[“「『]([^”」』]{4,})[”」』]", claim):
        if flat(match[1]) not in held:
            return Fault(f"资料里没有“{match[1]}”这句原话", words=(match[1],))
    for title in _TITLE.findall(claim):
        if flat(title) not in held:
            return Fault(f"资料里没有《{title}》", words=(title,))
    return None


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
