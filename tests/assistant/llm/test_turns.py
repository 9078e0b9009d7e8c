from __future__ import annotations

import threading
import time

from assistant.llm.engine import StopSignal
from assistant.llm.turns import Turns


def soon():
    return time.monotonic() + 5


def test_first_come_first_served():
    turns, order = Turns(), []
    assert turns.enter(soon()) == "entered"
    threads = []
    for number in range(4):

        def wait(number=number):
            assert turns.enter(soon()) == "entered"
            order.append(number)
            turns.leave()

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        time.sleep(0.03)
    turns.leave()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3]


def test_waiting_ends_by_time_and_by_stop_and_leaves_no_gap():
    turns, stop = Turns(), StopSignal()
    turns.enter(soon())
    assert turns.enter(time.monotonic() + 0.05) == "timeout"
    threading.Timer(0.05, stop.set).start()
    assert turns.enter(soon(), stop) == "cancelled"
    assert not turns.enter_now()
    turns.leave()
    assert turns.enter_now()
