"""The measure of embedding speed measures what it says: the pipeline's own texts, and the better bare figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eval.throughput import BATCHES, Round, compare, run_pipeline, some_files, summary
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.settings import Settings

COUNTS = {"precision": "float32", "files": 2, "chunks": 10, "best_batch": 4}


def test_the_ratio_is_to_the_better_bare_figure_and_the_median_of_the_rounds() -> None:
    rounds = [Round(10.0, 9.0, 20.0, 9.5), Round(10.0, 9.0, 8.0, 12.0), Round(10.0, 9.0, 8.5, 20.0)]
    result = summary(rounds, tokens=1000, **COUNTS)
    assert result.ratio == pytest.approx(0.85)
    assert not result.meets_aim
    assert (result.pipeline, result.embedding_share, result.rounds) == (100.0, 0.9, 3)
    assert summary(rounds[:1], tokens=1000, **COUNTS).meets_aim


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "资料"
    made.mkdir()
    for number in range(6):
        sections = "".join(f"## 第{part}节\n\n长方形的面积等于长乘宽。\n\n" for part in range(number + 1))
        (made / f"教案{number}.md").write_text(f"# 面积\n\n{sections}", encoding="utf-8")
    return made


def test_files_are_chosen_by_their_chunks_and_always_the_same(settings: Settings, folder: Path) -> None:
    embedder = FakeEmbedder()
    few, texts = some_files(embedder, settings, folder, 4)
    more, _ = some_files(embedder, settings, folder, 12)
    assert 4 <= len(texts) < 12
    assert set(few) < set(more) < set(folder.iterdir())
    assert (few, texts) == some_files(embedder, settings, folder, 4)
    assert len(some_files(embedder, settings, folder, 0)[0]) == 6
    assert embedder.documents_encoded == 0


def test_both_sides_embed_the_same_texts(settings: Settings, folder: Path) -> None:
    files, texts = some_files(FakeEmbedder(), settings, folder, 0)
    seconds, watched = run_pipeline(FakeEmbedder(), settings, files)
    assert 0 < watched.seconds < seconds
    assert sorted(watched.texts) == sorted(texts)
    seen: list[tuple[list[str], int]] = []
    result = compare(FakeEmbedder(), lambda some, size: seen.append((some, size)), settings, files, texts, rounds=2)
    measured = seen[len(BATCHES) :]
    assert [size for _, size in measured] == [32, result.best_batch] * 2
    assert all(some == texts for some, _ in measured)
    assert (result.files, result.chunks, result.rounds) == (6, len(texts), 2)
