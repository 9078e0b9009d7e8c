"""Embedding speed inside the pipeline beside a bare `SentenceTransformer.encode`: same chunks, same run.

    python -m eval.throughput --json [--chunks N] [--rounds N]

Files of the sample library go through `ingest.pipeline.ingest` into a new library with Chroma on disk. Its speed
counts from the first batch it embeds to its end, so with every write to catalogue and vectors, and with all reading of
files that goes on meanwhile. The bare side gets the very texts the pipeline embedded, with its default batch size of
32 and with the one that is fastest here. The three take turns, so that a busy machine slows all of them; the ratio is
the median of the rounds' ratios to the better bare one. The aim is 0.9 or better.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.service import open_embedder
from ingest.environment import prepare_environment
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ingest.embed import Embedder
    from ingest.settings import Settings

AIM = 0.9
CORPUS = Path(__file__).resolve().parents[1] / "corpus"
DEFAULT_BATCH = 32
BATCHES = (1, 2, 4, 8, 16)
# So many texts tell which batch size is the fastest.
TRIED = 32


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds that each way needed for all chunks; `embedding` is the pipeline's time inside the embedder."""

    pipeline: float
    embedding: float
    bare_default: float
    bare_best: float

    @property
    def ratio(self) -> float:
        """Return the pipeline's speed as a share of the better bare one's."""
        return min(self.bare_default, self.bare_best) / self.pipeline


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians of the rounds, in tokens a second; `embedding_share` is the part of the pipeline's time in the model."""

    precision: str
    files: int
    chunks: int
    tokens: int
    rounds: int
    pipeline: float
    bare_default: float
    bare_best: float
    best_batch: int
    embedding_share: float
    ratio: float
    meets_aim: bool


class Watched:
    """An embedder that remembers what it embedded and when; anything else goes to the one inside."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.texts: list[str] = []
        self.began: float | None = None
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever the embedder has)
        return getattr(self._embedder, name)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed, and note the texts and the time."""
        start = time.monotonic()
        self.began = start if self.began is None else self.began
        vectors = self._embedder.encode_documents(texts)
        self.seconds += time.monotonic() - start
        self.texts += texts
        return vectors


class Unembedded(Watched):
    """An embedder that counts tokens but only looks at the texts it should embed."""

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Remember the texts and return any unit vectors."""
        self.texts += texts
        return np.eye(1, 8, dtype=np.float32).repeat(len(texts), axis=0)


def some_files(embedder: Embedder, settings: Settings, folder: Path, chunks: int) -> tuple[list[Path], list[str]]:
    """Choose files with about so many chunks in all, by their hashed names, and return their texts too; all for 0."""
    with tempfile.TemporaryDirectory() as home, Library(Path(home)) as library:
        rows = ingest(library, Unembedded(embedder), [folder], settings).files
    sizes = {Path(row.path): row.chunks for row in rows if row.status == "indexed"}
    chosen: list[Path] = []
    for path in sorted(sizes, key=lambda path: hashlib.sha256(path.name.encode()).digest()):
        if chunks and sum(sizes[taken] for taken in chosen) >= chunks:
            break
        chosen.append(path)
    unembedded = Unembedded(embedder)
    with tempfile.TemporaryDirectory() as home, Library(Path(home)) as library:
        ingest(library, unembedded, sorted(chosen), settings)
    return sorted(chosen), unembedded.texts


def run_pipeline(embedder: Embedder, settings: Settings, files: Sequence[Path]) -> tuple[float, Watched]:
    """Take files into a new library; returns the seconds from the first batch to the end, and what was watched."""
    watched = Watched(embedder)
    with tempfile.TemporaryDirectory() as home, Library(Path(home)) as library:
        ingest(library, watched, files, settings)
        ended = time.monotonic()
    if watched.began is None:
        raise RuntimeError("the pipeline embedded nothing")
    return ended - watched.began, watched


def compare(
    embedder: Embedder,
    bare: Callable[[list[str], int], object],
    settings: Settings,
    files: Sequence[Path],
    texts: list[str],
    *,
    rounds: int,
) -> Comparison:
    """Measure the three in turns.

    Args:
        embedder: the pipeline's.
        bare: embeds texts in batches of a size.
        settings: the pipeline's.
        files: what the pipeline takes in.
        texts: what it embeds of them.
        rounds: how many times each is measured.

    """
    embedder.encode_documents(texts[:8])  # both warm up; the bare one while its best batch is looked for
    best = min(BATCHES, key=lambda size: _seconds(bare, texts[:: max(1, len(texts) // TRIED)], size))
    done = []
    for _ in range(rounds):
        seconds, watched = run_pipeline(embedder, settings, files)
        done.append(Round(seconds, watched.seconds, _seconds(bare, texts, DEFAULT_BATCH), _seconds(bare, texts, best)))
    return summary(
        done,
        precision=getattr(embedder, "precision", ""),
        files=len(files),
        chunks=len(texts),
        tokens=sum(map(embedder.count_tokens, texts)),
        best_batch=best,
    )


def summary(rounds: Sequence[Round], *, tokens: int, **counts: Any) -> Comparison:  # noqa: ANN401  (fields of Comparison)
    """Return the medians."""
    ratio = statistics.median(one.ratio for one in rounds)
    return Comparison(
        tokens=tokens,
        rounds=len(rounds),
        pipeline=tokens / statistics.median(one.pipeline for one in rounds),
        bare_default=tokens / statistics.median(one.bare_default for one in rounds),
        bare_best=tokens / statistics.median(one.bare_best for one in rounds),
        embedding_share=statistics.median(one.embedding / one.pipeline for one in rounds),
        ratio=ratio,
        meets_aim=ratio >= AIM,
        **counts,
    )


def _seconds(bare: Callable[[list[str], int], object], texts: list[str], batch_size: int) -> float:
    began = time.monotonic()
    bare(texts, batch_size)
    return time.monotonic() - began


def bare_model(folder: Path, precision: str) -> Callable[[list[str], int], object]:
    """Open the model as its own documentation does, in the same numbers; it has no int8, so float32 stands for it."""
    import torch
    from sentence_transformers import SentenceTransformer

    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": dtype})
    return lambda texts, batch_size: model.encode(texts, batch_size=batch_size, show_progress_bar=False)


def main() -> int:
    """Print the comparison."""
    from assistant.llm.model_files import model_path

    parser = argparse.ArgumentParser(prog="python -m eval.throughput")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--chunks", type=int, default=100, help="about how many chunks; 0 for the whole sample library")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    settings = load_settings()
    embedder = open_embedder(settings)
    folder = settings.embedding.model_path or model_path(settings.embedding.model, settings)
    bare = bare_model(folder, getattr(embedder, "precision", ""))
    files, texts = some_files(embedder, settings, CORPUS, options.chunks)
    result = compare(embedder, bare, settings, files, texts, rounds=options.rounds)
    if options.json:
        sys.stdout.write(json.dumps(asdict(result), indent=1) + "\n")
    else:
        sys.stdout.write(
            f"{result.chunks} chunks, {result.precision}: pipeline {result.pipeline:.0f} tokens/s, bare {result.bare_default:.0f} "
            f"(batches of 32), {result.bare_best:.0f} (of {result.best_batch}); ratio {result.ratio:.3f}, aim {AIM}\n"
        )
    return 0 if result.meets_aim else 1


if __name__ == "__main__":
    prepare_environment()
    sys.exit(main())
