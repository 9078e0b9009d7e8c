"""What happens when something on the page is used; no Gradio here, so it is tested as plain functions."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.chat.answer import Answer
from assistant.chat.query import SPELLING
from assistant.llm.engine import StopSignal
from assistant.scorecard import scorecard
from ingest.document import Span
from ingest.errors import ZhujiaoError
from ui.conversation import Failure, TurnState, advance, fail, history_of, resolve
from ui.passage import Grow, Window, section_around, widen
from ui.render_frame import EXAMPLES, render_first, render_state
from ui.render_panel import render_panel
from ui.render_scores import render_scores
from ui.render_turn import render_turn
from ui.sessions import PanelState, Session, Sessions
from ui.stream import Ended, Pump

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assistant.chat.contracts import Assistant
    from ui.words import Words

# The assistant reads no more than this; longer questions are refused instead of cut.
QUESTION_LIMIT = 1_000
UPDATE_SECONDS = 0.1
_GROW: dict[str, Grow] = {"full": "full", "earlier": "earlier", "later": "later"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What changes on the page; None leaves a part as it is. `warning` is shown for a moment."""

    past: str | None = None
    live: str | None = None
    question: str | None = None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What the script of the page sends with a click: which tab, what, and of which turn."""

    tab: str = ""
    name: str = ""
    argument: str = ""


def parse_call(payload: str) -> Call:
    """Read what the script sends; anything else is an empty call, which does nothing."""
    try:
        data = json.loads(payload)
    except (ValueError, TypeError):
        return Call()
    if not isinstance(data, dict):
        return Call()
    return Call(*(str(data.get(key, ""))[:200] for key in ("tab", "name", "argument")))


class Handlers:
    """The page's handlers over one assistant; every call names its tab."""

    def __init__(self, assistant: Assistant, words: Words, home: Path) -> None:
        self._assistant = assistant
        self._home = home
        self._words = words
        self.sessions = Sessions()

    def opened(self, tab: str) -> tuple[Shown, str]:
        """Return the conversation of a reloaded tab or the first screen, and the state line."""
        session = self.sessions.get(tab)
        readiness = self._assistant.readiness()
        state = render_state(readiness, self._words)
        if session.stop is not None:
            session.ask_to_stop()
        with session.lock:
            turns = [turn for turn in session.turns if not turn.running]
        if not turns:
            return Shown(past="", live=render_first(readiness, self._words)), state
        return Shown(past=self._past(turns[:-1]), live=render_turn(turns[-1], self._words)), state

    def state(self) -> tuple[str, bool]:
        """Return the state line, and whether it may still change."""
        readiness = self._assistant.readiness()
        return render_state(readiness, self._words), not (readiness.search == readiness.model == "ready")

    def scores(self) -> str:
        """Return the scorecard as it is now; runs of other processes may have changed it."""
        return render_scores(scorecard(self._home), self._words)

    def ask(self, question: str, tab: str, connection: str = "") -> Iterator[Shown]:
        """Answer a question; yields the page as it changes."""
        text = question.strip()
        session = self.sessions.get(tab)
        if not text or session.stop is not None:
            return
        if len(text) > QUESTION_LIMIT:
            yield Shown(warning=self._words("ask.long", limit=QUESTION_LIMIT))
            return
        yield from self._run(session, text, connection, infer=False)

    def act(self, call: Call, connection: str = "") -> Iterator[Shown]:
        """Do what a button in the conversation says: example, choose, without, retry, infer, rephrase, new."""
        session = self.sessions.get(call.tab)
        if call.name == "new":
            session.clear()
            yield Shown(past="", live=render_first(self._assistant.readiness(), self._words), question="")
            return
        if session.stop is not None:
            return
        if call.name == "example" and call.argument in {str(n) for n in range(1, len(EXAMPLES) + 1)}:
            question = self._words(EXAMPLES[int(call.argument) - 1])
            yield from self._run(session, question, connection, infer=False)
            return
        number, _, detail = call.argument.partition(".")
        turn = next((turn for turn in session.turns if str(turn.number) == number), None)
        if turn is not None:
            yield from self._act_on(turn, call.name, detail, session, connection)

    def stop(self, tab: str) -> None:
        """Stop the running question of a tab."""
        self.sessions.get(tab).ask_to_stop()

    def open(self, call: Call) -> str | None:
        """Return the panel for a citation or card, or with more of its text; None when there is nothing to open."""
        session = self.sessions.get(call.tab)
        with session.lock:
            if call.name == "open":
                target = resolve(session.turns, call.argument)
                if target is None:
                    return None
                session.serial += 1
                session.panel = PanelState(target, Window(0, 0), session.serial)
            panel = session.panel
        if panel is None:
            return None
        view = self._assistant.view(panel.target.version_id)
        cited = panel.target.citation or panel.target.evidence
        if view is not None:
            if call.name == "open":
                panel.window = section_around(view, cited.span if cited else Span(0, 0))
            elif call.name in _GROW:
                panel.window = widen(view, panel.window, _GROW[call.name])
                panel.whole = True
        return render_panel(panel.target, view, panel.window, self._words, serial=panel.serial, whole=panel.whole)

    def _act_on(self, turn: TurnState, name: str, detail: str, session: Session, connection: str) -> Iterator[Shown]:
        if name == "rephrase":
            yield Shown(question=turn.question)
        elif name == "infer":
            yield from self._run(session, turn.question, connection, infer=True)
        elif name == "retry":
            yield from self._again(session, turn, turn, connection)
        elif name == "without" and _can_be_taken_away(turn, detail):
            yield from self._again(session, turn, replace(turn, without=turn.without | {detail}), connection)
        elif name == "choose" and turn.search is not None:
            offered = {str(index): text for index, text in enumerate(turn.search.choices)}
            if detail in offered:
                yield from self._run(session, offered[detail], connection, infer=False)

    def _past(self, turns: list[TurnState]) -> str:
        return "".join(render_turn(turn, self._words, last=False) for turn in turns)

    def _again(self, session: Session, old: TurnState, like: TurnState, connection: str) -> Iterator[Shown]:
        """Ask a turn's question anew, in its place."""
        with session.lock:
            session.turns = [other for other in session.turns if other is not old]
        yield from self._run(session, like.question, connection, infer=like.infer, without=like.without)

    def _run(
        self,
        session: Session,
        question: str,
        connection: str,
        *,
        infer: bool,
        without: frozenset[str] = frozenset(),
    ) -> Iterator[Shown]:
        stop = StopSignal()
        with session.lock:
            before = list(session.turns)
            turn = TurnState(session.next_number(), question, infer=infer, without=without)
            session.connection = connection
            session.begin(turn, stop)
        self.sessions.queue_up(stop)
        shown = render_turn(turn, self._words)
        try:
            yield Shown(past=self._past(before), live=shown, question="")
            events = self._assistant.ask(question, history_of(before), stop, infer=infer, without=without)
            for batch in Pump(events).batches(UPDATE_SECONDS):
                if isinstance(batch, Ended):
                    turn = self._ended(turn, batch.error)
                else:
                    for event in batch:
                        turn = advance(turn, event)
                turn = self._told_why(turn, stop)
                turn = replace(turn, stopping=stop.is_set() and turn.running, ahead=self._ahead(turn, stop))
                session.put(turn)
                if not turn.running:
                    # The next question may come as soon as this one's end is on the screen.
                    session.end(stop)
                html = render_turn(turn, self._words)
                if html != shown:
                    shown = html
                    yield Shown(live=html)
        finally:
            # Also reached when the tab is closed in the middle: the engine must become free for others.
            stop.set()
            self.sessions.leave_queue(stop)
            if turn.running:
                session.put(_given_up(turn))
            session.end(stop)

    def _ahead(self, turn: TurnState, ticket: StopSignal) -> int:
        return self.sessions.ahead_of(ticket) if turn.phase in {"searching", "reading"} else 0

    def _told_why(self, turn: TurnState, stop: StopSignal) -> TurnState:
        """Return a turn that nobody stopped, though it was stopped, with the reason: its time was over."""
        answer = turn.answer
        if answer is None or answer.status != "stopped" or answer.notice or stop.is_set():
            return turn
        return replace(turn, answer=replace(answer, notice=self._words("done.late")))

    def _ended(self, turn: TurnState, error: BaseException | None) -> TurnState:
        if isinstance(error, ZhujiaoError):
            return fail(turn, Failure(error.code, error.message, error.hint))
        if error is None and not turn.running:
            return turn
        _log.error("A question ended without an answer", exc_info=error)
        words = self._words
        return fail(turn, Failure("PG-09", words("error.unexpected"), words("error.unexpected.do")))


def _can_be_taken_away(turn: TurnState, name: str) -> bool:
    """Tell whether a turn shows a chip of this name."""
    search = turn.search
    return search is not None and name in {
        *(item.name for item in search.filters),
        *([SPELLING] if search.respelled else []),
    }


def _given_up(turn: TurnState) -> TurnState:
    """Return a turn whose page went away as a stopped one, with what was finished."""
    if turn.search is None:
        return fail(turn, Failure("PG-08", "", ""))
    answer = Answer("stopped", turn.search, turn.claims, prompt_hash="", model="")
    return advance(turn, answer)
