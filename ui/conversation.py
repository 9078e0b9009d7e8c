"""The state of a conversation: what one turn knows at a moment, and how an event changes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from assistant.chat.answer import Answer, Checked, Delta, Search, Turn

if TYPE_CHECKING:
    from assistant.chat.answer import Citation, Claim, Event, Evidence

Phase = Literal["searching", "reading", "writing", "done", "failed"]
HISTORY_TURNS = 6
_MARK = r"\[\d{1,2}\]|【\d{1,2}】"
_MARKS = re.compile(_MARK)
_NOISE = re.compile(_MARK + r"|[\s*#]")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, as it is told to the user."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class TurnState:
    """One question and what is known of its answer so far.

    `without` are the filters that the user took away. `pending` are words not yet checked; `ahead` counts questions of
    other tabs that are answered before this one.
    """

    number: int
    question: str
    infer: bool = False
    without: frozenset[str] = frozenset()
    phase: Phase = "searching"
    search: Search | None = None
    claims: tuple[Claim, ...] = ()
    pending: str = ""
    answer: Answer | None = None
    failure: Failure | None = None
    stopping: bool = False
    ahead: int = 0

    @property
    def running(self) -> bool:
        """Return whether more is to come."""
        return self.phase not in {"done", "failed"}


@dataclass(frozen=True, slots=True)
class Target:
    """What a citation button or a source card opens: one passage, and where given the cited sentence in it."""

    evidence: Evidence | None
    citation: Citation | None

    @property
    def version_id(self) -> str:
        """Return the version of the document to open."""
        cited = self.citation or self.evidence
        return cited.version_id if cited else ""


def advance(state: TurnState, event: Event) -> TurnState:
    """Return the turn after an event."""
    if isinstance(event, Search):
        return replace(state, phase="reading", search=event)
    if isinstance(event, Delta):
        return replace(state, phase="writing", pending=state.pending + event.text)
    if isinstance(event, Checked):
        if event.claim.quoted:
            return replace(state, claims=(*state.claims, event.claim))
        rest = without_sentence(state.pending, event.claim.text)
        return replace(state, phase="writing", claims=(*state.claims, event.claim), pending=rest)
    return replace(state, phase="done", search=event.search, claims=event.claims, pending="", answer=event, ahead=0)


def fail(state: TurnState, failure: Failure) -> TurnState:
    """Return the turn as ended by an error; finished sentences are kept, unchecked words are not."""
    return replace(state, phase="failed", failure=failure, pending="", ahead=0)


def without_sentence(pending: str, sentence: str) -> str:
    """Return the pending words after the sentence that was just checked.

    Markup and citation marks may be in one and not in the other, so they are not compared. Words before the sentence go
    too: they belong to one that was dropped. When the sentence is not found, as many characters as it has go.
    """
    wanted = _NOISE.sub("", sentence)
    solid, ends = _without_noise(pending)
    start = max(solid.rfind(wanted), 0)
    taken = min(start + len(wanted), len(solid))
    position = ends[taken - 1] if taken else 0
    while noise := _MARKS.match(pending, position):
        position = noise.end()
    return pending[position:]


def _without_noise(text: str) -> tuple[str, list[int]]:
    """Return the characters that are compared, and where in the text each of them ends."""
    solid, ends = [], []
    position = 0
    while position < len(text):
        if noise := _NOISE.match(text, position):
            position = noise.end()
            continue
        solid.append(text[position])
        position += 1
        ends.append(position)
    return "".join(solid), ends


def history_of(turns: list[TurnState]) -> tuple[Turn, ...]:
    """Return the last finished exchanges, as the next question sees them: it may go back to one that found nothing."""
    ended = [Turn(turn.question, turn.answer) for turn in turns if turn.answer is not None]
    return tuple(ended[-HISTORY_TURNS:])


_REFERENCE = re.compile(r"(\d{1,4})\.(?:e(\d{1,3})|c(\d{1,3})\.(\d{1,2}))")


def resolve(turns: list[TurnState], reference: str) -> Target | None:
    """Find what `3.e2` (turn 3, passage 2) or `3.c0.1` (its first sentence's second citation) opens.

    The page never names documents itself, so nothing but what an answer showed can be opened.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    turn = next((turn for turn in turns if turn.number == int(match[1])), None)
    if turn is None:
        return None
    passages = {item.number: item for item in turn.search.evidence} if turn.search else {}
    if match[2]:
        passage = passages.get(int(match[2]))
        return Target(passage, None) if passage else None
    claim, index = int(match[3]), int(match[4])
    if claim >= len(turn.claims) or index >= len(turn.claims[claim].citations):
        return None
    citation = turn.claims[claim].citations[index]
    return Target(passages.get(citation.number), citation)
