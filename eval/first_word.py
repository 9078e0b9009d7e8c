"""How soon the first word of an answer is there, beside stuffing the five nearest chunks into the prompt.

    zhujiao eval speed --data FOLDER --json [--limit N]

Passages of `retrieval_zh` go ten to a file through `ingest.pipeline` into a temporary library, so the chunks are as the
product makes them. Of a passage with two questions or more the first is asked as a new conversation and the second goes
on with it. Each is answered by `LocalAssistant.ask` and by `eval/stuffing.py`, on the same model file, library and
threads, in turns (ours first, then theirs first …); a figure is the median of the ratios of these pairs, so a busy machine
slows both. Times count from the question, the search included.

* first word: the first of the answer on screen, mostly a quotation the program chose; where nothing is found, the
  sentence that says so.
* own word: the first that the model wrote; only of answers that have one.
* accuracy: the share of answers that say a gold answer; `written` counts the model's own sentences alone.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat.answer import Answer, Checked, Delta, Search, Turn
from assistant.chat.retrieve import retrieve
from assistant.llm.factory import local_model_path
from assistant.scorecard import Figure
from eval.given_passages import assistant_of, opened_models, says
from eval.stuffing import CHUNKS, Said, Stuffing
from ingest.access import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.chat.local import LocalAssistant
    from eval.given_passages import Models
    from ingest.embed import Embedder
    from ingest.library import Library

AIMS = {1: 0.4, 2: 0.25}
LIMIT = 20
PASSAGES = 300
PASSAGES_A_FILE = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the ways to say its answer."""

    id: str
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """When the parts of an answer came, in seconds after the question; None what never came."""

    sources: float
    first: float
    own: float | None
    whole: float
    answer: Answer


def read_passages(folder: Path, count: int = PASSAGES) -> tuple[list[tuple[str, str]], list[tuple[Asked, Asked]]]:
    """Return the first passages as (title, text), and two questions of each that has two; empty without the set."""
    rows = _rows(folder, "passages*.jsonl")[:count]
    asked: dict[str, list[Asked]] = {row["pid"]: [] for row in rows}
    for row in _rows(folder, "questions.jsonl"):
        if row["pid"] in asked:
            asked[row["pid"]].append(Asked(row["qid"], row["question"], tuple(row["answers"])))
    pairs = [(found[0], found[1]) for found in asked.values() if len(found) > 1]
    return [(row["title"], row["text"]) for row in rows], pairs


def _rows(folder: Path, pattern: str) -> list[dict[str, Any]]:
    paths = sorted((folder / "retrieval_zh").glob(f"*/{pattern}"))
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def write_documents(passages: Sequence[tuple[str, str]], folder: Path) -> None:
    """Write the passages, ten sections to a file."""
    for start in range(0, len(passages), PASSAGES_A_FILE):
        sections = (f"## {title}\n\n{text}\n" for title, text in passages[start : start + PASSAGES_A_FILE])
        name = f"{start:05d}"
        (folder / f"{name}.md").write_text("\n".join((f"# {name}\n", *sections)), encoding="utf-8")


def listen(assistant: LocalAssistant, question: str, history: tuple[Turn, ...] = ()) -> Heard:
    """Ask and note when what came."""
    began = time.monotonic()
    sources, first, own = 0.0, None, None
    for event in assistant.ask(question, history):
        now = time.monotonic() - began
        match event:
            case Search():
                sources = now
            case Delta() | Checked():
                first = now if first is None else first
                if own is None and (isinstance(event, Delta) or not event.claim.quoted):
                    own = now
            case Answer():
                return Heard(sources, now if first is None else first, own, now, event)
    raise RuntimeError("the assistant ended without an answer")


def _stuffed(
    stuffing: Stuffing, question: str, library: Library, embedder: Embedder, before: Sequence[Said]
) -> tuple[Said, dict[str, Any]]:
    began = time.monotonic()
    said = stuffing.answer(question, retrieve(question, library, embedder, CHUNKS, OWN).chunks, before)
    whole = time.monotonic() - began
    return said, {"first": said.first - began, "whole": whole, "prompt_tokens": said.prompt_tokens, "text": said.text}


def converse(
    pair: Sequence[Asked], assistant: LocalAssistant, stuffing: Stuffing, embedder: Embedder, *, ours_first: bool
) -> list[dict[str, Any]]:
    """Ask the questions of one conversation of both, in turns; one row a question."""
    history: tuple[Turn, ...] = ()
    before: list[Said] = []
    rows = []
    for number, asked in enumerate(pair, start=1):
        heard, theirs = None, None
        for ours in (ours_first, not ours_first):
            embedder.encode_query("。")  # so that neither finds the other's vector of the question
            if ours:
                heard = listen(assistant, asked.text, history)
            else:
                said, theirs = _stuffed(stuffing, asked.text, assistant.library, embedder, before)
                before.append(said)
        if heard is None or theirs is None:
            raise RuntimeError("one of the two was not asked")
        history = (*history, Turn(asked.text, heard.answer))
        rows.append(_row(number, asked, heard, theirs))
    return rows


