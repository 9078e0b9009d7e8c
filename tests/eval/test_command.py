"""The commands over a measure made for the test: what is printed, kept and compared."""

from __future__ import annotations

import importlib
import json
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import assistant.scorecard
from assistant.scorecard import MEASURES, Figure, read_record
from eval import command

if TYPE_CHECKING:
    from pathlib import Path

RESULT = {"cases": [{"id": "1", "question": "外部数据里的一句话"}], "skipped": ""}


class Fake(SimpleNamespace):
    value = 0.9
    skipped = ""
    asked: tuple[Path, int] | None = None

    def run(self, data: Path, limit: int) -> dict[str, Any]:
        self.asked = (data, limit)
        return {**RESULT, "skipped": self.skipped}

    def print_figures(self, result: dict[str, Any]) -> None:
        command.typer.echo("the figures")

    def figures(self, result: dict[str, Any]) -> tuple[Figure, ...]:
        if self.skipped:
            return ()
        return (Figure(name="hit@10", label="前十条里有对的", value=self.value, unit="share", cases=10, aim=0.78),)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    made = Fake()
    for name in list(os.environ):
        if name.startswith("ZHUJIAO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ZHUJIAO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(assistant.scorecard, "BASELINES", tmp_path / "baselines")
    monkeypatch.setitem(sys.modules, "eval.retrieval", made)
    return made


def call(*words: str) -> Any:
    return CliRunner().invoke(command.eval_app, ["retrieval", *words])


def test_a_run_leaves_a_record_without_the_data_s_texts(fake: Fake, tmp_path: Path) -> None:
    told = call("--data", str(tmp_path), "--limit", "3", "--json")
    assert told.exit_code == 0
    assert fake.asked == (tmp_path, 3)
    said = json.loads(told.stdout)
    assert said["cases"] == RESULT["cases"]
    assert (said["baseline"], said["worse"]) == (None, [])
    path = tmp_path / "home" / "scorecard" / "retrieval.json"
    record = read_record(path)
    assert record is not None
    assert (record.measure, record.limit, record.data, record.figures[0].value) == ("retrieval", 3, tmp_path.name, 0.9)
    assert "外部数据" not in path.read_text(encoding="utf-8")


def test_a_worse_figure_is_said_in_words_and_in_json(fake: Fake, tmp_path: Path) -> None:
    assert "还没有基准" in call("--data", str(tmp_path), "--baseline").stdout
    assert "没有比" in call("--data", str(tmp_path)).stdout
    fake.value = 0.8
    said = call("--data", str(tmp_path)).stdout
    assert "the figures" in said
    assert "前十条里有对的：80%（目标不低于 78%）" in said
    assert "比基准差：前十条里有对的，80%，基准 90%，允许差 1%。" in said
    (row,) = json.loads(call("--data", str(tmp_path), "--json").stdout)["worse"]
    assert (row["name"], row["value"], row["baseline"]) == ("hit@10", 0.8, 0.9)
    kept = read_record(tmp_path / "baselines" / "retrieval.json")
    assert kept is not None
    assert kept.figures[0].value == 0.9


def test_a_baseline_of_a_part_of_the_data_says_so(fake: Fake, tmp_path: Path) -> None:
    assert call("--data", str(tmp_path), "--baseline", "--limit", "3").exit_code == 0
    assert fake.asked is not None
    kept = read_record(tmp_path / "baselines" / "retrieval.json")
    assert kept is not None
    assert kept.limit == 3


def test_a_figure_that_was_not_measured_is_named(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("--data", str(tmp_path), "--baseline")
    other = Figure(name="MRR@10", label="排得多靠前", value=0.5, unit="score")
    monkeypatch.setattr(Fake, "figures", lambda self, result: (other,))
    assert "基准里有、这次没有测的：前十条里有对的。" in call("--data", str(tmp_path)).stdout


def test_what_could_not_be_measured_leaves_no_record_and_fails(fake: Fake, tmp_path: Path) -> None:
    fake.skipped = "没有评测数据"
    told = call("--data", str(tmp_path), "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["record"] is None
    assert "没有评测数据" in told.stderr
    assert not (tmp_path / "home" / "scorecard").exists()


def test_a_home_that_cannot_be_written_does_not_lose_the_figures(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "scorecard").write_text("a file in the way", encoding="utf-8")
    told = call("--data", str(tmp_path), "--json")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["record"]["figures"][0]["value"] == 0.9
    assert "没能存到" in told.stderr


@pytest.mark.parametrize("name", command.MEASURES)
def test_every_command_is_a_measure_of_the_scorecard(name: str) -> None:
    assert name in MEASURES
    module = importlib.import_module(f"eval.{name}")
    assert all(callable(getattr(module, part)) for part in ("run", "print_figures", "figures"))
