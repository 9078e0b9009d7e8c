"""What reads files for a run: in this process or in processes of its own, the same comes out."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest

from ingest.errors import SourceError
from ingest.readers import ReaderProcesses
from ingest.reading import Job, ReadersHere, Reading, job_of, job_row, reading_of, reading_row
from ingest.settings import IngestSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.reading import Readers

LESSON = "\n".join(["[00:00:05] 师：王小明，你来说。", "[00:00:09] 生（王小明）：面积是一片有多大。"] * 4)
PLAN = "# 长方形的面积\n\n## 教学目标\n\n会算面积，电话 13812345678。\n\n| 题 | 分 |\n|---|---|\n| 一 | 3 |\n"


@pytest.fixture(params=[ReadersHere, ReaderProcesses], ids=["here", "processes"])
def readers(request: pytest.FixtureRequest) -> Iterator[Readers]:
    with closing(request.param(IngestSettings(workers=2))) as opened:
        yield opened


def write(folder: Path, name: str, content: str | bytes) -> Job:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Job(path, path, None)


def test_jobs_come_back_in_their_order_whatever_becomes_of_them(readers: Readers, tmp_path: Path) -> None:
    jobs = [
        write(tmp_path, "三下_面积_课堂实录.txt", LESSON),
        write(tmp_path, "坏.docx", b"PK\x03\x04 broken"),
        write(tmp_path, "面积_教案.md", PLAN),
        *(write(tmp_path, f"{number}.txt", f"第{number}课讲面积。") for number in range(40)),
    ]
    found = list(readers.read(jobs))
    assert [job for job, _ in found] == jobs
    errors = [result.code for _, result in found if isinstance(result, SourceError)]
    assert errors == ["IN-08"]
    lesson, plan = found[0][1], found[2][1]
    assert isinstance(lesson, Reading)
    assert isinstance(plan, Reading)
    assert (lesson.is_recording, plan.is_recording) == (True, False)
    assert lesson.elements[1].locator.start == 9.0
    assert {fact.value for fact in lesson.private if fact.kind == "pupil"} == {"王小明"}
    assert [fact.value for fact in plan.private if fact.kind == "phone"] == ["13812345678"]
    assert plan.metadata.kind == "教案"
    assert found[-1][1].elements[0].text == "第39课讲面积。"  # type: ignore[union-attr]  # all of these are readings


def test_what_is_read_survives_the_way_between_processes(tmp_path: Path) -> None:
    job = write(tmp_path, "三下_面积_课堂实录.txt", LESSON)
    ((_, reading),) = ReadersHere(IngestSettings()).read([job])
    assert isinstance(reading, Reading)
    assert reading_of(reading_row(reading)) == reading
    assert job_of(job_row(job)) == job


def test_jobs_are_taken_a_bounded_number_ahead(readers: Readers, tmp_path: Path) -> None:
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for number in range(200):
            taken += 1
            yield write(tmp_path, f"{number}.txt", "讲面积。")

    reading = readers.read(jobs())
    next(reading)
    assert taken < 40
    reading.close()  # type: ignore[attr-defined]  # both are generators


# --- processes only -------------------------------------------------------------------------------------------


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "ingest.reader_process" in one.cmdline()]


@pytest.mark.skipif(os.name != "posix", reason="stops a process as a debugger does")
def test_a_file_that_takes_too_long_fails_alone(tmp_path: Path) -> None:
    jobs = [write(tmp_path, f"{number}.txt", "讲面积。") for number in range(3)]
    with closing(ReaderProcesses(IngestSettings(workers=1, max_seconds=0.5))) as readers:
        list(readers.read(jobs[:1]))
        (child,) = children()
        child.suspend()
        began = time.monotonic()
        late, well = (result for _, result in readers.read(jobs[1:]))
    assert isinstance(late, SourceError)
    assert late.code == "IN-21"
    assert isinstance(well, Reading)
    assert time.monotonic() - began < 30
    assert children() == []


def test_a_reader_that_is_killed_is_replaced(tmp_path: Path) -> None:
    jobs = [write(tmp_path, f"{number}.txt", "讲面积。") for number in range(60)]
    with closing(ReaderProcesses(IngestSettings(workers=1))) as readers:
        reading = readers.read(jobs)
        next(reading)
        (child,) = children()
        child.kill()
        results = [result for _, result in reading]
    failed = [result.code for result in results if isinstance(result, SourceError)]
    assert set(failed) <= {"IN-25"}
    assert len(failed) <= 1
    assert len(results) == 59


def test_no_process_is_left_when_the_readers_are_closed(tmp_path: Path) -> None:
    with closing(ReaderProcesses(IngestSettings(workers=2))) as readers:
        list(readers.read([write(tmp_path, f"{number}.txt", "讲面积。") for number in range(4)]))
        assert children() != []
    assert children() == []
