from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.scorecard import Figure, read_record
from eval.record import commit, comparison, machine, make_record, said, write_record


def figure(value: float = 0.9, name: str = "hit@10", **more: object) -> Figure:
    return Figure.model_validate({"name": name, "label": "前十条里有", "value": value, "unit": "share", **more})


def test_a_record_is_read_as_it_was_written_and_tells_when_and_where(tmp_path: Path) -> None:
    record = make_record("retrieval", Path("/some/place/data"), 5, 12.34, [figure(aim=0.78, cases=5)])
    path = write_record(record, tmp_path / "home" / "scorecard")
    assert read_record(path) == record
    assert [file.name for file in path.parent.iterdir()] == ["retrieval.json"]
    written = json.loads(path.read_text(encoding="utf-8"))
    assert (written["format"], written["data"], written["limit"], written["seconds"]) == (1, "data", 5, 12.3)
    assert "/some/place" not in path.read_text(encoding="utf-8")
    assert record.date.utcoffset() is not None
    assert record.machine == machine()
    assert record.machine.cores > 0


def test_a_second_run_takes_the_place_of_the_first(tmp_path: Path) -> None:
    for value in (0.5, 0.6):
        write_record(make_record("retrieval", tmp_path, 0, 1, [figure(value)]), tmp_path)
    kept = read_record(tmp_path / "retrieval.json")
    assert kept is not None
    assert kept.figures[0].value == 0.6


def test_two_figures_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        make_record("retrieval", Path("data"), 0, 1, [figure(), figure()])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValidationError):
        figure(value)


def test_a_comparison_names_what_is_worse_and_by_how_much_it_might_be() -> None:
    before = make_record("retrieval", Path("data"), 0, 1, [figure(0.9), figure(0.5, "MRR"), figure(0.1, "gone")])
    record = make_record("retrieval", Path("data"), 0, 1, [figure(0.85), figure(0.495, "MRR")])
    compared = comparison(record, before.model_copy(update={"date": before.date - timedelta(days=1)}))
    assert compared["worse"] == [
        {"name": "hit@10", "label": "前十条里有", "value": 0.85, "baseline": 0.9, "allowed": 0.01}
    ]
    assert json.loads(json.dumps(compared))["baseline"]["figures"][2]["name"] == "gone"
    assert comparison(record, None) == {"record": compared["record"], "baseline": None, "worse": []}


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("share", 0.7614, "76.1%"),
        ("score", 0.526, "0.526"),
        ("ratio", 0.38, "0.38 倍"),
        ("seconds", 1.234, "1.23 秒"),
        ("count", 3, "3"),
        ("count", 31000, "31000"),
        ("share", 0.78, "78%"),
        ("share", 1.0, "100%"),
        ("share", 0.9997, "99.9%"),
        ("share", 0.0003, "0.1%"),
        ("share", 0.0, "0%"),
    ],
)
def test_a_value_is_said_in_its_unit(unit: str, value: float, words: str) -> None:
    assert said(figure(value, unit=unit)) == words


def test_the_commit_is_the_repository_s_and_nothing_without_one(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    assert commit(tmp_path) == ""
    (tmp_path / "file").write_text("1", encoding="utf-8")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    named = commit(tmp_path)
    assert len(named) >= 7
    (tmp_path / "file").write_text("2", encoding="utf-8")
    assert commit(tmp_path) == f"{named}-dirty"
