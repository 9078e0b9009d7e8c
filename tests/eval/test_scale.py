"""The large library is one like any other, and each part of searching it is timed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from eval.large_library import CHUNKS_A_DOCUMENT, embedded, fill
from eval.retrieval import collections
from eval.scale import ACCESSES, Clock, library_of, measure_parts, measure_sources
from ingest.access import OWN
from ingest.library import Library
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.settings import Settings

TEXTS = [
    ("面积", "长方形的面积等于长乘宽。先用小方片铺满，再数一数。周长是一圈边线的长。"),
    ("电路", "小灯泡要连成闭合回路才会亮。断开一处就熄灭。"),
    ("古诗", "这首古诗写了庐山的瀑布。诗人用了夸张的写法。"),
]


def filled(folder: Path, chunks: int) -> Library:
    library = Library(folder, open_vectors=FakeVectorStore)
    fill(library, embedded(TEXTS, FakeEmbedder()), chunks, FakeEmbedder())
    return library


def test_the_library_has_just_so_many_chunks_with_unit_vectors(tmp_path: Path) -> None:
    with filled(tmp_path, 2 * CHUNKS_A_DOCUMENT + 3) as library:
        assert library.catalogue.counts(OWN) == {"documents": 3, "chunks": 2 * CHUNKS_A_DOCUMENT + 3, "pending": 0}
        assert library.fault() == ""
        ids = sorted(library.catalogue.chunk_ids())
        for vector in library.vectors.get(ids).values():
            assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
        for stored in library.chunks(ids, OWN).values():
            assert stored.chunk.text
            assert any(stored.chunk.headings == (title,) for title, _ in TEXTS)
        assert library.match(["面积"], 5, OWN) != []


def test_the_same_library_is_made_again(tmp_path: Path) -> None:
    with filled(tmp_path / "甲", 25) as one, filled(tmp_path / "乙", 25) as other:
        ids = sorted(one.catalogue.chunk_ids())
        assert ids == sorted(other.catalogue.chunk_ids())
        assert one.chunks(ids, OWN) == other.chunks(ids, OWN)
        for chunk_id, vector in one.vectors.get(ids).items():
            np.testing.assert_array_equal(vector, other.vectors.get(ids)[chunk_id])


def test_every_part_is_timed_for_every_question_but_the_first(tmp_path: Path, settings: Settings) -> None:
    with filled(tmp_path, 30) as library:
        asked = ["面积是什么？", "怎样连成闭合回路？", "谁写了瀑布？"]
        parts = measure_parts(library, FakeEmbedder(), asked)
        parts |= measure_sources(library, FakeEmbedder(), asked, settings)
    assert {f"retrieval of {name}" for name in ACCESSES} | {"words", "vectors", "sources"} <= set(parts)
    for one in parts.values():
        assert one["count"] == 2
        assert 0 <= one["wall_p50"] <= one["wall_p95"] <= one["wall_max"]


def test_ranks_are_those_of_the_times() -> None:
    clock = Clock()
    clock._times["part"] = [(float(number), 0.0) for number in range(1, 101)]
    assert clock.figures()["part"]["wall_p50"] == 51
    assert clock.figures()["part"]["wall_p95"] == 96
    assert clock.figures()["part"]["wall_max"] == 100


def test_a_library_that_is_there_is_used_again(tmp_path: Path) -> None:
    place = tmp_path / "data" / "retrieval_zh" / "test"
    place.mkdir(parents=True)
    rows = [{"pid": title, "title": title, "text": text} for title, text in TEXTS]
    (place / "passages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    question = {"qid": "1", "question": "面积等于什么？", "pid": "面积"}
    (place / "questions.jsonl").write_text(json.dumps(question) + "\n", encoding="utf-8")
    sets, embedder = collections(tmp_path / "data"), FakeEmbedder()
    library_of(sets, embedder, tmp_path / "large", 20).close()
    assert embedder.documents_encoded == len(TEXTS)
    with library_of(sets, embedder, tmp_path / "large", 20) as again:
        assert again.catalogue.counts(OWN)["chunks"] == 20
    assert embedder.documents_encoded == len(TEXTS)
