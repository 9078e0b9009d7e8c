"""What each open tab is doing: its conversation, the running question and the open panel."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.llm.engine import StopSignal
    from ui.conversation import Target, TurnState
    from ui.passage import Window
    from ui.uploads import Upload

_TAB = re.compile(r"[0-9a-f-]{16,64}")
MOST_TABS = 200
MOST_TURNS = 100


@dataclass(slots=True)
class PanelState:
    """The passage on show, how much of its document is shown, and whether all of it was asked for."""

    target: Target
    window: Window
    serial: int
    whole: bool = False


@dataclass(slots=True)
class Session:
    """One tab's conversation and chosen files; its handlers may run at the same time, so changes hold the lock."""

    turns: list[TurnState] = field(default_factory=list)
    stop: StopSignal | None = None
    panel: PanelState | None = None
    connection: str = ""
    serial: int = 0
    counter: int = 0
    uploads: list[Upload] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def next_number(self) -> int:
        """Return a new turn number; numbers are never used twice, so an old button cannot open another turn's source."""
        self.counter += 1
        return self.counter

    def put(self, turn: TurnState) -> None:
        """Add a turn or replace its earlier state; the oldest go when there are too many.

        A turn of a conversation that was cleared meanwhile does not come back.
        """
        with self.lock:
            for index, known in enumerate(self.turns):
                if known.number == turn.number:
                    self.turns[index] = turn
                    return

    def begin(self, turn: TurnState, stop: StopSignal) -> None:
        """Start a question."""
        with self.lock:
            self.turns = [*self.turns, turn][-MOST_TURNS:]
            self.stop = stop

    def end(self, stop: StopSignal) -> None:
        """Note that the question with this signal no longer runs."""
        with self.lock:
            if self.stop is stop:
                self.stop = None

    def ask_to_stop(self) -> None:
        """Ask the running question to end; does nothing when none runs."""
        with self.lock:
            if self.stop is not None:
                self.stop.set()

    def clear(self) -> None:
        """Forget the conversation."""
        with self.lock:
            self.ask_to_stop()
            self.stop = None
            self.turns = []
            self.panel = None


class Sessions:
    """All tabs by the random name each gave itself; the ones not used longest are forgotten first."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._waiting: list[object] = []
        self._lock = threading.Lock()

    def get(self, tab: str) -> Session:
        """Return a tab's session, new for an unknown name; an unusable name gets one that is not kept."""
        if not _TAB.fullmatch(tab):
            return Session()
        with self._lock:
            session = self._sessions.pop(tab, None) or Session()
            self._sessions[tab] = session
            while len(self._sessions) > MOST_TABS:
                _, oldest = self._sessions.popitem(last=False)
                oldest.ask_to_stop()
            return session

    def disconnect(self, connection: str) -> None:
        """Stop what a closed tab was asking: nobody waits for it, and others may."""
        with self._lock:
            gone = [session for session in self._sessions.values() if session.connection == connection]
        for session in gone:
            session.ask_to_stop()

    def stop_all(self) -> None:
        """Stop every running question, at the end of the server."""
        with self._lock:
            everyone = list(self._sessions.values())
        for session in everyone:
            session.ask_to_stop()

    def queue_up(self, ticket: object) -> None:
        """Note that a question was sent."""
        with self._lock:
            self._waiting.append(ticket)

    def leave_queue(self, ticket: object) -> None:
        """Note that a question is finished."""
        with self._lock:
            self._waiting = [waiting for waiting in self._waiting if waiting is not ticket]

    def ahead_of(self, ticket: object) -> int:
        """Return how many questions sent before this one are not finished: one model answers them in turn."""
        with self._lock:
            for position, waiting in enumerate(self._waiting):
                if waiting is ticket:
                    return position
            return 0
