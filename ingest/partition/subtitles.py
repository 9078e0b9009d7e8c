"""Subtitles (.srt, .vtt, .ass, .ssa): cues merged into turns with the seconds at which they start and end."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.document import Element, Locator
from ingest.partition.failures import failure
from ingest.partition.turns import split_speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}.*")
_VOICE = re.compile(r"<v(?:\.[^\s>]{1,40})?\s+([^>]{1,40})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>|<\d[\d:.]{0,20}>|\{\\[^{}]{1,80}\}")
_EVENT_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_OVERRIDE = re.compile(r"\{[^{}]*\}")
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]\d?[^{}]*\}[^{]*")  # what follows \p1 are the points of a drawing
_ENDS = "。！？!?…."
LONGEST_GAP = 2.0  # seconds of silence after which the same speaker starts anew
LONGEST_TURN = 300  # characters; longer turns would hide where in the lesson a sentence stands


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float
    end: float
    speaker: str | None
    text: str


def read_subtitles(text: str) -> list[Element]:
    """Read the cues of SubRip, WebVTT or (Advanced) SubStation Alpha text, and the notes before the first of them.

    Raises:
        SourceError: IN-08 when no cue can be found.

    """
    cues = list(_cues(text)) or sorted(_events(text), key=lambda cue: cue.start)
    if not cues:
        raise failure("IN-08")
    return [*_notes(text), *(_element(turn) for turn in _turns(cues))]


def _notes(text: str) -> Iterator[Element]:
    """Yield what WebVTT notes say at the head: who teaches which class, and whether the recording was agreed to."""
    in_note = False
    for line in text.split("\n"):
        if _TIMING.fullmatch(line):
            return
        words = line.strip()
        if words == "NOTE" or words.startswith(("NOTE ", "NOTE\t")):
            in_note, words = True, words[4:].strip()
        in_note = in_note and bool(words or line.strip())
        if in_note and words:
            yield Element("text", words)


def _cues(text: str) -> Iterator[_Cue]:
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        timing = _TIMING.fullmatch(lines[index])
        index += 1
        if timing is None:
            continue
        spoken: list[str] = []
        while index < len(lines) and lines[index].strip() and not _TIMING.fullmatch(lines[index]):
            spoken.append(lines[index].strip())
            index += 1
        if index < len(lines) and spoken and spoken[-1].isdigit() and _TIMING.fullmatch(lines[index]):
            spoken.pop()  # the number of the next cue, without the blank line before it
        start, end = _seconds(timing.groups()[:4]), _seconds(timing.groups()[4:])
        yield from _spoken(" \n".join(spoken), start, max(start, end))


def _events(text: str) -> Iterator[_Cue]:
    """Read the dialogue lines of SubStation Alpha, whose order of fields each file states itself."""
    fields: tuple[str, ...] = _EVENT_FIELDS
    for line in text.split("\n"):
        kind, _, rest = line.strip().partition(":")
        if kind == "Format" and "text" in rest.casefold():
            fields = tuple(name.strip().casefold() for name in rest.split(","))
        if kind != "Dialogue":
            continue
        event = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
        start, end = (_TIMING.fullmatch(f"{event.get(name, '')} --> 0:0:0.0") for name in ("start", "end"))
        if start is None or end is None:
            continue
        begin, finish = _seconds(start.groups()[:4]), _seconds(end.groups()[:4])
        words = _OVERRIDE.sub("", _DRAWING.sub("", event.get("text", "")))
        words = re.sub(r"\\[Nn]", " \n", words.replace("\\h", " "))
        yield from _spoken(words, begin, max(begin, finish), event.get("name", "").strip() or None)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _spoken(raw: str, start: float, end: float, speaker: str | None = None) -> Iterator[_Cue]:
    voice = _VOICE.search(raw)
    current = _Cue(start, end, voice[1].strip() if voice else speaker, "")
    for line in raw.split("\n"):
        named, words = split_speaker(_TAG.sub("", line).strip())
        if named is not None:
            if current.text:
                yield current
            current = _Cue(start, end, named, words)
        else:
            current = replace(current, text=_join(current.text, words))
    if current.text:
        yield current


def _turns(cues: list[_Cue]) -> Iterator[_Cue]:
    turn = cues[0]
    for cue in cues[1:]:
        same = cue.speaker == turn.speaker or (turn.speaker is not None and cue.speaker is None)
        full = len(turn.text) + len(cue.text) > LONGEST_TURN
        pause = cue.start - turn.end > LONGEST_GAP
        # Without speakers a full stop is the only sign that somebody has finished.
        finished = turn.speaker is None and turn.text[-1] in _ENDS
        if same and not full and not pause and not finished:
            turn = replace(turn, text=_join(turn.text, cue.text), end=max(turn.end, cue.end))
            continue
        yield turn
        turn = cue
    yield turn


def _join(text: str, more: str) -> str:
    if not text or not more:
        return text or more
    return text + more if text[-1] > "\u2e7f" or more[0] > "\u2e7f" else f"{text} {more}"


def _element(turn: _Cue) -> Element:
    text = f"{turn.speaker}：{turn.text}" if turn.speaker else turn.text
    return Element("turn", text, Locator(start=turn.start, end=turn.end), speaker=turn.speaker)
