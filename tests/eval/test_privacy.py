"""The measure of false alarms and of recall says what the stage does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from eval import privacy
from ingest.document import Element

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_masks_are_counted_for_each_ten_thousand_characters() -> None:
    elements = [
        Element("turn", "师：王小明，你来说。", speaker="师"),
        Element("turn", f"师：{'好' * 88}", speaker="师"),
    ]
    row = privacy.measure("talk", "课堂实录", elements, each=False)
    assert (row["masks"], row["characters"], row["per_10000_characters"]) == ({"pupil": 1}, 100, 100.0)
    assert row["values"][0].startswith("pupil 王小明")


def test_our_own_sentences_are_found() -> None:
    assert privacy.own_recall("ours", ["王子墨", "刘雨桐", "欧阳明月"])["recall"] == 1.0
    assert privacy.own_recall("words", ["万里"])["recall"] < 0.5


def test_data_sets_are_read_from_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cmath"
    folder.mkdir()
    (folder / "dev.jsonl").write_text(
        json.dumps({"input": "小明有5个苹果。"}, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    monkeypatch.setenv("ZHUJIAO_EVAL_DATA", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["privacy", "--json"])
    assert privacy.main() == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["set"], row.get("kind")) for row in rows] == [
        ("cmath", "习题"), ("cmath", "教案"), ("own sentences", None), ("own sentences, names that are words", None),
    ]  # fmt: skip
    assert rows[0]["characters"] == 8
    assert rows[2]["recall"] > 0.9


def test_without_outside_data_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHUJIAO_EVAL_DATA", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["privacy"])
    assert privacy.main() == 0
    assert "no outside data" in capsys.readouterr().err
