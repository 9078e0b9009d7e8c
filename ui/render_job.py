"""What the page says of ingest runs while they work: a card for each."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING

from ui.ingest_job import FINISHED
from ui.markup import attributes, button, esc
from ui.names import about

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.ingest_job import JobProgress, JobState
    from ui.words import Words


def render_jobs(revision: str, states: Sequence[JobState], now: float, words: Words) -> str:
    """Write a card for every run that is not finished.

    Args:
        revision: of the runs; the script sends it back to be told of changes only.
        states: as `IngestJobs.snapshot` gives them.
        now: seconds of the monotonic clock.
        words: the words of the page's language.

    """
    unfinished = [state for state in states if state.phase not in FINISHED]
    newest = next((state.number for state in states if state.phase in FINISHED), 0)
    cards = "".join(_card(state, ahead, now, words) for ahead, state in enumerate(unfinished))
    told = words("job.heading") if unfinished else ""
    return (
        f"<div{attributes(class_='jobs', data_revision=revision, data_newest=newest, data_working=bool(unfinished))}>"
        f'<p class="sr" role="status">{esc(told)}</p>{cards}</div>'
    )


def _card(state: JobState, ahead: int, now: float, words: Words) -> str:
    # The first in the queue is about to begin.
    is_queued = state.phase == "queued" and ahead > 0
    stop = button(
        esc(words("job.leave" if is_queued else "job.stop")),
        class_="act stop",
        data_stop=state.number,
        aria_label=words("job.stop.label", label=state.label),
        disabled=state.phase == "stopping",
    )
    heading = words("job.waiting" if is_queued else "job.heading")
    head = f'<header><div><h2>{esc(heading)}</h2><p class="what">{esc(state.label)}</p></div>{stop}</header>'
    if is_queued:
        return f'<article class="job">{head}<p class="soft">{esc(words("job.queued", count=ahead))}</p></article>'
    if state.progress is None:
        key = "job.stopping" if state.phase == "stopping" else "job.preparing"
        return f'<article class="job">{head}{_bar(None, words)}<p class="soft">{esc(words(key))}</p></article>'
    progress = state.progress
    figures = "".join(
        f"<div><dt>{esc(words(key))}</dt><dd>{esc(value)}</dd></div>" for key, value in _figures(progress, now, words)
    )
    line = _line(state, progress, words)
    return (
        f'<article class="job">{head}{_bar(_share(progress), words)}<dl class="figures">{figures}</dl>'
        f'<div class="now"><p class="soft current">{esc(line)}</p><p class="soft">{esc(words("job.stays"))}</p></div></article>'
    )


def _line(state: JobState, progress: JobProgress, words: Words) -> str:
    """Say what the run does at the moment."""
    if state.phase == "stopping":
        return words("job.stopping")
    if progress.current:
        return words("job.current", name=PurePath(progress.current).name)
    return words("job.indexing")


def _figures(progress: JobProgress, now: float, words: Words) -> list[tuple[str, str]]:
    speed = progress.chunks_per_second
    return [
        ("job.files", words("job.of", done=progress.files_done, total=progress.files_total)),
        ("job.chunks", words("job.of", done=progress.chunks_done, total=progress.chunks_total)),
        (
            "job.speed",
            words("job.speed.value", speed=f"{speed:.1f}" if speed < 10 else f"{speed:.0f}") if speed else "–",
        ),
        ("job.left", _left(progress, now, words)),
    ]


def _left(progress: JobProgress, now: float, words: Words) -> str:
    if progress.seconds_left is None or not math.isfinite(progress.seconds_left):
        return words("job.left.unknown")
    left = progress.seconds_left - max(now - progress.at, 0.0)
    return about(left, words) if left > 0 else words("job.left.longer")


def _share(progress: JobProgress) -> float:
    """Return how much of the work is done, as far as the files read so far tell."""
    if not progress.files_total:
        return 0.0
    read = progress.files_done / progress.files_total
    if not progress.chunks_total or not progress.files_done:
        return read
    return min(progress.chunks_done * read / progress.chunks_total, 1.0)


def _bar(share: float | None, words: Words) -> str:
    known = {} if share is None else {"aria_valuenow": round(share * 100)}
    label = attributes(role="progressbar", aria_label=words("job.bar"), aria_valuemin=0, aria_valuemax=100, **known)
    width = "" if share is None else attributes(style=f"--share:{share:.3f}")
    return f'<div class="track"{label}><i{width}></i></div>'