def _row(number: int, asked: Asked, heard: Heard, theirs: dict[str, Any]) -> dict[str, Any]:
    gold = (asked.answers,)
    claims = heard.answer.claims
    written = "".join(claim.text for claim in claims if not claim.quoted)
    usage = heard.answer.usage
    ours = {
        "status": heard.answer.status,
        "sources": heard.sources,
        "first": heard.first,
        "own": heard.own,
        "whole": heard.whole,
        "right": says("".join(claim.text for claim in claims), gold),
        "written_right": says(written, gold),
        "usage": asdict(usage) if usage else None,
        "sentences": [{"text": claim.text, "quoted": claim.quoted} for claim in claims],
    }
    return {
        "id": asked.id,
        "turn": number,
        "question": asked.text,
        "gold": asked.answers,
        "ours": ours,
        "stuffed": {**theirs, "right": says(theirs["text"], gold)},
        "ratio": heard.first / theirs["first"],
        "own_ratio": None if heard.own is None else heard.own / theirs["first"],
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians and the shares of right answers of the rows of one turn."""
    own = [row["own_ratio"] for row in rows if row["own_ratio"] is not None]
    return {
        "questions": len(rows),
        "first_ratio": statistics.median(row["ratio"] for row in rows),
        "own_ratio": statistics.median(own) if own else None,
        "own_questions": len(own),
        "sources_seconds": statistics.median(row["ours"]["sources"] for row in rows),
        "first_seconds": statistics.median(row["ours"]["first"] for row in rows),
        "stuffed_seconds": statistics.median(row["stuffed"]["first"] for row in rows),
        "stuffed_prompt_tokens": statistics.median(row["stuffed"]["prompt_tokens"] for row in rows),
        "accuracy": _share(row["ours"]["right"] for row in rows),
        "written_accuracy": _share(row["ours"]["written_right"] for row in rows),
        "stuffed_accuracy": _share(row["stuffed"]["right"] for row in rows),
    }


def _share(marks: Iterable[bool]) -> float:
    return round(statistics.mean(map(float, marks)), 4)


def run(data: Path, limit: int = 0) -> dict[str, Any]:
    """Hold `limit` conversations of two questions, twenty if it is 0; `skipped` says what was not there."""
    passages, pairs = read_passages(data)
    if not pairs:
        return {"turns": {}, "cases": [], "skipped": f"没有评测数据：{data}/retrieval_zh"}
    with opened_models() as models, tempfile.TemporaryDirectory() as folder:
        if models.settings.llm.engine != "local":
            return {"turns": {}, "cases": [], "skipped": "只有本机模型能与直接填入资料的做法比较快慢。"}
        write_documents(passages, Path(folder))
        with assistant_of([Path(folder)], models) as assistant:
            rows = _compare(pairs[: limit or LIMIT], assistant, models)
            chunks = assistant.readiness().chunks
    turns = {str(turn): summary([row for row in rows if row["turn"] == turn]) for turn in AIMS}
    return {"chunks": chunks, "turns": turns, "cases": rows, "skipped": ""}


def _compare(pairs: Sequence[tuple[Asked, Asked]], assistant: LocalAssistant, models: Models) -> list[dict[str, Any]]:
    from assistant.llm.llamacpp import physical_cores  # the environment comes first

    llm = models.settings.llm
    stuffing = Stuffing(
        local_model_path(models.settings), llm.context_tokens, llm.threads or physical_cores(), llm.answer_tokens
    )
    try:
        return [
            row
            for number, pair in enumerate(pairs)
            for row in converse(pair, assistant, stuffing, models.embedder, ours_first=number % 2 == 0)
        ]
    finally:
        stuffing.close()


def print_figures(result: dict[str, Any]) -> None:
    """Print two lines for each turn of the conversations."""
    for turn, one in result["turns"].items():
        own = "" if one["own_ratio"] is None else f", the model's own {one['own_ratio']:.3f} of {one['own_questions']}"
        sys.stdout.write(
            f"question {turn} of a conversation, {one['questions']}: first word {one['first_ratio']:.3f} of stuffing's time "
            f"({one['first_seconds']:.2f} s and {one['stuffed_seconds']:.2f} s; sources {one['sources_seconds']:.2f} s){own}\n"
            f"  right {one['accuracy']:.3f} (model's sentences alone {one['written_accuracy']:.3f}), "
            f"stuffing {one['stuffed_accuracy']:.3f}\n"
        )


_LABELS = {"1": "新问题", "2": "接着问的问题"}


def figures(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return what goes on the scorecard."""
    found: list[Figure] = []
    for turn, one in result["turns"].items():
        cases, label = one["questions"], _LABELS[turn]
        found += [
            Figure(
                name=f"first_word.{turn}",
                label=f"{label}：第一个字等多久，与把五段资料全交给模型相比",
                value=one["first_ratio"],
                unit="ratio",
                cases=cases,
                aim=AIMS[int(turn)],
                better="lower",
                tolerance=0.05,
            ),
            Figure(name=f"right.{turn}", label=f"{label}：答对的题", value=one["accuracy"], unit="share", cases=cases),
            Figure(
                name=f"right.{turn}.stuffed",
                label=f"{label}：把五段资料全交给模型时答对的题",
                value=one["stuffed_accuracy"],
                unit="share",
                cases=cases,
                tolerance=1.0,
            ),
        ]
        if one["own_ratio"] is not None:
            found.append(
                Figure(
                    name=f"own_word.{turn}",
                    label=f"{label}：模型自己写的第一个字等多久，与把五段资料全交给模型相比",
                    value=one["own_ratio"],
                    unit="ratio",
                    cases=one["own_questions"],
                    better="lower",
                    tolerance=0.1,
                )
            )
    return tuple(found)
