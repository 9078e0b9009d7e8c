from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.curator import FakeCurator, refused
from ui.conversation import Failure
from ui.ingest_job import FINISHED, MOST_FINISHED, IngestJobs, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

UNEXPECTED = Failure("PG-10", "意外。", "再试。")


def jobs_over(fake: FakeCurator) -> IngestJobs:
    return IngestJobs(
        lambda paths, consent, stopped: fake.ingest(paths, anew=False, consent=consent, stopped=stopped), UNEXPECTED
    )


def wait(jobs: IngestJobs, wanted: Callable[[tuple[JobState, ...]], bool], seconds: float = 10) -> tuple[JobState, ...]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        states = jobs.snapshot()[1]
        if wanted(states):
            return states
        time.sleep(0.005)
    raise AssertionError([state.phase for state in jobs.snapshot()[1]])


def ended(states: tuple[JobState, ...]) -> bool:
    return all(state.phase in FINISHED for state in states)


def test_a_run_reports_and_its_progress_is_seen() -> None:
    fake = FakeCurator(step_seconds=0.01)
    jobs = jobs_over(fake)
    number = jobs.start(["/a"], "2025 家长同意", "a")
    running = wait(jobs, lambda states: states[0].progress is not None and states[0].progress.files_done > 3)[0]
    assert (running.number, running.phase, running.label) == (number, "running", "a")
    assert running.progress is not None
    assert running.progress.files_total == 15
    done = wait(jobs, ended)[0]
    assert done.phase == "done"
    assert done.report is not None
    assert done.report["failed"] == 3
    assert fake.asked == [(["/a"], "2025 家长同意")]


def test_every_change_has_a_revision_of_its_own() -> None:
    jobs = jobs_over(FakeCurator())
    before = jobs.revision
    jobs.start(["/a"], "", "a")
    assert jobs.revision != before
    wait(jobs, ended)
    after = jobs.revision
    assert after != before
    assert jobs.snapshot()[0] == after
    assert jobs_over(FakeCurator()).revision.split("-")[0] != after.split("-")[0]


def test_a_stopped_run_reports_what_it_did_and_the_next_one_goes() -> None:
    fake = FakeCurator(step_seconds=0.02)
    jobs = jobs_over(fake)
    first = jobs.start(["/a"], "", "a")
    jobs.start(["/b"], "", "b")
    wait(jobs, lambda states: states[0].progress is not None)
    jobs.stop(first)
    assert jobs.snapshot()[1][0].phase == "stopping"
    fake.step_seconds = 0
    states = wait(jobs, ended)
    assert [(state.label, state.phase) for state in states] == [("b", "done"), ("a", "stopped")]
    assert fake.stopped == 1
    assert states[1].progress is not None
    assert 0 < states[1].progress.files_done < 15
    assert states[1].report is not None
    assert len(states[1].report["files"]) == states[1].progress.files_done


def test_a_queued_run_leaves_the_queue_at_once() -> None:
    fake = FakeCurator(step_seconds=0.02)
    jobs = jobs_over(fake)
    jobs.start(["/a"], "", "a")
    second = jobs.start(["/b"], "", "b")
    wait(jobs, lambda states: states[0].phase == "running")
    assert [state.phase for state in jobs.snapshot()[1]] == ["running", "queued"]
    jobs.stop(second)
    assert [state.label for state in jobs.snapshot()[1]] == ["a"]
    fake.step_seconds = 0
    wait(jobs, ended)
    assert [paths for paths, _ in fake.asked] == [["/a"]]


def test_runs_take_turns_in_the_order_they_came() -> None:
    running: list[str] = []
    most = [0]

    def ingest(paths: Sequence[str], consent: str, stopped: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        running.append(paths[0])
        most[0] = max(most[0], len(running))
        time.sleep(0.01)
        yield {"type": "error", "code": "LB-03", "message": paths[0], "hint": ""}
        running.remove(paths[0])

    jobs = IngestJobs(ingest, UNEXPECTED)
    for n in range(4):
        jobs.start([str(n)], "", str(n))
    states = wait(jobs, ended)
    assert most == [1]
    assert [state.failure.message for state in states if state.failure] == ["3", "2", "1", "0"]


def test_a_run_that_breaks_off_says_so_and_stops_no_other() -> None:
    fake = FakeCurator(crash=True)
    jobs = jobs_over(fake)
    jobs.start(["/a"], "", "a")
    assert wait(jobs, ended)[0].failure == UNEXPECTED
    fake.crash = False
    jobs.start(["/b"], "", "b")
    assert wait(jobs, ended)[0].phase == "done"


def test_a_run_without_an_end_counts_as_broken_off() -> None:
    jobs = IngestJobs(lambda paths, consent, stopped: iter([{"type": "progress"}]), UNEXPECTED)
    jobs.start(["/a"], "", "a")
    assert wait(jobs, ended)[0].failure == UNEXPECTED


def test_an_error_of_the_library_is_told_in_its_words() -> None:
    error = {"type": "error", "code": "LB-03", "message": "存不下。", "hint": "腾出空间。"}
    jobs = IngestJobs(lambda paths, consent, stopped: iter([error]), UNEXPECTED)
    jobs.start(["/a"], "", "a")
    assert wait(jobs, ended)[0].failure == Failure("LB-03", "存不下。", "腾出空间。")


def test_only_the_last_reports_are_kept() -> None:
    jobs = jobs_over(FakeCurator(rows=[refused("/a.docx", "IN-01")]))
    for n in range(MOST_FINISHED + 3):
        jobs.start([str(n)], "", str(n))
    states = wait(jobs, ended)
    assert [state.label for state in states] == [str(n) for n in reversed(range(3, MOST_FINISHED + 3))]


def test_stopping_what_is_over_or_unknown_does_nothing() -> None:
    jobs = jobs_over(FakeCurator())
    number = jobs.start(["/a"], "", "a")
    before = wait(jobs, ended)
    jobs.stop(number)
    jobs.stop(99)
    assert jobs.snapshot()[1] == before


def test_close_stops_all_and_waits() -> None:
    fake = FakeCurator(step_seconds=0.02)
    jobs = jobs_over(fake)
    for name in "abc":
        jobs.start([name], "", name)
    wait(jobs, lambda states: states[0].progress is not None)
    jobs.close()
    assert fake.stopped == 1
    assert [state.phase for state in jobs.snapshot()[1]] == ["stopped"]
    assert not [thread for thread in threading.enumerate() if thread.name == "ingest-jobs"]


@pytest.mark.parametrize("event", [{}, {"seconds_left": None}, {"seconds_left": 5}])
def test_progress_may_leave_things_out(event: dict[str, Any]) -> None:
    def ingest(paths: Sequence[str], consent: str, stopped: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        yield {"type": "progress", **event}
        yield {"type": "error", "code": "X", "message": "", "hint": ""}

    jobs = IngestJobs(ingest, UNEXPECTED)
    jobs.start(["/a"], "", "a")
    progress = wait(jobs, ended)[0].progress
    assert progress is not None
    assert progress.seconds_left == event.get("seconds_left")
