"""A run killed at any moment is completed by the next one as if it had never been disturbed."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.settings import load_settings
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    import numpy as np

    from ingest.library import Library

KILLS = 50  # of a first run, and as many of a run over a folder that has changed
PACE = 0.003
PATIENCE = 60.0
NOW = datetime(2026, 11, 25, tzinfo=UTC)
# Everything that makes up the catalogue but the numbers SQLite itself gives to rows.
TABLES = {
    "meta": "SELECT * FROM meta ORDER BY key",
    "document": "SELECT * FROM document ORDER BY id",
    "version": "SELECT * FROM version ORDER BY id",
    "chunk": "SELECT id, version_id, ordinal, start, stop, headings, locator, kind, fields, input FROM chunk ORDER BY id",
    "terms": "SELECT c.id, t.place, t.body FROM chunk_terms t JOIN chunk c ON c.number = t.rowid ORDER BY c.id",
    "terms without chunk": "SELECT rowid FROM chunk_terms WHERE rowid NOT IN (SELECT number FROM chunk)",
    "event": "SELECT document_id, before, state, who, at, why FROM event ORDER BY document_id, id",
    "correction": "SELECT * FROM correction ORDER BY document_id, field",
    "likeness": "SELECT * FROM likeness ORDER BY one, other",
}

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
    from ingest.access import OWN
    from ingest.readers import ReaderProcesses

    ingest.pipeline.CHUNKS_PER_ROUND = 12
    ingest.library.EMBED_AT_ONCE = 4
    settings = load_settings({"ZHUJIAO_HOME": home})
    with (
        ingest.library.Library(settings.library_dir, wait_seconds=5) as library,
        closing(ReaderProcesses(settings.ingest)) as readers,
    ):
        found = [chunk_id for chunk_id, _ in library.match(["面积"], 10_000, OWN)]
        told.send(sorted(set(found) - library.vectors.ids()))
        around = ingest.pipeline.Surroundings(readers, "甲", "2025-04-14 已登记", clock=lambda: NOW)
        report = ingest.pipeline.ingest(library, SlowEmbedder(), [Path(folder)], settings, around)
        told.send((report.counts, content(library)))


def content(library: Library) -> dict[str, str]:
    """Return a digest of everything a library holds, part by part: equal digests are equal bytes."""
    rows: dict[str, Any] = {name: library.catalogue.database.all(sql) for name, sql in TABLES.items()}
    rows["vectors"] = sorted(library.vectors.ids())
    assert rows["vectors"] == sorted(library.catalogue.chunk_ids())
    assert library.fault() == ""
    rows["files"] = sorted(
        (str(path.relative_to(library.folder)), hashlib.sha256(path.read_bytes()).hexdigest())
        for name in ("originals", "private", "unpacked")
        for path in (library.folder / name).rglob("*")
        if path.is_file()
    )
    return {name: hashlib.sha256(repr(part).encode()).hexdigest() for name, part in rows.items()}


def write(folder: Path, words: str, files: range) -> None:
    """Write texts, a copy, an archive, and a recording with pupils in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number in files:
        sentences = (f"第{number}课第{part}段讲面积和周长，{words * 10}下课。" for part in range(8))
        (folder / f"第{number}课.txt").write_text("\n".join(sentences), encoding="utf-8")
    shutil.copy(folder / f"第{files[0]}课.txt", folder / "副本.txt")
    with zipfile.ZipFile(folder / "资料包.zip", "w") as package:
        for number in range(2):
            package.writestr(f"包里/{number}.txt", f"第{number}份讲面积，{words * 20}。")
    lesson = [f"师：{name}，你来说{words}\n生（{name}）：面积是一片有多大。" for name in ("王小明", "李雨桐", "陈思远")]
    (folder / "三下_面积_课堂实录.txt").write_text("\n".join(lesson * 4), encoding="utf-8")


class Runs:
    """Start children over one folder of files."""

    def __init__(self, folder: Path) -> None:
        # A fork server imports everything once; each child then starts in milliseconds.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(
            ["pytest", "chromadb", "rjieba", "ingest.pipeline", "ingest.library", "ingest.readers", __name__]
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

    def complete(self, home: Path) -> tuple[dict[str, int], dict[str, str]]:
        child, told = self.start(home)
        began = time.monotonic()
        assert told.poll(PATIENCE), "the child does not end"
        result: tuple[dict[str, int], dict[str, str]] = told.recv()
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
    write(tmp_path / "资料", "先摸边线再铺满面，", range(8))
    return Runs(tmp_path / "资料")


def kill_again_and_again(runs: Runs, homes: Iterator[Path], wanted: dict[str, str], length: float) -> None:
    """Kill runs over each home, up to five of them, before the next one completes it; compare what is there then."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201  (shown when the test fails)
    moments = random.Random(seed)
    killed = 0
    while killed < KILLS:
        home = next(homes)
        for _ in range(moments.randint(1, 5)):
            killed += runs.kill_after(home, moments.uniform(0.0, length))
        _, there = runs.complete(home)
        assert there == wanted


def test_killed_runs_end_up_like_an_undisturbed_one(tmp_path: Path, runs: Runs) -> None:
    counts, wanted = runs.complete(tmp_path / "whole")
    assert (counts["added"], counts["duplicates"], counts["failed"]) == (
        12,
        7,
        0,
    )  # the lessons differ in their numbers only
    homes = (tmp_path / f"home-{number}" for number in range(10_000))
    kill_again_and_again(runs, homes, wanted, runs.length)


def test_killed_runs_over_a_changed_folder_end_up_like_an_undisturbed_one(tmp_path: Path, runs: Runs) -> None:
    runs.complete(tmp_path / "before")
    write(tmp_path / "资料", "先说出求什么再列式，", range(2, 10))
    shutil.copytree(tmp_path / "before", tmp_path / "whole")
    counts, wanted = runs.complete(tmp_path / "whole")
    assert {name: counts[name] for name in ("added", "updated", "retired", "failed")} == {
        "added": 2,
        "updated": 10,
        "retired": 2,
        "failed": 0,
    }

    def copies() -> Iterator[Path]:
        for number in range(10_000):
            yield Path(shutil.copytree(tmp_path / "before", tmp_path / f"home-{number}"))

    kill_again_and_again(runs, copies(), wanted, runs.length)
