"""Questions over a handful of given passages, asked of the assistant that answers teachers.

Each case gets a library of its own in a temporary folder: its passages go in as files through `ingest.pipeline`, and
`LocalAssistant.ask` answers from them. The models are opened once for all cases.
"""

from __future__ import annotations

import json
import random
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat.answer import Answer
from assistant.chat.local import LocalAssistant
from assistant.llm.factory import open_engine
from assistant.service import open_embedder
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.llm.engine import Engine
    from ingest.embed import Embedder
    from ingest.settings import Settings

PASSAGES = 5
PASSAGE_CHARACTERS = 400
Gold = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, the passages it is asked of, and what a right answer says.

    `gold` holds groups of ways to say one fact: a right answer says every group in one of its ways. It is empty when no
    passage answers the question. `setting` names the kind of case, such as "noise 0.8".
    """

    id: str
    setting: str
    question: str
    passages: tuple[str, ...]
    gold: Gold


@dataclass(frozen=True, slots=True)
class Models:
    """The models of the settings, opened once."""

    settings: Settings
    embedder: Embedder
    engine: Engine


@contextmanager
def opened_models() -> Iterator[Models]:
    """Open both models of the settings and close them at the end."""
    settings = load_settings()
    engine = open_engine(settings)
    try:
        yield Models(settings, open_embedder(settings), engine)
    finally:
        engine.close()


@contextmanager
def assistant_over(passages: Sequence[str], models: Models) -> Iterator[LocalAssistant]:
    """Give an assistant whose library holds just these passages, each a document of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(passages):
            (Path(folder) / f"{number:03d}.txt").write_text(text + "\n", encoding="utf-8")
        with assistant_of([Path(folder)], models) as assistant:
            yield assistant


@contextmanager
def assistant_of(paths: Sequence[Path], models: Models) -> Iterator[LocalAssistant]:
    """Give an assistant over a new library of these files and folders.

    Raises:
        RuntimeError: a file was not taken in.

    """
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder)) as library:
        report = ingest(library, models.embedder, paths, models.settings)
        failed = [row for row in report.files if row.status == "failed"]
        if failed:
            msg = f"{len(failed)} files were not taken in, the first: {failed[0]}"
            raise RuntimeError(msg)
        assistant = LocalAssistant(models.settings, library, lambda: models.embedder, lambda: models.engine)
        assistant.start()
        assistant.engine.wait()
        yield assistant  # not closed: that would free the engine, which is used again


def answer_of(assistant: LocalAssistant, question: str) -> Answer:
    """Return the finished answer to a question."""
    *_, last = assistant.ask(question)
    if not isinstance(last, Answer):
        raise TypeError(last)
    return last


def decision_on(assistant: LocalAssistant, question: str) -> dict[str, Any]:
    """Return whether a question is refused, and why."""
    signs = assistant.decide(question)
    return {"refused": not signs.answers, "asked_model": signs.right is not None, "score": signs.score, **asdict(signs)}


def says(text: str, gold: Gold) -> bool:
    """Tell whether a text says every fact of the gold in one of its ways; white space does not count."""
    joined = "".join(text.split()).lower()
    return bool(gold) and all(any("".join(way.split()).lower() in joined for way in ways) for ways in gold)


def noisy_cases(folder: Path, noises: Sequence[float], limit: int = 0) -> list[Case]:
    """Return the RGB questions of one fact, with a share `noise` of irrelevant passages among five; 1.0 has no answer.

    Chen et al. (2024), "Benchmarking Large Language Models in Retrieval-Augmented Generation", AAAI. Which passages and
    in what order is drawn with the question's id as seed.
    """
    cases = []
    for row in _rows(folder, "zh_refine*.jsonl")[: limit or None]:
        for noise in noises:
            irrelevant = round(PASSAGES * noise)
            draw = random.Random(f"{row['id']} {noise}")  # noqa: S311  (a fixed draw, no secret)
            relevant = draw.sample(row["positive"], min(PASSAGES - irrelevant, len(row["positive"])))
            others = draw.sample(row["negative"], min(PASSAGES - len(relevant), len(row["negative"])))
            passages = [*relevant, *others]
            draw.shuffle(passages)
            gold = (_ways(row["answer"]),) if relevant else ()
            cases.append(Case(f"refine-{row['id']}", f"noise {noise}", row["query"], tuple(map(_cut, passages)), gold))
    return cases


def two_fact_cases(folder: Path, limit: int = 0) -> list[Case]:
    """Return the RGB questions that need two facts: a passage of each, filled up to five with irrelevant ones."""
    cases = []
    for row in _rows(folder, "zh_int*.jsonl")[: limit or None]:
        draw = random.Random(f"{row['id']}")  # noqa: S311  (a fixed draw, no secret)
        relevant = [draw.choice(group) for group in row["positive"] if group]
        passages = [*relevant, *draw.sample(row["negative"], min(PASSAGES - len(relevant), len(row["negative"])))]
        draw.shuffle(passages)
        gold = tuple(_ways([fact]) for fact in row["answer"])
        cases.append(Case(f"int-{row['id']}", "two facts", row["query"], tuple(map(_cut, passages)), gold))
    return cases


def _ways(answers: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(way) for answer in answers for way in (answer if isinstance(answer, list) else [answer]))


def _cut(passage: str) -> str:
    return " ".join(passage.split())[:PASSAGE_CHARACTERS]


def _rows(folder: Path, pattern: str) -> list[dict[str, Any]]:
    paths = sorted((folder / "rgb_zh").glob(pattern))
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
