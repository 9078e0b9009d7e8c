"""Whether the assistant refuses what its sources do not answer, and only that.

    zhujiao eval refusal --data FOLDER --json [--limit N]

The RGB questions with five passages of at most 400 characters: all irrelevant (to be refused), and with three or one that
answers (not to be refused). And the HalluQA questions, asked of the sample library, which answers none of them. Each goes
through the library and the assistant that answer teachers; no answer is written out, the decision alone is looked at. The
bare model's figure comes from `zhujiao eval grounding`'s prompt on the same irrelevant passages.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.scorecard import Figure
from eval.given_passages import assistant_of, assistant_over, decision_on, noisy_cases, opened_models
from eval.grounding import bare_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eval.given_passages import Case, Models

NOISES = (0.4, 0.8, 1.0)
CORPUS = Path(__file__).resolve().parents[1] / "corpus"
# The bare model reads everything, which takes long: it is asked the first so many questions only.
BARE = 30
FIGURES = {
    "noise 1.0": ("资料里没有答案时，如实说没有", 0.85),
    "out of library": ("问学校资料以外的事，如实说没有", 0.95),
    "noise 0.4": ("五份资料里三份有答案，却说没有", 0.06),
    "noise 0.8": ("五份资料里只有一份有答案，却说没有", 0.06),
}
# What a small model says when it does refuse.
REFUSING = re.compile(
    "没有答案|没有?(?:明确)?(?:提到|提及|给出|说明|提供|找到|相关)|未(?:明确)?(?:提到|提及|给出|说明|提供)|无法(?:回答|确定|得知)"
)


def run(data: Path, limit: int = 0) -> dict[str, Any]:
    """Ask the questions of a folder, the first `limit` of each kind."""
    cases = noisy_cases(data, NOISES, limit)
    tricks = _tricks(data)[: limit or None]
    missing = "、".join(name for name, found in (("rgb_zh", cases), ("halluqa", tricks)) if not found)
    with opened_models() as models:
        rows = [_row(case, models, bare=at < BARE * len(NOISES)) for at, case in enumerate(cases)]
        rows += _out_of_library(tricks, models) if tricks else []
    settings = {name: summary([row for row in rows if row["setting"] == name]) for name in _names(rows)}
    return {"settings": settings, "cases": rows, "skipped": f"没有评测数据：{data} 里的 {missing}" if missing else ""}


def _names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["setting"] for row in rows))


def _row(case: Case, models: Models, *, bare: bool) -> dict[str, Any]:
    with assistant_over(case.passages, models) as assistant:
        decision = decision_on(assistant, case.question)
    row = {"id": case.id, "setting": case.setting, "question": case.question, "answerable": bool(case.gold), **decision}
    if bare and not case.gold:
        said = bare_answer(models.engine, case)
        row |= {"bare": said, "bare_refused": bool(REFUSING.search(said))}
    return row


def _out_of_library(questions: Sequence[str], models: Models) -> list[dict[str, Any]]:
    """Ask questions of the sample library, taken in anew."""
    with assistant_of([CORPUS], models) as assistant:
        return [
            {"id": f"halluqa-{number}", "setting": "out of library", "question": question, "answerable": False}
            | decision_on(assistant, question)
            for number, question in enumerate(questions)
        ]


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the share refused of some rows, by the program alone and in all, and the bare model's where it was asked."""
    count = max(len(rows), 1)
    bare = [row["bare_refused"] for row in rows if "bare_refused" in row]
    return {
        "cases": len(rows),
        "answerable": rows[0]["answerable"] if rows else False,
        "refused": round(sum(row["refused"] for row in rows) / count, 4),
        "without_the_model": round(sum(row["refused"] and not row["asked_model"] for row in rows) / count, 4),
        "bare": round(sum(bare) / len(bare), 4) if bare else None,
    }


def _tricks(folder: Path) -> list[str]:
    paths = sorted((folder / "halluqa").glob("HalluQA.*json"))
    return [row["Question"] for path in paths for row in json.loads(path.read_text(encoding="utf-8"))]


def print_figures(result: dict[str, Any]) -> None:
    """Print a line a setting."""
    for name, one in result["settings"].items():
        wanted = "should be answered" if one["answerable"] else "should be refused"
        bare = "" if one["bare"] is None else f"; bare model {one['bare']:.3f}"
        sys.stdout.write(
            f"{name} ({wanted}): {one['cases']} questions, refused {one['refused']:.3f}, "
            f"{one['without_the_model']:.3f} before the model{bare}\n"
        )


def figures(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return what goes on the scorecard."""
    found = []
    for name, (label, aim) in FIGURES.items():
        one = result["settings"].get(name)
        if one is None:
            continue
        key, better = name.replace(" ", "_"), "lower" if one["answerable"] else "higher"
        found.append(
            Figure(
                name=key, label=label, value=one["refused"], unit="share", cases=one["cases"], aim=aim, better=better
            )
        )
        if one["bare"] is not None:
            found.append(
                Figure(
                    name=f"{key}.bare",
                    label=f"{label}（只用模型，不查不核对）",
                    value=one["bare"],
                    unit="share",
                    cases=one["cases"],
                    tolerance=1.0,
                )
            )
    return tuple(found)
