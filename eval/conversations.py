"""Several teachers at once: no error, nobody starved, memory flat.

    python -m eval.conversations --minutes 10 --json [--teachers 8] [--data FOLDER]

Each teacher is a thread with a conversation of its own over one `LocalAssistant`: it asks the next question as soon as the
last is answered, until the time is over; the last two exchanges are its history. Library and questions are those of
`eval/first_word.py`. A wait is the time from a question to the first word that the model wrote for it, or to the end of the answer
where it wrote none: until then its turn has not come. The aim: the longest wait at most twice the mean.

Memory is that of the process, every two seconds; its slope is the least-squares line over the last two thirds of the
run, when models and caches have been used.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.chat.answer import Turn
from eval.first_word import listen, read_passages, write_documents
from eval.given_passages import assistant_of, opened_models
from ingest.environment import prepare_environment
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.local import LocalAssistant

TEACHERS = 8
EXCHANGES_KEPT = 2
SAMPLE_SECONDS = 2.0
MOST_TIMES_THE_MEAN = 2.0
MIB = 1 << 20


@dataclass(slots=True)
class Log:
    """What happened, added to by every thread."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)


def hold(assistant: LocalAssistant, questions: Sequence[str], seconds: float, teachers: int = TEACHERS) -> Log:
    """Let so many teachers ask for so long; a question that was begun is answered to its end."""
    log = Log()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_teach, args=(number, assistant, questions[number::teachers], until, log))
        for number in range(teachers)
    ]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    while any(thread.is_alive() for thread in threads):
        log.memory.append((time.monotonic() - began, resident_mib()))
        for thread in threads:
            thread.join(SAMPLE_SECONDS / len(threads))
    return log


def _teach(number: int, assistant: LocalAssistant, questions: Sequence[str], until: float, log: Log) -> None:
    history: tuple[Turn, ...] = ()
    asked = 0
    while time.monotonic() < until:
        question = questions[asked % len(questions)]
        asked += 1
        try:
            heard = listen(assistant, question, history)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what is looked for)
            log.errors.append(f"{type(error).__name__}: {error}")
            continue
        answer = heard.answer
        if answer.notice:
            log.errors.append(f"{answer.status}: {answer.notice}")
        history = (*history, Turn(question, answer))[-EXCHANGES_KEPT:]
        log.rows.append(
            {
                "teacher": number,
                "question": question,
                "status": answer.status,
                "sources": heard.sources,
                "first": heard.first,
                "wait": heard.whole if heard.own is None else heard.own,
                "whole": heard.whole,
            }
        )


def resident_mib() -> float:
    """Return the memory of this process that is in use, in MiB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / MIB


def summary(log: Log) -> dict[str, Any]:
    """Return the figures of a run."""
    count = {row["teacher"]: 0 for row in log.rows}
    for row in log.rows:
        count[row["teacher"]] += 1
    times = {name: _times([row[name] for row in log.rows]) for name in ("sources", "first", "wait", "whole")}
    settled = log.memory[len(log.memory) // 3 :]
    return {
        "questions": len(log.rows),
        "fewest_of_a_teacher": min(count.values(), default=0),
        "most_of_a_teacher": max(count.values(), default=0),
        "errors": len(log.errors),
        **times,
        "fair": times["wait"]["longest"] <= MOST_TIMES_THE_MEAN * times["wait"]["mean"],
        "memory_start_mib": settled[0][1] if settled else None,
        "memory_end_mib": settled[-1][1] if settled else None,
        "memory_mib_a_minute": _slope(settled),
    }


def _times(seconds: Sequence[float]) -> dict[str, float]:
    mean = statistics.mean(seconds) if seconds else 0.0
    longest = max(seconds, default=0.0)
    return {"mean": round(mean, 2), "longest": round(longest, 2), "times": round(longest / mean, 2) if mean else 0.0}


def _slope(memory: Sequence[tuple[float, float]]) -> float | None:
    if len(memory) < 2:
        return None
    seconds, mib = np.array(memory).T
    return round(float(np.polyfit(seconds / 60, mib, 1)[0]), 2)


def run(data: Path, minutes: float, teachers: int = TEACHERS) -> dict[str, Any]:
    """Measure over the passages of a folder; `skipped` says what was not there."""
    passages, pairs = read_passages(data)
    if not pairs:
        return {"cases": [], "skipped": f"没有评测数据：{data}/retrieval_zh"}
    questions = [asked.text for pair in pairs for asked in pair]
    with opened_models() as models, tempfile.TemporaryDirectory() as folder:
        write_documents(passages, Path(folder))
        with assistant_of([Path(folder)], models) as assistant:
            log = hold(assistant, questions, minutes * 60, teachers)
    return {
        "minutes": minutes,
        "teachers": teachers,
        **summary(log),
        "told": log.errors,
        "cases": log.rows,
        "skipped": "",
    }


def main() -> int:
    """Print the figures; return 1 when there was an error or somebody starved."""
    parser = argparse.ArgumentParser(prog="python -m eval.conversations")
    parser.add_argument("--json", action="store_true", help="print JSON, with a row a question")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--teachers", type=int, default=TEACHERS)
    parser.add_argument("--data", type=Path, help="folder of the outside data; the setting's if not given")
    options = parser.parse_args()
    result = run(options.data or load_settings().eval_data, options.minutes, options.teachers)
    if result["skipped"]:
        sys.stderr.write(result["skipped"] + "\n")
        return 1
    shown = result if options.json else {name: value for name, value in result.items() if name != "cases"}
    sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
    return 0 if not result["errors"] and result["fair"] else 1


if __name__ == "__main__":
    prepare_environment()
    sys.exit(main())
