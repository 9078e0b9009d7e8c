"""A long run: many small files with the real model, the memory while it goes on, and what a second run costs.

    python -m eval.endurance --files 5000 --json

The files are made by this script, each with a text of its own; they and the library lie in a temporary folder. Memory is
that of this process and of its readers, after every tenth of the files.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from assistant.service import open_embedder
from ingest.environment import prepare_environment
from ingest.library import Library
from ingest.pipeline import Surroundings, ingest
from ingest.readers import ReaderProcesses
from ingest.settings import load_settings

if TYPE_CHECKING:
    from ingest.report import Progress

PLACES = "操场 菜地 课桌 教室 花坛 书架 窗台 走廊 图书角 实验台".split()
STEPS = "先摸边线，再铺满面 先说求什么，再列式 先估一估，再量一量 两人一组轮流说 在格子纸上画一画".split()
MEGABYTE = 1 << 20


def write_files(folder: Path, count: int) -> None:
    """Write short lesson notes, a hundred a folder."""
    chosen = random.Random(2)  # noqa: S311  (no secret)
    for number in range(count):
        path = folder / f"第{number // 100}组" / f"三年级数学_第{number}课_教案.txt"
        path.parent.mkdir(exist_ok=True)
        place, step = chosen.choice(PLACES), chosen.choice(STEPS)
        size = chosen.randint(3, 90)
        path.write_text(f"第{number}课讲{place}的面积，边长 {size} 米。{step}。", encoding="utf-8")


def memory() -> int:
    """Return the bytes this process and its children hold."""
    own = psutil.Process()
    return int(own.memory_info().rss + sum(child.memory_info().rss for child in own.children(recursive=True)))


def main() -> int:
    """Print the memory over the run, and the cost of a second run."""
    parser = argparse.ArgumentParser(description="Memory over a long ingest, and the cost of a second run.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--files", type=int, default=5000, help="how many files")
    options = parser.parse_args()
    prepare_environment()
    settings = load_settings()
    embedder = open_embedder(settings)
    held: list[tuple[int, int]] = []

    def watch(progress: Progress) -> None:
        tenth = progress.files_done * 10 // options.files
        if tenth > len(held):
            held.append((progress.files_done, memory() // MEGABYTE))

    with tempfile.TemporaryDirectory(prefix="zhujiao-endurance-") as name:
        folder = Path(name) / "资料"
        folder.mkdir()
        write_files(folder, options.files)
        seconds = []
        with Library(Path(name) / "library") as library:
            for _ in range(2):
                with closing(ReaderProcesses(settings.ingest)) as readers:
                    started = time.monotonic()
                    report = ingest(library, embedder, [folder], settings, Surroundings(readers, on_progress=watch))
                    seconds.append(time.monotonic() - started)
        row = {
            "files": options.files,
            "unchanged_in_second_run": report.counts["unchanged"],
            "first_seconds": round(seconds[0], 1),
            "second_seconds": round(seconds[1], 2),
            "second_share": round(seconds[1] / seconds[0], 4),
            "memory_mb": held,
            "growth_mb_after_first_fifth": held[-1][1] - held[1][1] if len(held) > 1 else None,
        }
    if options.json:
        sys.stdout.write(json.dumps(row) + "\n")
    else:
        sys.stdout.writelines(f"{key}: {value}\n" for key, value in row.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
