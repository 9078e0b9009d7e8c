"""Fit the weights of the evidence gate (`assistant/chat/gate.py`) and print how it does on folds held apart.

    python -m eval.calibration [--data FOLDER] [--limit N] [--rows FILE]

The signs are those the product computes for the RGB questions with five passages: relevant among irrelevant ones, and
irrelevant ones alone. `--rows` keeps the signs in a file and goes on from it. A ridge logistic regression (Newton's
method; Hoerl and Kennard 1970 for the penalty) is fitted on four fifths of the questions and judged on the last fifth, in
turn; the weights printed are fitted on all.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.chat.gate import WEIGHTS
from eval.given_passages import assistant_over, decision_on, noisy_cases, opened_models
from ingest.environment import prepare_environment
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from eval.given_passages import Case

NOISES = (0.0, 0.4, 0.8, 1.0)
FOLDS = 5
PENALTY = 3.0
NEWTON_STEPS = 30
# Of the answerable questions at most this share may be refused.
FALSE_REFUSALS = 0.06


def signs_of(cases: Sequence[Case], kept: Path | None) -> list[dict[str, Any]]:
    """Return the signs of each case, read from the file where they were kept, and kept there as they come."""
    lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
    rows = {(row["id"], row["setting"]): row for row in map(json.loads, lines)}
    with opened_models() as models:
        for case in cases:
            if (case.id, case.setting) in rows:
                continue
            with assistant_over(case.passages, models) as assistant:
                row = {"id": case.id, "setting": case.setting, "answerable": bool(case.gold)}
                row |= decision_on(assistant, case.question)
            rows[case.id, case.setting] = row
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return [rows[case.id, case.setting] for case in cases]


def fit(values: NDArray[np.float64], answerable: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of each column and, last, the bias; columns are brought to one scale for the penalty."""
    mean, spread = values.mean(0), values.std(0) + 1e-9
    columns = np.c_[(values - mean) / spread, np.ones(len(values))]
    weights = np.zeros(columns.shape[1])
    penalty = PENALTY * np.r_[np.ones(len(spread)), 0]
    for _ in range(NEWTON_STEPS):
        likely = 1 / (1 + np.exp(-columns @ weights))
        slope = columns.T @ (likely - answerable) + penalty * weights
        bend = (columns.T * (likely * (1 - likely))) @ columns + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(bend, slope)
    plain = weights[:-1] / spread
    fitted: NDArray[np.float64] = np.r_[plain, weights[-1] - plain @ mean]
    return fitted


def held_apart(rows: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    """Return the score of each row by weights that were fitted without its question."""
    values, answerable = _columns(rows)
    names = sorted({row["id"] for row in rows})
    fold = np.array([names.index(row["id"]) % FOLDS for row in rows])
    scores = np.zeros(len(rows))
    for number in range(FOLDS):
        apart = fold == number
        weights = fit(values[~apart], answerable[~apart])
        scores[apart] = values[apart] @ weights[:-1] + weights[-1]
    return scores


def _columns(rows: Sequence[dict[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = np.array([[row[name] or 0.0 for name in WEIGHTS] for row in rows])
    return values, np.array([float(row["answerable"]) for row in rows])


def report(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the weights, and what they refuse of questions they were not fitted on."""
    asked = [row for row in rows if row["asked_model"]]
    scores = held_apart(asked)
    answerable = np.array([row["answerable"] for row in asked])
    least = float(np.quantile(scores[answerable], FALSE_REFUSALS))
    settings = np.array([row["setting"] for row in asked])
    weights = fit(*_columns(asked))
    better = (scores[answerable][:, None] > scores[~answerable][None]).mean()
    return {
        "cases": len(rows),
        "asked_model": len(asked),
        "weights": {name: round(float(value), 3) for name, value in zip([*WEIGHTS, "bias"], weights, strict=True)},
        "least_score": round(least, 3),
        "area_under_curve": round(float(better), 3),
        "refused": {name: round(float((scores[settings == name] < least).mean()), 3) for name in sorted(set(settings))},
    }


def main() -> int:
    """Print the weights and what they do."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibration")
    parser.add_argument("--data", type=Path, help="folder of the outside data; the setting's if not given")
    parser.add_argument("--limit", type=int, default=0, help="at most so many questions")
    parser.add_argument("--rows", type=Path, help="keep the signs in this file, and go on from it")
    options = parser.parse_args()
    cases = noisy_cases(options.data or load_settings().eval_data, NOISES, options.limit)
    if not cases:
        sys.stderr.write("no outside data\n")
        return 1
    sys.stdout.write(json.dumps(report(signs_of(cases, options.rows)), ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    prepare_environment()
    sys.exit(main())
