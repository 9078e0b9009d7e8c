"""What reading a prompt left in the model, kept in memory: putting it back takes milliseconds, reading it seconds.

A prompt is read in pieces, and only whole pieces are used again (see `llama_binding`). Where the pieces end is part of
what was read: the same tokens in other pieces are other numbers.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_TOKENS = 128
LEAST_FIXED = 32  # a piece of its own costs about one token's time; below this many tokens it does not pay
STATE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """Tokens of a prompt, and the ends of the whole pieces they are read in, ascending."""

    tokens: tuple[int, ...]
    cuts: tuple[int, ...]

    def shared(self, other: Reading) -> int:
        """Return how many tokens at the beginning are whole pieces of both; one token of this prompt is always left."""
        same = 0
        for cut, others in zip(self.cuts, other.cuts, strict=False):
            if cut != others or cut >= len(self.tokens) or self.tokens[same:cut] != other.tokens[same:cut]:
                break
            same = cut
        return same

    def until(self, count: int) -> Reading:
        """Return the first `count` tokens and the pieces that are whole in them."""
        return Reading(self.tokens[:count], tuple(cut for cut in self.cuts if cut <= count))

    def whole(self) -> Reading:
        """Return only the whole pieces."""
        return self.until(self.cuts[-1] if self.cuts else 0)


NOTHING = Reading((), ())


def reading_of(tokens: list[int], fixed: int = 0) -> Reading:
    """Lay a prompt out in pieces of `PIECE_TOKENS`; its first `fixed` tokens, which other prompts share, end a piece."""
    if fixed < LEAST_FIXED:
        fixed = 0
    before = [*range(PIECE_TOKENS, fixed, PIECE_TOKENS), *([fixed] if fixed else [])]
    after = range(fixed + PIECE_TOKENS, len(tokens) + 1, PIECE_TOKENS)
    return Reading(tuple(tokens), (*before, *after))


@dataclass(frozen=True, slots=True)
class PromptState:
    """Whole pieces and the model's numbers for them, as llama.cpp writes them."""

    reading: Reading
    data: bytearray


class PromptStates:
    """The states used last, together at most `most_bytes`; not for several threads at once."""

    def __init__(self, most_bytes: int = STATE_BYTES) -> None:
        self._most = most_bytes
        self._states: OrderedDict[Reading, PromptState] = OrderedDict()

    def __iter__(self) -> Iterator[PromptState]:
        """Iterate from the state used longest ago."""
        return iter(self._states.values())

    def __contains__(self, reading: Reading) -> bool:
        """Return whether just this is kept, and count it as used."""
        if reading not in self._states:
            return False
        self._states.move_to_end(reading)
        return True

    def best(self, wanted: Reading) -> tuple[PromptState, int] | None:
        """Return the state that spares most of a prompt, and how many tokens; the smallest of equals."""
        spared = [(wanted.shared(state.reading), -len(state.data), state) for state in self]
        count, _, state = max(spared, key=lambda item: item[:2], default=(0, 0, None))
        if state is None or not count:
            return None
        self._states.move_to_end(state.reading)
        return state, count

    def keep(self, state: PromptState) -> None:
        """Keep a state, and let go of those used longest ago; one larger than everything is not kept."""
        self.drop(state.reading)
        if len(state.data) > self._most:
            return
        self._states[state.reading] = state
        while sum(len(kept.data) for kept in self) > self._most:
            self._states.popitem(last=False)

    def drop(self, reading: Reading) -> None:
        """Let go of a state that turned out to be unusable."""
        self._states.pop(reading, None)
