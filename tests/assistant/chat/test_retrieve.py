from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.chat.evidence import best_window, choose_evidence, coverage, term_weights
from assistant.chat.gate import Signs
from assistant.chat.retrieve import fuse, retrieve
from ingest.access import OWN
from ingest.library import Library
from ingest.pipeline import ingest
from tests.fakes.chat import evidence
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.settings import Settings

FILES = {
    "面积.md": "# 长方形的面积\n\n## 教学难点\n\n学生容易把面积和周长混淆。先摸边线，再铺满面。\n\n## 作业\n\n量一量课桌的面积。\n",
    "面积副本.md": "# 长方形的面积\n\n## 教学难点\n\n学生容易把面积和周长混淆。先摸边线，再铺满面！\n",
    "电路.md": "# 简单电路\n\n## 教学难点\n\n小灯泡要连成闭合回路才会亮。\n",
}


@pytest.fixture
def library(tmp_path: Path, settings: Settings) -> Iterator[Library]:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Library(settings.library_dir, open_vectors=FakeVectorStore) as opened:
        report = ingest(opened, FakeEmbedder(), [folder], settings)
        assert report.counts["added"] == 3
        yield opened


def test_fusion_adds_reciprocal_ranks() -> None:
    assert fuse([["a", "b"], ["b"]], k=60) == [("b", 1 / 62 + 1 / 61), ("a", 1 / 61)]
    assert fuse([["b"], ["a"]]) == [("a", 1 / 61), ("b", 1 / 61)]
    assert fuse([[], []]) == []


def test_the_best_chunk_comes_first_and_near_duplicates_once(library: Library) -> None:
    found = retrieve("怎样分清面积和周长？", library, FakeEmbedder(), 5, OWN)
    texts = [scored.stored.chunk.text for scored in found.chunks]
    assert "混淆" in texts[0]
    assert sum("混淆" in text for text in texts) == 1
    again = retrieve("怎样分清面积和周长？", library, FakeEmbedder(), 5, OWN)
    assert found == again


def test_without_vectors_words_alone_find(library: Library) -> None:
    found = retrieve("闭合回路", library, None, 3, OWN)
    assert "闭合回路" in found.chunks[0].stored.chunk.text
    assert found.chunks[0].similarity is None


@pytest.mark.parametrize("question", ["", "？", "\x00", "' OR 1=1 --", "面积" * 400])
def test_any_question_is_searched_without_error(library: Library, question: str) -> None:
    assert len(retrieve(question, library, FakeEmbedder(), 3, OWN).chunks) <= 3


def test_evidence_is_numbered_and_stands_in_its_document(library: Library) -> None:
    found = retrieve("面积和周长混淆", library, FakeEmbedder(), 5, OWN)
    weights = term_weights(library.catalogue.document_frequency(found.terms), 10)
    chosen = choose_evidence(found.chunks, weights, len)
    assert [passage.number for passage in chosen] == list(range(1, len(chosen) + 1))
    for passage in chosen:
        version = library.version(passage.version_id)
        assert version is not None
        assert version.text[passage.span.start : passage.span.end] == passage.text
    assert coverage(weights, chosen) > 0.8


@pytest.mark.parametrize(
    ("nearest", "covered", "answered"),
    [(0.7, 0.0, True), (0.45, 0.5, True), (0.45, 0.1, False), (0.2, 1.0, False), (None, 0.9, True), (None, 0.3, False)],
)
def test_evidence_is_enough_when_near_or_rather_near_and_covered(
    nearest: float | None, covered: float, *, answered: bool
) -> None:
    assert Signs(nearest, covered, held=0.0).enough is answered


def test_the_window_holds_what_is_asked_within_the_budget() -> None:
    text = "前言很长很长很长。" * 5 + "面积和周长要分清。先摸边线。" + "后记很长很长很长。" * 5
    span = best_window(text, {"面积": 2.0, "周长": 2.0}, len, 20)
    assert "面积和周长要分清。" in text[span.start : span.end]
    assert span.end - span.start <= 20


def test_rare_terms_weigh_more() -> None:
    weights = term_weights({"的": 100, "周长": 1}, 100)
    assert weights["周长"] > weights["的"] > 0
    assert coverage(weights, [evidence("周长")]) > 0.9
    assert coverage({}, [evidence("周长")]) == 0.0
