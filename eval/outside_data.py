"""Questions from outside data sets, read from the folder of `ZHUJIAO_EVAL_DATA`; nothing of them is in the project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def outside_questions(folder: Path) -> dict[str, list[str]]:
    """Return the questions of each set found, by the set's name: general knowledge no school library answers."""
    sets = {
        "halluqa": [row["Question"] for path in _files(folder, "halluqa", "HalluQA.*.json") for row in _json(path)],
        "rgb_zh": [row["query"] for path in _files(folder, "rgb_zh", "zh_refine.*.jsonl") for row in _lines(path)],
    }
    return {name: questions for name, questions in sets.items() if questions}


def _files(folder: Path, name: str, pattern: str) -> list[Path]:
    return sorted((folder / name).glob(pattern))


def _json(path: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
