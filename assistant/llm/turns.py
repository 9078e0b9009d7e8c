"""Let one caller in at a time: first come first served, but nobody twice while another waits.

Callers that ask one thing after the other are served in the order they came. Who asks many things at once has them
taken one in each round, so that a newcomer waits for one of them and not for all.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from assistant.llm.engine import StopSignal

POLL_SECONDS = 0.05

Entry = Literal["entered", "timeout", "cancelled"]


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    """A place in the queue; of an owner's tickets each has a later round."""

    owner: str
    round: int


class Turns:
    """A lock with a fair queue; any thread may release it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._inside: _Ticket | None = None
        self._round = 0
        self._closed = False

    def enter(self, until: float, stop: StopSignal | None = None, owner: str = "") -> Entry:
        """Wait for the turn, at most until the monotonic time `until`, until `stop` is set or the queue is closed.

        Args:
            until: monotonic seconds.
            stop: ends the waiting as cancelled, as closing does.
            owner: whose turn it is; callers without a name are each their own.

        """
        with self._condition:
            ticket = _Ticket(owner, self._round_of(owner))
            self._waiting.append(ticket)
            try:
                while self._closed or self._inside is not None or self._first() is not ticket:
                    if self._closed or (stop is not None and stop.is_set()):
                        return "cancelled"
                    left = until - time.monotonic()
                    if left <= 0:
                        return "timeout"
                    self._condition.wait(min(left, POLL_SECONDS))
                self._inside, self._round = ticket, ticket.round
                return "entered"
            finally:
                self._waiting.remove(ticket)
                self._condition.notify_all()

    def enter_now(self) -> bool:
        """Take the turn if nobody has it, even of a closed queue; never waits."""
        with self._condition:
            if self._inside is not None:
                return False
            self._inside = _Ticket("", self._round)
            return True

    def leave(self) -> None:
        """End the turn and let the next caller in."""
        with self._condition:
            self._inside = None
            self._condition.notify_all()

    def close(self) -> None:
        """Send everyone who waits or comes later away; who is inside stays until leaving."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _round_of(self, owner: str) -> int:
        """Return this round, or the one after an owner's last ticket."""
        tickets = [*self._waiting, *([self._inside] if self._inside else [])]
        return max((ticket.round + 1 for ticket in tickets if owner and ticket.owner == owner), default=self._round)

    def _first(self) -> _Ticket:
        return min(self._waiting, key=lambda ticket: ticket.round)  # of equals the one that came first
