"""Every hostile or awkward file ends soon, as real text or as a reason in Chinese, and writes nothing anywhere."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ingest.settings import IngestSettings, load_settings
from tests.ingest.hostile.files import SPECS, Case, make, make_all
from tests.ingest.hostile.runner import Result, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.slow

SMALL = IngestSettings(max_file_mb=16, max_characters=300_000)
MOST_SECONDS = 15.0  # of processor time for one file; the slowest takes 3
QUICK = [one.id for one in SPECS if not one.slow]
LARGE = [one for one in SPECS if one.slow]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Case], dict[str, Result], str, bool]]:
    """All files but the large ones: cases and results by id, the console, and whether the files stayed as they were."""
    folder = tmp_path_factory.mktemp("hostile")
    cases = make_all(folder / "files", slow=False)
    before = _listing(folder / "files")
    results, console = _run_in_two(cases, folder)
    untouched = before == _listing(folder / "files")
    yield {case.id: case for case in cases}, results, console, untouched
    for case in cases:
        if case.path.is_dir():
            case.path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _run_in_two(cases: Sequence[Case], folder: Path) -> tuple[dict[str, Result], str]:
    """Read the files in two processes at once."""
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(lambda half: run(cases[half::2], SMALL, folder / f"work{half}"), (0, 1)))
    return halves[0][0] | halves[1][0], halves[0][1] + halves[1][1]


def _listing(folder: Path) -> list[tuple[str, int, int]]:
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            status = os.lstat(f"{place}/{name}")
            found.append((f"{place}/{name}", status.st_size, status.st_mtime_ns))
    return sorted(found)


def _judge(case: Case, result: Result) -> None:
    assert result.problems == ()
    assert result.outcomes <= case.expect
    assert bool(result.outcomes) == bool(case.expect)
    assert result.seconds < MOST_SECONDS


def test_there_are_enough_of_them_and_no_two_alike() -> None:
    assert len({one.id for one in SPECS}) == len(SPECS) >= 150


@pytest.mark.parametrize("name", QUICK)
def test_it_ends_as_it_should(quick: tuple[dict[str, Case], dict[str, Result], str, bool], name: str) -> None:
    cases, results, _, _ = quick
    if name not in cases:
        pytest.skip("this system cannot hold such a file")
    _judge(cases[name], results[name])


def test_nothing_is_said_on_the_console_and_no_file_is_touched(
    quick: tuple[dict[str, Case], dict[str, Result], str, bool],
) -> None:
    _, _, console, untouched = quick
    assert console == ""
    assert untouched


@pytest.mark.slow
@pytest.mark.parametrize("one", LARGE, ids=lambda one: one.id)
def test_large_files_end_as_they_should_within_the_ordinary_limits(one: object, tmp_path: Path) -> None:
    case = make(one, tmp_path / "files")
    assert case is not None
    results, console = run([case], IngestSettings(), tmp_path / "work")
    case.path.unlink()
    _judge(case, results[case.id])
    assert console == ""


def test_real_documents_end_as_text_or_with_a_reason(tmp_path: Path) -> None:
    named = {name: value for name, value in os.environ.items() if name == "ZHUJIAO_EVAL_DATA"}
    folder = load_settings(named).eval_data / "real_docs"
    if not folder.is_dir():
        pytest.skip(f"no real documents at {folder}")
    cases = [Case(path.name, path, frozenset(), "", slow=False) for path in sorted(folder.iterdir())]
    results, console = run(cases, IngestSettings(), tmp_path / "work")
    assert {name: result.problems for name, result in results.items() if result.problems} == {}
    assert all(len(result.outcomes) == 1 and result.seconds < MOST_SECONDS for result in results.values())
    assert console == ""
