"""Searching a large library, part by part, and how soon the sources of a question are there.

    python -m eval.scale --json [--chunks 100000] [--questions 60] [--library FOLDER] [--data FOLDER]

The library is `eval/large_library.py`'s, of passages of the outside data, in a temporary folder; with `--library` in a
folder that is kept, and used again when it is there. Questions are those of the retrieval sets. Wall time in milliseconds, and
processor time, which tells more on a busy machine: it counts the threads of this process only.

* retrieval: `retrieve` with 16 chunks wanted, as a question does, the embedding of the question included: of everything, as
  a reader of the public scope (a fifth), of one grade (a ninth), and of one subject of one grade (a sixty-third).
* sources: from the question to the `Search` event of `LocalAssistant.ask`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat.answer import Search
from assistant.chat.local import CHUNKS_CONSIDERED, LocalAssistant
from assistant.chat.retrieve import CANDIDATES, retrieve
from assistant.errors import EngineError
from assistant.service import open_embedder
from eval.large_library import embedded, fill
from eval.retrieval import collections
from ingest.access import OWN, Access
from ingest.environment import prepare_environment
from ingest.lexical import query_terms
from ingest.library import Library
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eval.retrieval import Collection
    from ingest.embed import Embedder
    from ingest.settings import Settings

CHUNKS = 100_000
QUESTIONS = 60
# So many passages of each set are embedded to mix the library of.
PASSAGES = 400
ACCESSES = {
    "everything": OWN,
    "public": Access("public"),
    "one grade": Access(filters=(("grade", 3),)),
    "one grade and subject": Access(filters=(("grade", 3), ("subject", "数学"))),
}
AIM_RETRIEVAL_MS, AIM_SOURCES_MS = 150.0, 300.0


class Clock:
    """Time what runs inside `part`, by name: wall and processor milliseconds."""

    def __init__(self) -> None:
        self._times: dict[str, list[tuple[float, float]]] = defaultdict(list)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time the body."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self._times[name].append((1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - processor)))

    def figures(self) -> dict[str, dict[str, float]]:
        """Return p50, p95 and the longest of each part."""
        found = {}
        for name, times in self._times.items():
            wall, processor = (sorted(column) for column in zip(*times, strict=True))
            found[name] = {
                "count": len(times),
                **{f"wall_{rank}": round(_at(wall, share), 1) for rank, share in RANKS.items()},
                **{f"processor_{rank}": round(_at(processor, share), 1) for rank, share in RANKS.items()},
            }
        return found


RANKS = {"p50": 0.5, "p95": 0.95, "max": 1.0}


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def measure_parts(library: Library, embedder: Embedder, questions: Sequence[str]) -> dict[str, dict[str, float]]:
    """Time retrieval and its parts; the first question warms up and does not count."""
    clock = Clock()
    for access in ACCESSES.values():
        retrieve(questions[0], library, embedder, CHUNKS_CONSIDERED, access)
    for question in questions[1:]:
        for number, (name, access) in enumerate(ACCESSES.items()):
            spaced = question + " " * number  # so that its vector is made anew
            with clock.part(f"retrieval of {name}"):
                retrieve(spaced, library, embedder, CHUNKS_CONSIDERED, access)
        with clock.part("embedding the question"):
            embedder.encode_query(question)
        vector = embedder.encode_query(question)
        with clock.part("words"):
            library.match(query_terms(question), CANDIDATES, OWN)
        with clock.part("vectors"):
            library.nearest(vector, CANDIDATES, OWN)
    return clock.figures()


def measure_sources(
    library: Library, embedder: Embedder, questions: Sequence[str], settings: Settings
) -> dict[str, dict[str, float]]:
    """Time from the question to its sources; the language model is not there, it comes after them."""
    assistant = LocalAssistant(settings, library, lambda: embedder, _no_engine)
    assistant.embedder.wait()
    clock = Clock()
    for number, question in enumerate(questions):
        with clock.part("warming up" if number == 0 else "sources"):
            events = assistant.ask(question)
            event = next(iter(events))
        if not isinstance(event, Search):
            raise TypeError(event)
    return {"sources": clock.figures()["sources"]}


def _no_engine() -> Any:  # noqa: ANN401  (it never returns)
    raise EngineError("EN-01", "这里不用语言模型。", "")


def library_of(sets: Sequence[Collection], embedder: Embedder, folder: Path, chunks: int) -> Library:
    """Return the library in a folder, made when there is none; closed by the caller."""
    is_there = (folder / "catalogue.sqlite3").exists()
    library = Library(folder)
    if not is_there:
        texts = [(title, text[:CHARACTERS]) for one in sets for _, title, text in one.passages[:PASSAGES]]
        fill(library, embedded(texts, embedder), chunks, embedder)
    return library


# Of a passage so many characters are embedded: more than a chunk has.
CHARACTERS = 400


def run(data: Path, chunks: int = CHUNKS, questions: int = QUESTIONS, folder: Path | None = None) -> dict[str, Any]:
    """Measure; `skipped` says what was not there."""
    settings = load_settings()
    sets = collections(data)
    if not sets:
        return {"parts": {}, "skipped": f"没有评测数据：{data}"}
    embedder = open_embedder(settings)
    each = questions // len(sets) + 1
    asked = [one.text for found in sets for one in found.questions[:: max(1, len(found.questions) // each)][:each]]
    with tempfile.TemporaryDirectory() as temporary:
        library = library_of(sets, embedder, folder or Path(temporary), chunks)
        with library:
            counts = library.catalogue.counts(OWN)
            parts = measure_parts(library, embedder, asked)
            parts |= measure_sources(library, embedder, asked, settings)
    return {
        "chunks": counts["chunks"],
        "documents": counts["documents"],
        "questions": len(asked) - 1,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "parts": parts,
        "aims_ms": {"retrieval of everything": AIM_RETRIEVAL_MS, "sources": AIM_SOURCES_MS},
        "skipped": "",
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.scale")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--chunks", type=int, default=CHUNKS)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--library", type=Path, help="folder in which the library is kept")
    parser.add_argument("--data", type=Path, help="folder of the outside data; the setting's if not given")
    options = parser.parse_args()
    result = run(options.data or load_settings().eval_data, options.chunks, options.questions, options.library)
    if options.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    elif not result["skipped"]:
        sys.stdout.write(f"{result['chunks']} chunks, {result['questions']} questions, load {result['load']}\n")
        for name, one in result["parts"].items():
            told = "  ".join(f"{figure} {one[figure]:.0f}" for figure in one if figure != "count")
            sys.stdout.write(f"  {name:38} {told} ms\n")
    if result["skipped"]:
        sys.stderr.write(result["skipped"] + "\n")
    return 1 if result["skipped"] else 0


if __name__ == "__main__":
    prepare_environment()
    sys.exit(main())
