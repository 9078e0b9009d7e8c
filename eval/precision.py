"""Speed and retrieval by the precision the embedding model computes in, on outside data.

    python -m eval.precision --json [--passages N] [--precisions float32,bfloat16,int8]

The passages and questions are those of `cjeval_kc_retrieval` under `ZHUJIAO_EVAL_DATA`. The precisions embed the same
passages in turns, so that a busy machine slows all of them; seconds of the processor are given beside those of the
clock. Every pair is measured, documents in one precision and questions in another: an index may have been made on
another computer. `ONEDNN_MAX_CPU_ISA=AVX2_VNNI MKL_ENABLE_INSTRUCTIONS=AVX2 ATEN_CPU_CAPABILITY=avx2` makes a large
processor work like an office computer's; `=AVX2` for the first like an older one's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import statistics
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.chat.retrieve import CANDIDATES, fuse
from assistant.service import open_embedder
from ingest.embed import document_input
from ingest.environment import prepare_environment
from ingest.lexical import index_terms, query_terms
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ingest.embed import Embedder
    from ingest.settings import Settings

    Vectors = NDArray[np.float32]

PRECISIONS = ("float32", "bfloat16", "int8")
EXACT = PRECISIONS[0]
# As many as the pipeline embeds at once.
TURN = 64


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages by their ids, and questions with the ids that answer them."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    questions: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Speed:
    """What one precision needed for the passages of one turn."""

    seconds: float
    cpu_seconds: float
    tokens: int


def read_passages(folder: Path, most: int) -> Passages:
    """Read the passages, or the `most` of them whose hashed ids come first, and the questions they answer."""
    rows = _lines(folder / "passages.jsonl")
    rows.sort(key=lambda row: hashlib.sha256(row["pid"].encode()).digest())
    rows = rows[: most or None]
    known = {row["pid"] for row in rows}
    questions = [(row["query"], known & set(row["relevant"])) for row in _lines(folder / "queries.jsonl")]
    return Passages(
        tuple(row["pid"] for row in rows),
        tuple(row["title"] for row in rows),
        tuple(row["text"] for row in rows),
        tuple((text, frozenset(relevant)) for text, relevant in questions if relevant),
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Words:
    """BM25 over the terms the library indexes, with the constants of SQLite's FTS5."""

    def __init__(self, passages: Passages) -> None:
        documents = [Counter(index_terms(f"{title}\n{text}").split()) for title, text in _pairs(passages)]
        lengths = [document.total() for document in documents]
        average = statistics.fmean(lengths)
        self._postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for place, document, length in zip(passages.ids, documents, lengths, strict=True):
            for term, count in document.items():
                weight = count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / average))
                self._postings[term].append((place, weight))
        self._size = len(documents)

    def rank(self, question: str) -> list[str]:
        """Return the ids of the best passages."""
        scores: dict[str, float] = defaultdict(float)
        for term in query_terms(question):
            found = self._postings.get(term, [])
            rarity = math.log((self._size - len(found) + 0.5) / (len(found) + 0.5))
            for place, weight in found:
                scores[place] += max(rarity, 1e-6) * weight
        return sorted(scores, key=lambda place: (-scores[place], place))[:CANDIDATES]


def _pairs(passages: Passages) -> list[tuple[str, str]]:
    return list(zip(passages.titles, passages.texts, strict=True))


def embed_in_turns(embedders: dict[str, Embedder], passages: Passages) -> tuple[dict[str, Vectors], dict[str, Speed]]:
    """Embed the passages in every precision, a few with each in turn; the speed is of all turns but the first."""
    inputs = [document_input(title, (), text) for title, text in _pairs(passages)]
    vectors: dict[str, list[Vectors]] = {name: [] for name in embedders}
    turns: dict[str, list[Speed]] = {name: [] for name in embedders}
    for start in range(0, len(inputs), TURN):
        part = inputs[start : start + TURN]
        tokens = sum(map(next(iter(embedders.values())).count_tokens, part))
        for name, embedder in embedders.items():
            began, cpu = time.monotonic(), time.process_time()
            vectors[name].append(embedder.encode_documents(part))
            turns[name].append(Speed(time.monotonic() - began, time.process_time() - cpu, tokens))
    return {name: np.concatenate(parts) for name, parts in vectors.items()}, {
        name: _total(done[1:] or done) for name, done in turns.items()
    }


def _total(turns: Sequence[Speed]) -> Speed:
    return Speed(
        sum(turn.seconds for turn in turns), sum(turn.cpu_seconds for turn in turns), sum(turn.tokens for turn in turns)
    )


