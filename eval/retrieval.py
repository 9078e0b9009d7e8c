"""Retrieval on outside questions with known answers, and what each part of it is worth.

    python -m eval.retrieval --json [--data FOLDER] [--limit N] [--sets NAME …]

The passages of a set go as files, one a passage, through `ingest.pipeline` into a temporary library; its questions go
through `retrieve`, which answers teachers. A passage counts at the rank of its first chunk. `--limit` takes the first so
many questions of each set; the passages always stay whole. The ways compared are the one in use, plain reciprocal
rank fusion, and either part alone.

* hit@k: the share of questions with a relevant passage among the first k.
* MRR@10: the mean of 1 / rank of the first relevant passage, 0 beyond ten (Voorhees 1999, TREC-8 question answering).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat.retrieve import CANDIDATES, Ranking, fuse, retrieve, weigh
from assistant.scorecard import Figure
from assistant.service import open_embedder
from ingest.access import OWN
from ingest.environment import prepare_environment
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingest.embed import Embedder
    from ingest.settings import Settings

DEEP = 10
# More chunks than passages are asked for, since some passages have several.
CHUNKS = 40


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the ids of the passages that answer it."""

    id: str
    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Collection:
    """Passages as (id, title, text), and questions."""

    name: str
    passages: tuple[tuple[str, str, str], ...]
    questions: tuple[Question, ...]


def _by_rank(lexical: Ranking, dense: Ranking) -> Ranking:
    return fuse([[chunk_id for chunk_id, _ in lexical], [chunk_id for chunk_id, _ in dense]])


WAYS: dict[str, Callable[[Ranking, Ranking], Ranking]] = {
    "ours": weigh,
    "rank fusion": _by_rank,
    "vectors alone": lambda _, dense: dense,
    "words alone": lambda lexical, _: lexical,
}


def collections(folder: Path) -> list[Collection]:
    """Read the sets that are there: `cjeval_kc_retrieval`, and every folder of `retrieval_zh`."""
    found = []
    for place in (folder / "cjeval_kc_retrieval", *sorted((folder / "retrieval_zh").glob("*"))):
        passages, questions = sorted(place.glob("passages*.jsonl")), _questions_of(place)
        if passages and questions:
            name = place.name if place.parent == folder else f"{place.parent.name}/{place.name}"
            texts = tuple((row["pid"], row["title"], row["text"]) for path in passages for row in _lines(path))
            found.append(Collection(name, texts, tuple(map(_question, _lines(questions)))))
    return found


def _questions_of(place: Path) -> Path | None:
    """Return a set's questions; where a fixed selection stands beside all of them, the selection."""
    found = [path for pattern in ("queries*.jsonl", "questions*.jsonl") for path in place.glob(pattern)]
    return min(found, key=lambda path: (path.stat().st_size, path.name), default=None)


def _question(row: dict[str, Any]) -> Question:
    if "relevant" in row:
        return Question(row["qid"], row["query"], frozenset(row["relevant"]))
    return Question(row["qid"], row["question"], frozenset({row["pid"]}))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def take_in(
    collection: Collection, folder: Path, embedder: Embedder, settings: Settings
) -> tuple[Library, dict[str, str]]:
    """Take a set's passages into a new library in a folder; returns it open, and the passage of each path."""
    files, ids = folder / "files", {}
    files.mkdir()
    for number, (passage, title, text) in enumerate(collection.passages):
        path = files / f"{number:06d}.md"  # a name that tells nothing
        path.write_text(f"# {title}\n\n{text}\n", encoding="utf-8")
        ids[str(path)] = passage
    library = Library(folder / "library")
    report = ingest(library, embedder, [files], settings)
    lost = [row for row in report.files if row.status != "indexed"]
    if lost:
        msg = f"{len(lost)} passages were not taken in, the first: {lost[0]}"
        raise RuntimeError(msg)
    return library, ids


def rank_of(found: Sequence[str], relevant: frozenset[str]) -> int:
    """Return the rank, from 1, of the first relevant passage among the first ten different ones; 0 without one."""
    distinct = list(dict.fromkeys(found))[:DEEP]
    return next((rank for rank, passage in enumerate(distinct, start=1) if passage in relevant), 0)


def summary(ranks: Sequence[int]) -> dict[str, float]:
    """Return hit@1, hit@5, hit@10 and MRR@10 of ranks; 0 is none."""
    count = max(len(ranks), 1)
    hits = {f"hit@{k}": round(sum(0 < rank <= k for rank in ranks) / count, 4) for k in (1, 5, DEEP)}
    return {**hits, "MRR@10": round(sum(1 / rank for rank in ranks if rank) / count, 4)}


