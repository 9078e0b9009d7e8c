"""How the evidence gate separates questions the sample library answers from questions of outside sets.

    python -m eval.gate --json

It asks the library of `ZHUJIAO_HOME`, into which the sample library was taken, through the code that answers teachers;
the language model is not called. The questions of the sample library are the project's own, so their figure says only
that the gate lets them through; the refusals are measured on outside questions.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.service import open_local
from eval.outside_data import outside_questions
from ingest.environment import prepare_environment
from ingest.settings import load_settings

if TYPE_CHECKING:
    from assistant.chat.local import LocalAssistant

SAMPLE_QUESTIONS = Path(__file__).with_name("sample_questions.txt")


def answered_share(assistant: LocalAssistant, questions: list[str]) -> tuple[float, list[str]]:
    """Return the share of the questions that pass the gate, 0 to 1, and those that do not."""
    refused = [question for question in questions if not assistant.decide(question, model=False).answers]
    return 1 - len(refused) / len(questions), refused


def main() -> int:
    """Print the shares."""
    parser = argparse.ArgumentParser(description="Shares of questions that pass the evidence gate.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--limit", type=int, default=0, help="at most so many questions of each set")
    options = parser.parse_args()
    prepare_environment()
    settings = load_settings()
    sets = {"sample library": SAMPLE_QUESTIONS.read_text(encoding="utf-8").splitlines()}
    outside = outside_questions(settings.eval_data)
    if not outside:
        sys.stderr.write(f"no outside data at {settings.eval_data}: only the sample library's questions are asked\n")
    rows = []
    with closing(open_local(settings)) as service:
        service.assistant.embedder.wait()
        for name, questions in {**sets, **outside}.items():
            asked = questions[: options.limit or None]
            share, refused = answered_share(service.assistant, asked)
            rows.append({"set": name, "questions": len(asked), "answered": round(share, 4), "refused": refused})
    for row in rows:
        line = f"{row['set']}: {row['questions']} questions, {row['answered']:.1%} pass the gate"
        sys.stdout.write((json.dumps(row, ensure_ascii=False) if options.json else line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