def ranks(passages: Passages, find: Callable[[int, str], Sequence[str]]) -> list[int]:
    """Return for each question the rank of its first answer among the first ten, 0 when none is."""
    found = []
    for number, (question, relevant) in enumerate(passages.questions):
        places = [rank for rank, place in enumerate(find(number, question)[:10], start=1) if place in relevant]
        found.append(min(places, default=0))
    return found


def measures(found: Sequence[int]) -> dict[str, float]:
    """Return hit@1, hit@5, hit@10 and MRR@10 of the ranks of first answers."""
    hits = {f"hit@{k}": statistics.fmean(0 < rank <= k for rank in found) for k in (1, 5, 10)}
    return {**hits, "mrr@10": statistics.fmean(1 / rank if rank else 0.0 for rank in found)}


def compare(embedders: dict[str, Embedder], passages: Passages) -> dict[str, Any]:
    """Measure every precision, and every pair of precisions for documents and questions."""
    words = Words(passages)
    lexical = [words.rank(question) for question, _ in passages.questions]
    documents, speeds = embed_in_turns(embedders, passages)
    questions = {
        name: np.stack([embedder.encode_query(text) for text, _ in passages.questions])
        for name, embedder in embedders.items()
    }
    rows = []
    exact: list[int] = []
    for stored, asked in product(embedders, embedders):
        order = np.argsort(-(questions[asked] @ documents[stored].T), axis=1, kind="stable")[:, :CANDIDATES]
        dense = [[passages.ids[at] for at in row] for row in order]
        joined = [[place for place, _ in fuse([lexical[at], dense[at]])] for at in range(len(dense))]
        found = ranks(passages, lambda number, _, lists=dense: lists[number])  # type: ignore[misc]
        exact = exact or found
        rows.append(
            {
                "documents": stored,
                "questions": asked,
                "dense": measures(found),
                "hybrid": measures(ranks(passages, lambda number, _, lists=joined: lists[number])),  # type: ignore[misc]
                "hit@10 gained": sum(1 for now, was in zip(found, exact, strict=True) if now and not was),
                "hit@10 lost": sum(1 for now, was in zip(found, exact, strict=True) if was and not now),
            }
        )
    first = next(iter(documents))
    return {
        "passages": len(passages.ids),
        "questions": len(passages.questions),
        "standard error of hit@10": math.sqrt(0.25 / len(passages.questions)),
        "words alone": measures(ranks(passages, lambda number, _: lexical[number])),
        "speed": {
            name: {
                "tokens_per_second": speed.tokens / speed.seconds,
                "tokens_per_cpu_second": speed.tokens / speed.cpu_seconds,
                "cosine": float((documents[name] * documents[first]).sum(axis=1).mean()),
            }
            for name, speed in speeds.items()
        },
        "quality": rows,
    }


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m eval.precision")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--passages", type=int, default=0, help="at most so many passages")
    parser.add_argument(
        "--precisions", default=",".join(PRECISIONS), help="which; the others are compared to the first"
    )
    options = parser.parse_args()
    settings = load_settings()
    folder = settings.eval_data / "cjeval_kc_retrieval"
    if not (folder / "passages.jsonl").exists():
        sys.stderr.write(f"no outside data at {folder}: nothing is measured\n")
        return 1
    names = options.precisions.split(",")
    embedders = {name: open_embedder(_with_precision(settings, name)) for name in names}
    result = {
        "limited_to": os.environ.get("ONEDNN_MAX_CPU_ISA", ""),
        **compare(embedders, read_passages(folder, options.passages)),
    }
    if options.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
        return 0
    for name, speed in result["speed"].items():
        sys.stdout.write(f"{name}: {speed['tokens_per_second']:.0f} tokens/s, cosine {speed['cosine']:.4f}\n")
    for row in result["quality"]:
        dense, hybrid = row["dense"], row["hybrid"]
        sys.stdout.write(
            f"documents {row['documents']}, questions {row['questions']}: hit@10 {dense['hit@10']:.3f}, "
            f"MRR {dense['mrr@10']:.3f}; with words {hybrid['hit@10']:.3f}, {hybrid['mrr@10']:.3f}\n"
        )
    return 0


def _with_precision(settings: Settings, name: str) -> Settings:
    embedding = settings.embedding.model_copy(update={"precision": name})
    return settings.model_copy(update={"embedding": embedding})


if __name__ == "__main__":
    prepare_environment()
    sys.exit(main())
