"""Ingest runs that the page started: they belong to the server, so they go on when the tab that asked is closed."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ui.conversation import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ui.library_contracts import Json

Phase = Literal["queued", "running", "stopping", "done", "stopped", "failed"]
FINISHED: frozenset[Phase] = frozenset({"done", "stopped", "failed"})
# Reports that can still be looked at; each holds a row for every file of its run.
MOST_FINISHED = 5
# At the end of the server a run gets this long to finish its file; what is done is kept anyhow.
CLOSING_SECONDS = 60.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a run is; `seconds_left` was estimated at the moment `at` (seconds of the monotonic clock)."""

    files_done: int = 0
    files_total: int = 0
    chunks_done: int = 0
    chunks_total: int = 0
    current: str = ""
    chunks_per_second: float = 0.0
    seconds_left: float | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class JobState:
    """One run as it is shown: what is taken in, how far it is, and at the end what became of it."""

    number: int
    label: str
    phase: Phase = "queued"
    progress: JobProgress | None = None
    report: Json | None = None
    failure: Failure | None = None


@dataclass(slots=True)
class _Job:
    state: JobState
    paths: tuple[str, ...]
    consent: str
    stop: threading.Event = field(default_factory=threading.Event)


class IngestJobs:
    """Run ingests one after another, in the order they were asked for.

    Args:
        ingest: starts a run over paths with a consent and yields its events, as `Curator.ingest` does; it asks the
            third argument whether to stop.
        unexpected: what is told when a run ends without a report or an error of its own.

    """

    def __init__(
        self, ingest: Callable[[Sequence[str], str, Callable[[], bool]], Iterator[Json]], unexpected: Failure
    ) -> None:
        self._ingest = ingest
        self._unexpected = unexpected
        self._jobs: list[_Job] = []
        self._worker: threading.Thread | None = None
        self._lock = threading.RLock()
        self._counter = 0
        self._changes = 0
        # A page that outlives the server must not take a new run for one it has seen.
        self._token = secrets.token_hex(4)

    @property
    def revision(self) -> str:
        """Return what is different after every change."""
        return f"{self._token}-{self._changes}"

    def start(self, paths: Sequence[str], consent: str, label: str) -> int:
        """Queue a run and return its number."""
        with self._lock:
            self._counter += 1
            self._changes += 1
            self._jobs.append(_Job(JobState(self._counter, label), tuple(paths), consent))
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="ingest-jobs", daemon=True)
                self._worker.start()
            return self._counter

    def stop(self, number: int) -> None:
        """Stop a run: a queued one leaves the queue, a running one ends soon and reports what it did."""
        with self._lock:
            job = next((job for job in self._jobs if job.state.number == number), None)
            if job is None or job.state.phase in FINISHED:
                return
            job.stop.set()
            if job.state.phase == "queued":
                self._jobs.remove(job)
                self._changes += 1
            else:
                self._put(job, phase="stopping")

    def snapshot(self) -> tuple[str, tuple[JobState, ...]]:
        """Return the revision and all runs: unfinished ones in their order, then finished ones, the latest first."""
        with self._lock:
            states = [job.state for job in self._jobs]
            open_ones = [state for state in states if state.phase not in FINISHED]
            ended = [state for state in reversed(states) if state.phase in FINISHED]
            return self.revision, (*open_ones, *ended)

    def close(self) -> None:
        """Stop everything and wait for the running one to let go of the library."""
        with self._lock:
            numbers = [job.state.number for job in self._jobs]
            worker = self._worker
        for number in numbers:
            self.stop(number)
        if worker is not None:
            worker.join(CLOSING_SECONDS)

    def _work(self) -> None:
        while True:
            with self._lock:
                job = next((job for job in self._jobs if job.state.phase == "queued"), None)
                if job is None:
                    self._worker = None
                    return
                self._put(job, phase="running")
            try:
                self._run(job)
            except Exception:
                # Whatever happens in a run, the next one gets its turn and the page gets a sentence.
                log.exception("An ingest run ended unexpectedly")
                self._put(job, phase="failed", failure=self._unexpected)

    def _run(self, job: _Job) -> None:
        for event in self._ingest(job.paths, job.consent, job.stop.is_set):
            self._take(job, event)
        if job.state.phase not in FINISHED:
            if job.stop.is_set():
                self._put(job, phase="stopped")
            else:
                self._put(job, phase="failed", failure=self._unexpected)

    def _take(self, job: _Job, event: Json) -> None:
        if event["type"] == "report":
            self._put(job, phase="stopped" if event.get("cancelled") else "done", report=event)
        elif event["type"] == "error":
            self._put(job, phase="failed", failure=Failure(event["code"], event["message"], event["hint"]))
        else:
            self._put(job, progress=_progress(event))

    def _put(self, job: _Job, **changes: Any) -> None:  # noqa: ANN401  (the fields of JobState)
        with self._lock:
            job.state = replace(job.state, **changes)
            self._changes += 1
            ended = [other for other in self._jobs if other.state.phase in FINISHED]
            for oldest in ended[:-MOST_FINISHED]:
                self._jobs.remove(oldest)


def _progress(event: Json) -> JobProgress:
    left = event.get("seconds_left")
    return JobProgress(
        files_done=int(event.get("files_done", 0)),
        files_total=int(event.get("files_total", 0)),
        chunks_done=int(event.get("chunks_done", 0)),
        chunks_total=int(event.get("chunks_total", 0)),
        current=str(event.get("current", "")),
        chunks_per_second=float(event.get("chunks_per_second", 0.0)),
        seconds_left=None if left is None else float(left),
        at=time.monotonic(),
    )
