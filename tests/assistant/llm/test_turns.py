from __future__ import annotations

import threading
import time

from assistant.llm.engine import StopSignal
from assistant.llm.turns import Turns


def soon():
    return time.monotonic() + 5


def served(names, follow_ups=()):
    """Let the named owners queue up in this order while the turn is taken; return in which order they are let in.

    Owners of `follow_ups` ask once more as soon as they were served, as one question's second request does.
    """
    turns, order, threads = Turns(), [], []
    assert turns.enter(soon()) == "entered"

    def wait(name):
        for turn in range(2 if name in follow_ups else 1):
            assert turns.enter(soon(), owner=name) == "entered"
            order.append(f"{name}+" if turn else name)
            time.sleep(0.02)
            turns.leave()

    for name in names:
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        until = time.monotonic() + 5
        while len(turns._waiting) < len(threads) and time.monotonic() < until:
            time.sleep(0.001)
    turns.leave()
    for thread in threads:
        thread.join()
    return order


def test_first_come_first_served():
    assert served("abcd") == list("abcd")


def test_callers_without_a_name_are_each_their_own():
    turns = Turns()
    assert turns.enter(soon()) == "entered"
    assert turns.enter(soon() - 5) == "timeout"
    assert served(["", "", "a", ""]) == ["", "", "a", ""]


def test_who_asks_many_things_at_once_does_not_keep_others_waiting_for_all():
    assert served("aaaabbc") == list("abcabaa")


def test_one_after_the_other_is_the_order_of_coming():
    """Eight teachers with two requests a question, one after the other: each is served once in each round."""
    first = list("abcdefgh")
    order = served(first, follow_ups=first)
    assert order[:8] == first
    assert sorted(order[8:]) == [f"{name}+" for name in first]


def test_a_newcomer_is_served_between_an_owner_s_many():
    turns, order, threads = Turns(), [], []
    assert turns.enter(soon(), owner="a") == "entered"

    def wait(name):
        assert turns.enter(soon(), owner=name) == "entered"
        order.append(name)
        turns.leave()

    for name in "aaab":
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        until = time.monotonic() + 5
        while len(turns._waiting) < len(threads) and time.monotonic() < until:
            time.sleep(0.001)
    turns.leave()
    for thread in threads:
        thread.join()
    assert order == list("baaa")


def test_closing_sends_those_who_wait_away_and_not_who_is_inside():
    turns, entries = Turns(), []
    assert turns.enter(soon()) == "entered"
    threads = [threading.Thread(target=lambda: entries.append(turns.enter(soon()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    began = time.monotonic()
    turns.close()
    for thread in threads:
        thread.join()
    assert entries == ["cancelled"] * 3
    assert time.monotonic() - began < 2
    assert turns.enter(soon()) == "cancelled"
    assert not turns.enter_now()
    turns.leave()
    assert turns.enter(soon()) == "cancelled"
    assert turns.enter_now()


def test_waiting_ends_by_time_and_by_stop_and_leaves_no_gap():
    turns, stop = Turns(), StopSignal()
    turns.enter(soon())
    assert turns.enter(time.monotonic() + 0.05) == "timeout"
    threading.Timer(0.05, stop.set).start()
    assert turns.enter(soon(), stop) == "cancelled"
    assert not turns.enter_now()
    turns.leave()
    assert turns.enter_now()
