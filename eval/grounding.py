"""Answers from given passages among irrelevant ones: whether they are right, and whether what they cite says so.

    zhujiao eval grounding --data FOLDER --json [--limit N]

The RGB questions (Chen et al. 2024, AAAI) with five passages of at most 400 characters, a share of them irrelevant, and the
RGB questions that need two facts. Each goes through the library and the assistant that answer teachers
(`eval/given_passages.py`). Beside it the bare model: the same five passages whole in one prompt, nothing found or checked.

* accuracy: the share of questions whose answer says the gold in one of its ways; `written` counts the model's own
  sentences alone, without the quotations the program adds.
* citation precision: of the supported sentences that say a gold answer, the share whose cited words say it too.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from assistant.llm.engine import Message, Request
from assistant.scorecard import Figure
from eval.given_passages import answer_of, assistant_over, noisy_cases, opened_models, says, two_fact_cases

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assistant.chat.answer import Answer
    from assistant.llm.engine import Engine
    from eval.given_passages import Case, Models

NOISES = (0.0, 0.4, 0.8)
AIMS = {"noise 0.0": 0.95, "noise 0.4": 0.92, "noise 0.8": 0.80, "two facts": 0.55}
LABELS = {
    "noise 0.0": "资料全都有关时，答对的题",
    "noise 0.4": "五份资料里两份无关时，答对的题",
    "noise 0.8": "五份资料里四份无关时，答对的题",
    "two facts": "答案要合起两份资料时，答对的题",
}
BARE_SYSTEM = "你是一个准确可靠的助手，根据给出的资料回答问题。资料里没有答案时，就说资料里没有答案。"
BARE_TOKENS = 128


def run(data: Path, limit: int = 0) -> dict[str, Any]:
    """Answer the questions of a folder, the first `limit` of each kind, with the assistant and with the bare model."""
    cases = [*noisy_cases(data, NOISES, limit), *two_fact_cases(data, limit)]
    if not cases:
        return {"settings": {}, "cases": [], "skipped": f"没有评测数据：{data}/rgb_zh"}
    with opened_models() as models:
        rows = [_row(case, models) for case in cases]
    settings = {name: summary([row for row in rows if row["setting"] == name]) for name in AIMS}
    return {"settings": settings, "citations": _citations(rows), "cases": rows, "skipped": ""}


def _row(case: Case, models: Models) -> dict[str, Any]:
    began = time.monotonic()
    with assistant_over(case.passages, models) as assistant:
        answer = answer_of(assistant, case.question)
    bare = bare_answer(models.engine, case)
    return {
        "id": case.id,
        "setting": case.setting,
        "question": case.question,
        "gold": case.gold,
        **judged(case, answer),
        "bare": bare,
        "bare_right": says(bare, case.gold),
        "seconds": round(time.monotonic() - began, 1),
    }


def judged(case: Case, answer: Answer) -> dict[str, Any]:
    """Return what an answer is worth, and why."""
    sentences = [
        {
            "text": claim.text,
            "support": claim.support,
            "quoted": claim.quoted,
            "reason": claim.reason,
            "cited": [citation.quote for citation in claim.citations],
        }
        for claim in answer.claims
    ]
    golden = [
        says(" ".join(citation.quote for citation in claim.citations), (ways,))
        for claim in answer.claims
        for ways in case.gold
        if claim.support == "supported" and says(claim.text, (ways,))
    ]
    return {
        "status": answer.status,
        "refused": answer.status == "not_found",
        "right": says(" ".join(claim.text for claim in answer.claims), case.gold),
        "written_right": says(" ".join(claim.text for claim in answer.claims if not claim.quoted), case.gold),
        "citations_right": sum(golden),
        "citations": len(golden),
        "sentences": sentences,
    }


def bare_answer(engine: Engine, case: Case) -> str:
    """Return what the model says of whole passages with nothing around it."""
    passages = "\n".join(f"资料{number}：{text}" for number, text in enumerate(case.passages, start=1))
    asked = Message("user", f"{passages}\n\n问题：{case.question}")
    pieces = engine.stream(Request((Message("system", BARE_SYSTEM), asked), max_tokens=BARE_TOKENS))
    return "".join(piece for piece in pieces if isinstance(piece, str))


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the shares of right and refused answers of some rows."""
    count = max(len(rows), 1)
    names = {"accuracy": "right", "written": "written_right", "refused": "refused", "bare": "bare_right"}
    return {
        "cases": len(rows),
        **{name: round(sum(row[key] for row in rows) / count, 4) for name, key in names.items()},
    }


def _citations(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    right, all_of_them = (sum(row[key] for row in rows) for key in ("citations_right", "citations"))
    supports = [sentence["support"] for row in rows for sentence in row["sentences"] if not sentence["quoted"]]
    shares = {kind: round(supports.count(kind) / max(len(supports), 1), 4) for kind in sorted(set(supports))}
    return {"cases": all_of_them, "precision": round(right / max(all_of_them, 1), 4), "written_support": shares}


def print_figures(result: dict[str, Any]) -> None:
    """Print a line a setting."""
    for name, figures in result["settings"].items():
        sys.stdout.write(
            f"{name}: {figures['cases']} questions, right {figures['accuracy']:.3f} (model's sentences alone {figures['written']:.3f}), "
            f"refused {figures['refused']:.3f}; bare model right {figures['bare']:.3f}\n"
        )
    if result["cases"]:
        cited = result["citations"]
        sys.stdout.write(
            f"citation precision {cited['precision']:.3f} of {cited['cases']}; {cited['written_support']}\n"
        )


def figures(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return what goes on the scorecard."""
    if not result["cases"]:
        return ()
    found = []
    for name, one in result["settings"].items():
        if one["cases"]:
            key = name.replace(" ", "_")
            found.append(
                Figure(
                    name=f"rgb_zh.{key}",
                    label=LABELS[name],
                    value=one["accuracy"],
                    unit="share",
                    cases=one["cases"],
                    aim=AIMS[name],
                )
            )
            found.append(
                Figure(
                    name=f"rgb_zh.{key}.bare",
                    label=f"{LABELS[name]}（只用模型，不查不核对）",
                    value=one["bare"],
                    unit="share",
                    cases=one["cases"],
                    tolerance=1.0,
                )
            )
    cited = result["citations"]
    if cited["cases"]:
        found.append(
            Figure(
                name="rgb_zh.citation_precision",
                label="标为有据的答案，引文里确实写着",
                value=cited["precision"],
                unit="share",
                cases=cited["cases"],
                aim=0.95,
            )
        )
    return tuple(found)
