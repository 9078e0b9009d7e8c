"""Let one caller in at a time, first come first served, and let waiting end by time or by a stop."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from assistant.llm.engine import StopSignal

POLL_SECONDS = 0.05

Entry = Literal["entered", "timeout", "cancelled"]


class Turns:
    """A lock that serves its callers in the order they came; any thread may release it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._queue: deque[object] = deque()
        self._busy = False

    def enter(self, until: float, stop: StopSignal | None = None) -> Entry:
        """Wait for the turn, at most until the monotonic time `until` or until `stop` is set."""
        ticket = object()
        with self._condition:
            self._queue.append(ticket)
            try:
                while self._busy or self._queue[0] is not ticket:
                    if stop is not None and stop.is_set():
                        return "cancelled"
                    left = until - time.monotonic()
                    if left <= 0:
                        return "timeout"
                    self._condition.wait(min(left, POLL_SECONDS))
                self._busy = True
                return "entered"
            finally:
                self._queue.remove(ticket)
                self._condition.notify_all()

    def enter_now(self) -> bool:
        """Take the turn if nobody has it; never waits."""
        with self._condition:
            if self._busy:
                return False
            self._busy = True
            return True

    def leave(self) -> None:
        """End the turn and let the next caller in."""
        with self._condition:
            self._busy = False
            self._condition.notify_all()
