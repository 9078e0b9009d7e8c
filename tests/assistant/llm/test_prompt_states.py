from __future__ import annotations

import pytest

from assistant.llm.prompt_states import LEAST_FIXED, NOTHING, PromptState, PromptStates, reading_of

PROMPT = list(range(1000))


def state(tokens, size=10, fixed=0):
    return PromptState(reading_of(tokens, fixed).whole(), bytearray(size))


@pytest.mark.parametrize(
    ("count", "fixed", "cuts"),
    [
        (100, 0, ()),
        (128, 0, (128,)),
        (300, 0, (128, 256)),
        (300, LEAST_FIXED - 1, (128, 256)),
        (300, 100, (100, 228)),
        (500, 300, (128, 256, 300, 428)),
        (500, 256, (128, 256, 384)),
        (100, 100, (100,)),
    ],
)
def test_pieces(count, fixed, cuts):
    assert reading_of(PROMPT[:count], fixed).cuts == cuts


def test_only_whole_pieces_with_the_same_ends_are_shared():
    wanted = reading_of(PROMPT[:400])
    assert wanted.shared(reading_of(PROMPT[:400])) == 384
    assert wanted.shared(reading_of([*PROMPT[:255], 7, *PROMPT[256:400]])) == 128
    assert wanted.shared(reading_of(PROMPT[:127])) == 0
    assert wanted.shared(reading_of(PROMPT[:400], fixed=100)) == 0
    assert wanted.shared(reading_of(PROMPT[:400], fixed=200)) == 128
    assert wanted.shared(NOTHING) == 0


def test_one_token_is_always_left_to_read():
    assert reading_of(PROMPT[:256]).shared(reading_of(PROMPT[:400])) == 128
    assert reading_of(PROMPT[:256]).until(256).cuts == (128, 256)


def test_the_best_state_spares_most_and_is_the_smallest_of_equals():
    states = PromptStates(1000)
    states.keep(state([*PROMPT[:128], *range(5000, 5400)], size=90))
    states.keep(state(PROMPT[:128], size=10))
    found, spared = states.best(reading_of([*PROMPT[:200], 3]))
    assert (len(found.data), spared) == (10, 128)
    found, spared = states.best(reading_of([*PROMPT[:128], *range(5000, 5600)]))
    assert (len(found.data), spared) == (90, 512)
    assert states.best(reading_of([7] * 300)) is None


def test_the_bound_is_kept_and_what_was_used_last_stays():
    states = PromptStates(100)
    first, second, third = (state([number] * 200, size=40) for number in range(3))
    states.keep(first)
    states.keep(second)
    assert states.best(reading_of([0] * 300))[0] is first
    states.keep(third)
    assert [kept.reading.tokens[0] for kept in states] == [0, 2]
    states.keep(state([9] * 200, size=101))
    assert [kept.reading.tokens[0] for kept in states] == [0, 2]
    assert first.reading in states
    states.keep(state([5] * 200, size=40))
    assert [kept.reading.tokens[0] for kept in states] == [0, 5]
    states.drop(first.reading)
    assert first.reading not in states


def test_no_memory_keeps_nothing():
    states = PromptStates(0)
    states.keep(state(PROMPT))
    assert list(states) == []