def measure(collection: Collection, embedder: Embedder, settings: Settings, limit: int) -> dict[str, Any]:
    """Return the figures of each way and one row a question: the ranks, and what came first where ours missed."""
    asked = collection.questions[: limit or None]
    rows, seconds = [], []
    with tempfile.TemporaryDirectory() as folder:
        library, ids = take_in(collection, Path(folder), embedder, settings)
        with library:
            for question in asked:
                row: dict[str, Any] = {"id": question.id, "question": question.text}
                for name, join in WAYS.items():
                    began = time.monotonic()
                    chunks = retrieve(question.text, library, embedder, CHUNKS, OWN, join=join).chunks
                    if join is weigh:
                        seconds.append(time.monotonic() - began)
                        row["first"] = [ids[item.stored.path] for item in chunks[:3]]
                    row[name] = rank_of([ids[item.stored.path] for item in chunks], question.relevant)
                rows.append(row)
    seconds.sort()
    return {
        "set": collection.name,
        "passages": len(collection.passages),
        "questions": len(asked),
        "figures": {name: summary([row[name] for row in rows]) for name in WAYS},
        "seconds_median": round(seconds[len(seconds) // 2], 4) if seconds else None,
        "cases": rows,
    }


def run(data: Path, limit: int = 0, sets: Sequence[str] = ()) -> dict[str, Any]:
    """Measure the sets of a folder; `skipped` says what was not there."""
    settings = load_settings()
    chosen = [one for one in collections(data) if not sets or one.name.split("/")[0] in sets]
    if not chosen:
        return {"sets": [], "skipped": f"no retrieval set under {data}"}
    embedder = open_embedder(settings)
    return {
        "candidates": CANDIDATES,
        "sets": [measure(one, embedder, settings, limit) for one in chosen],
        "skipped": "",
    }


def figures(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return what goes on the scorecard: the sets with several answers by their first ten, the others by the first."""
    return tuple(figure for one in result["sets"] for figure in _figures(one["set"], one["questions"], one["figures"]))


def _figures(name: str, cases: int, found: dict[str, dict[str, float]]) -> list[Figure]:
    several = name == "cjeval_kc_retrieval"
    hit, aim = ("hit@10", 0.78) if several else ("hit@1", 0.98)
    what = "按知识点找习题，前十条里有对的" if several else f"用一句话提问（{Path(name).name[:40]}），第一条就是对的"
    own, vectors = found["ours"], found["vectors alone"]
    figures = [
        Figure(name=f"{name[:80]}.{hit}", label=what, value=own[hit], unit="share", cases=cases, aim=aim),
        # Only to be compared with: it may change freely.
        Figure(
            name=f"{name[:80]}.vectors.{hit}",
            label="同上，只比意思、不看字词时",
            value=vectors[hit],
            unit="share",
            cases=cases,
            tolerance=1.0,
        ),
    ]
    if several:
        label = "同一批问题，对的排得有多靠前（总排第一是 1）"
        mean = Figure(name=f"{name}.MRR@10", label=label, value=own["MRR@10"], unit="score", cases=cases, aim=0.53)
        figures.append(mean)
    return figures


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.retrieval")
    parser.add_argument("--json", action="store_true", help="print JSON, with a row a question")
    parser.add_argument("--data", type=Path, help="folder of the outside data; the setting's if not given")
    parser.add_argument("--limit", type=int, default=0, help="at most so many questions of each set")
    parser.add_argument("--sets", nargs="*", default=[], help="only these sets")
    options = parser.parse_args()
    result = run(options.data or load_settings().eval_data, options.limit, options.sets)
    if options.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    else:
        print_figures(result)
    if result["skipped"]:
        sys.stderr.write(result["skipped"] + "\n")
    return 0


def print_figures(result: dict[str, Any]) -> None:
    """Print a line a set and way."""
    for one in result["sets"]:
        sys.stdout.write(f"{one['set']}: {one['passages']} passages, {one['questions']} questions\n")
        for name, figures in one["figures"].items():
            said = "  ".join(f"{measure} {value:.3f}" for measure, value in figures.items())
            sys.stdout.write(f"  {name:14} {said}\n")


if __name__ == "__main__":
    prepare_environment()
    sys.exit(main())
