"""Lay a claim along its source: which tokens are the same, and what stands between them on either side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.figures import Token

# Gains and costs of the alignment. Passing over words of the source is cheap, a sentence may leave things out; a word the
# source does not have costs more; a number stands for a number.
_SAME, _SAME_FIGURE = 2.0, 3.0
_OTHER, _OTHER_FIGURE, _UNLIKE = -1.0, -0.4, -2.5
_OPEN, _SKIP, _ADD = -1.2, -0.06, -0.4
_NEVER = float("-inf")
_STEP, _ADDED, _SKIPPED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Edit:
    """Where claim and source differ: claim tokens `start`–`end` stand where the source has `source_start`–`source_end`."""

    start: int
    end: int
    source_start: int
    source_end: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of equal tokens (claim, source) in rising order, and the edits between them."""

    pairs: tuple[tuple[int, int], ...]
    edits: tuple[Edit, ...]


def align(claim: Sequence[Token], source: Sequence[Token]) -> Alignment:
    """Return the best alignment of the whole claim with any part of the source.

    Affine gaps; the source's beginning and end are free. Time and space grow with the product of both lengths.
    """
    steps = _table(claim, source)
    return _edits(_pairs(claim, source, steps), claim, source)


def _gain(one: Token, other: Token) -> float:
    if one.value == other.value and one.is_figure == other.is_figure:
        return _SAME_FIGURE if one.is_figure else _SAME
    if one.is_figure != other.is_figure:
        return _UNLIKE
    return _OTHER_FIGURE if one.is_figure else _OTHER


def _table(claim: Sequence[Token], source: Sequence[Token]) -> tuple[list[list[tuple[int, int, int]]], int, int]:
    """Return for each cell from which state its best step, addition and skip came, and where the best path ends."""
    width = len(source) + 1
    step, added, skipped = [0.0] * width, [_NEVER] * width, [_NEVER] * width
    came: list[list[tuple[int, int, int]]] = [[(_STEP, _STEP, _STEP)] * width]
    for one in claim:
        new_step, new_added, new_skipped = [_NEVER] * width, [_NEVER] * width, [_NEVER] * width
        origins = [(_STEP, _STEP, _STEP)] * width
        for column in range(width):
            opened, longer = max(step[column], skipped[column]) + _OPEN, added[column] + _ADD
            new_added[column] = max(opened, longer)
            from_added = _ADDED if longer > opened else _STEP if step[column] >= skipped[column] else _SKIPPED
            from_step = from_skipped = _STEP
            if column:
                before = (step[column - 1], added[column - 1], skipped[column - 1])
                from_step = before.index(max(before))
                new_step[column] = before[from_step] + _gain(one, source[column - 1])
                left = (new_step[column - 1] + _OPEN, new_added[column - 1] + _OPEN, new_skipped[column - 1] + _SKIP)
                from_skipped = left.index(max(left))
                new_skipped[column] = left[from_skipped]
            origins[column] = (from_step, from_added, from_skipped)
        came.append(origins)
        step, added, skipped = new_step, new_added, new_skipped
    best = max(((max(step[c], added[c]), -c) for c in range(width)), default=(0.0, 0))
    column = -best[1]
    return came, column, _STEP if step[column] >= added[column] else _ADDED


def _pairs(
    claim: Sequence[Token], source: Sequence[Token], table: tuple[list[list[tuple[int, int, int]]], int, int]
) -> tuple[tuple[int, int], ...]:
    came, column, state = table
    row, pairs = len(claim), []
    while row:
        origin = came[row][column][state]
        if state == _STEP:
            row, column = row - 1, column - 1
            one, other = claim[row], source[column]
            if one.value == other.value and one.is_figure == other.is_figure:
                pairs.append((row, column))
        elif state == _ADDED:
            row -= 1
        else:
            column -= 1
        state = origin
    return _close(pairs[::-1], source)


def _close(pairs: list[tuple[int, int]], source: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Put each gap of the source, where equal words stand on both its sides, so that it begins with a clause.

    3.5公里[，宽2.6公里]，属 and not 3.5[公里，宽2.6]公里，属: first as far to the front as it goes, then back to the next clause.
    """
    for at in range(len(pairs) - 2, -1, -1):
        (one, other), (next_one, next_other) = pairs[at], pairs[at + 1]
        if next_one == one + 1 and next_other > other + 1 and _gain(source[other], source[next_other - 1]) > 0:
            pairs[at] = one, next_other - 1
    for at in range(1, len(pairs)):
        (one, other), (next_one, next_other) = pairs[at - 1], pairs[at]
        near = other + 1
        inside = near < next_other and source[near].clause == source[other].clause
        if next_one == one + 1 and inside and _gain(source[near], source[next_other]) > 0:
            pairs[at] = next_one, near
    return tuple(pairs)


def _edits(pairs: tuple[tuple[int, int], ...], claim: Sequence[Token], source: Sequence[Token]) -> Alignment:
    size = len(claim)
    if not pairs:
        return Alignment((), (Edit(0, size, 0, 0),) if size else ())
    edits: list[Edit] = []
    first, last = pairs[0], pairs[-1]
    if first[0]:
        begins = claim[first[0] - 1].clause != claim[first[0]].clause
        edits.append(Edit(0, first[0], _reach(source, first[1], -1, first[0], crossing=begins), first[1]))
    for (one, other), (next_one, next_other) in pairwise(pairs):
        if next_one > one + 1 or next_other > other + 1:
            edits.append(Edit(one + 1, next_one, other + 1, next_other))
    if last[0] + 1 < size:
        ends = claim[last[0]].clause != claim[last[0] + 1].clause
        end = _reach(source, last[1], 1, size - last[0] - 1, crossing=ends)
        edits.append(Edit(last[0] + 1, size, last[1] + 1, end + 1))
    return Alignment(pairs, tuple(edits))


def _reach(source: Sequence[Token], anchor: int, step: int, length: int, *, crossing: bool) -> int:
    """Return how far the source's own words stand beside an anchor: at most so many tokens of one clause.

    It is the anchor's clause, or the next one when the claim too has a mark there (`crossing`); never another sentence.
    """
    at = anchor
    while abs(at - anchor) < length and 0 <= at + step < len(source):
        near, far = source[at], source[at + step]
        if far.sentence != near.sentence or (far.clause != near.clause) != (crossing and at == anchor):
            break
        at += step
    return at
