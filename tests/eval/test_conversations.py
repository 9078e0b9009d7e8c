"""Teachers who ask at once each get their answers, and what goes wrong is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eval.conversations import Log, hold, resident_mib, summary
from tests.fakes.local import FOUND, OFF_TOPIC, local_assistant

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.settings import Settings


def test_every_teacher_is_answered(settings: Settings, tmp_path: Path) -> None:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        log = hold(assistant, [FOUND, OFF_TOPIC] * 4, 0.5, teachers=4)
    found = summary(log)
    assert log.errors == []
    assert {row["teacher"] for row in log.rows} == {0, 1, 2, 3}
    assert found["questions"] == len(log.rows) >= 4
    assert found["fewest_of_a_teacher"] >= 1
    assert all(row["wait"] <= row["whole"] for row in log.rows)
    assert found["memory_start_mib"] == pytest.approx(resident_mib(), rel=0.5)


def test_errors_are_counted_and_the_teacher_goes_on(settings: Settings, tmp_path: Path) -> None:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        engine = assistant.engine.get()
        assert engine is not None
        engine.close()
        log = hold(assistant, [FOUND], 0.3, teachers=1)
    assert len(log.errors) > 1


def row(teacher: int, wait: float) -> dict[str, float]:
    return {"teacher": teacher, "sources": 0.1, "first": 0.2, "wait": wait, "whole": wait + 1}


def test_one_wait_of_more_than_twice_the_mean_is_unfair() -> None:
    assert summary(Log(rows=[row(0, 10.0), row(1, 12.0), row(1, 14.0)]))["fair"]
    found = summary(Log(rows=[row(0, 10.0), row(1, 10.0), row(1, 70.0)]))
    assert not found["fair"]
    assert found["wait"] == {"mean": 30.0, "longest": 70.0, "times": 2.33}
    assert (found["fewest_of_a_teacher"], found["most_of_a_teacher"]) == (1, 2)
    assert summary(Log())["questions"] == 0


def test_the_slope_of_memory_leaves_the_beginning_out() -> None:
    memory = [(float(second), 500.0 if second < 60 else 1000.0 + second / 60) for second in range(180)]
    found = summary(Log(memory=memory))
    assert found["memory_mib_a_minute"] == pytest.approx(1.0, abs=0.01)
    assert found["memory_start_mib"] == pytest.approx(1001.0)
