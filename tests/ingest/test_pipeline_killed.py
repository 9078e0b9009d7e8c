"""A run killed at any moment is completed by the next one as if it had never been disturbed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.catalogue import Catalogue
from ingest.settings import load_settings
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    import numpy as np

KILLS = 8
FILES = 10
PACE = 0.003
PATIENCE = 60.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL and a fork server"),
]


class SlowEmbedder(FakeEmbedder):
    """Take some time for each text, so that there is time to be killed in."""

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        time.sleep(PACE * len(texts))
        return super().encode_documents(texts)


def take_in(home: str, folder: str, told: Connection) -> None:
    """Run in a child: open the library, tell what is found there, take the folder in, tell what there is now."""
    import ingest.library
    import ingest.pipeline

    ingest.pipeline.CHUNKS_PER_ROUND = 12
    ingest.library.EMBED_AT_ONCE = 4
    settings = load_settings({"ZHUJIAO_HOME": home})
    with ingest.library.Library(settings.library_dir, wait_seconds=5) as library:
        found = [chunk_id for chunk_id, _ in library.match(["面积"], 10_000)]
        told.send(sorted(set(found) - library.vectors.ids()))
        report = ingest.pipeline.ingest(library, SlowEmbedder(), [Path(folder)], settings)
        told.send((report.counts, library.fault(), library.catalogue.chunk_ids(), library.vectors.ids()))


def write(folder: Path, words: str) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(FILES):
        sentences = (f"第{number}课第{part}段讲面积和周长，{words * 10}下课。" for part in range(10))
        (folder / f"第{number}课.txt").write_text("\n".join(sentences), encoding="utf-8")


class Runs:
    """Start children over one folder of files."""

    def __init__(self, folder: Path) -> None:
        # A fork server imports everything once; each child then starts in milliseconds.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(
            ["pytest", "chromadb", "rjieba", "ingest.pipeline", "ingest.library", __name__]
        )
        self._folder = folder
        self.length = 0.0

    def start(self, home: Path) -> tuple[BaseProcess, Connection]:
        here, there = self._context.Pipe(duplex=False)
        child = self._context.Process(target=take_in, args=(str(home), str(self._folder), there))
        child.start()
        there.close()
        assert here.poll(PATIENCE), "the child does not start"
        assert here.recv() == [], "a chunk can be found that has no vector"
        return child, here

    def complete(self, home: Path) -> tuple[dict[str, int], str, set[str], set[str]]:
        child, told = self.start(home)
        began = time.monotonic()
        assert told.poll(PATIENCE), "the child does not end"
        result: tuple[dict[str, int], str, set[str], set[str]] = told.recv()
        self.length = time.monotonic() - began
        child.join(PATIENCE)
        assert child.exitcode == 0
        return result

    def kill_after(self, home: Path, seconds: float) -> bool:
        """Return whether the run was killed; False when it was faster."""
        child, _ = self.start(home)
        time.sleep(seconds)
        child.kill()
        child.join(PATIENCE)
        return child.exitcode == -signal.SIGKILL


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    write(tmp_path / "资料", "先摸边线再铺满面，")
    return Runs(tmp_path / "资料")


def originals(home: Path) -> set[str]:
    kept = (path.name for path in (home / "library" / "originals").rglob("*") if path.is_file())
    return {name for name in kept if not name.startswith(".copy-")}


def test_killed_runs_end_up_like_an_undisturbed_one(tmp_path: Path, runs: Runs) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201  (shown when the test fails)
    moments = random.Random(seed)
    counts, fault, chunks, vectors = runs.complete(tmp_path / "whole")
    length = runs.length
    assert (counts["added"], fault, vectors) == (FILES, "", chunks)
    assert len(chunks) >= 3 * FILES

    home, rounds, killed = tmp_path / "home-0", 0, 0
    while killed < KILLS:
        if runs.kill_after(home, moments.uniform(0.0, length / 2)):
            killed += 1
        if killed == KILLS or is_done(home, chunks):
            _, fault, *ids = runs.complete(home)
            assert fault == ""
            assert ids == [chunks, vectors]
            assert originals(home) == originals(tmp_path / "whole")
            rounds += 1
            home = tmp_path / f"home-{rounds}"


def is_done(home: Path, chunks: set[str]) -> bool:
    catalogue = Catalogue(home / "library" / "catalogue.sqlite3")
    try:
        assert catalogue.chunk_ids() <= chunks
        return catalogue.counts()["documents"] == FILES
    finally:
        catalogue.close()


def test_killed_updates_end_up_like_undisturbed_ones(tmp_path: Path, runs: Runs) -> None:
    homes = [tmp_path / "whole", tmp_path / "killed"]
    for home in homes:
        runs.complete(home)
    write(tmp_path / "资料", "先说出求什么再列式，")
    counts, fault, *wanted = runs.complete(homes[0])
    length = runs.length
    assert (counts["updated"], fault) == (FILES, "")
    moments = random.Random(7)
    for _ in range(4):
        runs.kill_after(homes[1], moments.uniform(0.0, length / 2))
    _, fault, *ids = runs.complete(homes[1])
    assert fault == ""
    assert ids == wanted
