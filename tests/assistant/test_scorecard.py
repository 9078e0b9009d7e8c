from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from assistant.scorecard import (
    BASELINES,
    LARGEST_BYTES,
    MEASURES,
    Figure,
    Machine,
    Record,
    read_record,
    records_folder,
    scorecard,
    worse,
)

if TYPE_CHECKING:
    from pathlib import Path

HERE, ELSEWHERE = Machine(cores=2, cpu="one"), Machine(cores=8, cpu="other")


def figure(value: float, **more: Any) -> Figure:
    return Figure.model_validate({"name": "f", "label": "说明", "value": value, "unit": "share", "cases": 100, **more})


def record(*figures: Figure, measure: str = "retrieval", machine: Machine = HERE) -> Record:
    return Record(
        measure=measure,
        date=datetime(2026, 11, 25, tzinfo=UTC),
        data="data",
        limit=0,
        seconds=1,
        machine=machine,
        version="0.1.0",
        commit="abc",
        figures=figures,
    )


def is_worse(now: Figure, before: Figure, machine: Machine = HERE) -> bool:
    return bool(worse(record(now), record(before, machine=machine)))


@pytest.mark.parametrize(
    ("now", "before", "answer"),
    [
        (figure(0.77), figure(0.78), False),  # exactly the tolerance
        (figure(0.769), figure(0.78), True),
        (figure(0.99), figure(0.78), False),
        (figure(0.06, better="lower"), figure(0.05, better="lower"), False),
        (figure(0.07, better="lower"), figure(0.05, better="lower"), True),
        (figure(0.70, cases=30), figure(0.78, cases=3000), False),  # chance explains it
        (figure(0.50, cases=30), figure(0.78, cases=3000), True),
        (figure(1.0, cases=3), figure(0.0, cases=3), False),
        (figure(0.9, cases=10), figure(1.0, cases=1000), False),
        (figure(0.5, tolerance=1.0), figure(0.9), False),
        (figure(2.0, unit="seconds", better="lower"), figure(1.0, unit="seconds", better="lower"), True),
        (figure(0.5, unit="seconds"), figure(0.9, unit="share"), False),  # not the same figure any more
    ],
)
def test_worse_is_more_than_tolerance_and_chance(now: Figure, before: Figure, *, answer: bool) -> None:
    assert is_worse(now, before) is answer


def test_seconds_are_compared_on_one_machine_only() -> None:
    slow, fast = (figure(value, unit="seconds", better="lower") for value in (2.0, 1.0))
    assert is_worse(slow, fast)
    assert not is_worse(slow, fast, ELSEWHERE)
    assert is_worse(figure(0.5), figure(0.9), ELSEWHERE)


def test_figures_that_only_one_has_are_not_compared() -> None:
    assert worse(record(figure(0.1)), None) == ()
    assert worse(record(figure(0.1)), record(figure(0.9, name="another"))) == ()


@pytest.mark.parametrize(
    ("value", "more", "answer"),
    [
        (0.78, {"aim": 0.78}, True),
        (0.77, {"aim": 0.78}, False),
        (0.05, {"aim": 0.05, "better": "lower"}, True),
        (0.06, {"aim": 0.05, "better": "lower"}, False),
        (0.0, {"aim": 0.0, "better": "lower"}, True),
        (0.5, {}, None),
    ],
)
def test_an_aim_is_a_bound_on_the_better_side(value: float, more: dict[str, Any], *, answer: bool | None) -> None:
    assert figure(value, **more).reaches_aim is answer


def test_every_measure_is_listed_with_what_is_known_of_it(tmp_path: Path) -> None:
    home, baselines = tmp_path / "home", tmp_path / "baselines"
    for folder in (records_folder(home), baselines):
        folder.mkdir(parents=True)
    mine, shipped = record(figure(0.5)), record(figure(0.6), measure="refusal")
    (records_folder(home) / "retrieval.json").write_text(mine.model_dump_json(), encoding="utf-8")
    (baselines / "refusal.json").write_text(shipped.model_dump_json(), encoding="utf-8")
    # A record under another measure's name is not that measure's.
    (baselines / "speed.json").write_text(mine.model_dump_json(), encoding="utf-8")
    entries = scorecard(home, baselines)
    assert tuple(entry.measure for entry in entries) == MEASURES
    assert {entry.measure: (entry.last, entry.baseline) for entry in entries if entry.last or entry.baseline} == {
        "retrieval": (mine, None),
        "refusal": (None, shipped),
    }


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"format": 2}',
        record(figure(0.5)).model_dump_json().replace("0.5", "NaN").encode(),
        record(figure(0.5)).model_dump_json().replace('"retrieval"', '"r", "cases": ["question"]').encode(),
        record(figure(0.5)).model_dump_json().replace("2026-11-25T00:00:00Z", "2026-11-25T00:00:00").encode(),
        b" " * LARGEST_BYTES + record(figure(0.5)).model_dump_json().encode(),
    ],
)
def test_a_record_that_is_none_is_left_out_and_logged(
    tmp_path: Path, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "retrieval.json"
    path.write_bytes(text)
    with caplog.at_level(logging.WARNING):
        assert read_record(path) is None
    assert "retrieval.json" in caplog.text
    assert read_record(tmp_path / "none.json") is None


def test_the_baselines_of_the_project_can_be_read_and_hold_no_texts() -> None:
    for path in BASELINES.glob("*.json"):
        found = read_record(path)
        assert found is not None, path
        assert found.measure == path.stem
        assert found.figures
