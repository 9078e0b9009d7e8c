"""The sample library as it is cut: what a teacher would find as one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingest.chunk import chunk
from ingest.classify.manifest import row_metadata
from ingest.document import Source
from ingest.normalise import assemble
from tests.corpus.bank import folded, items_of
from tests.corpus.conftest import CORPUS

if TYPE_CHECKING:
    from ingest.document import Chunk, Document, Element

Rows = list[dict[str, str]]
Read = dict[str, tuple["Element", ...]]
Cut = dict[str, tuple["Document", tuple["Chunk", ...]]]

LIMIT = 450  # characters, about 320 tokens


@pytest.fixture(scope="module")
def cut(rows: Rows, read: Read) -> Cut:
    """The documents and their chunks, by name."""
    found: Cut = {}
    for row in rows:
        document = assemble(Source(CORPUS / row["文件"], "0" * 64, 1), read[row["文件"]], row_metadata(row))
        found[row["文件"]] = (document, chunk(document, "v", len, LIMIT))
    return found


def of_kind(rows: Rows, cut: Cut, kind: str) -> dict[str, tuple[Document, tuple[Chunk, ...]]]:
    return {row["文件"]: cut[row["文件"]] for row in rows if row["种类"] == kind}


def test_every_item_of_the_banks_is_a_chunk_with_its_question_options_answer_analysis_points_and_tier(
    rows: Rows, read: Read, cut: Cut
) -> None:
    count = 0
    for name, (document, chunks) in of_kind(rows, cut, "习题").items():
        bank = items_of(read[name])
        items = [one for one in chunks if one.kind == "item"]
        assert len(items) == len(bank), name
        count += len(items)
        for one, item in zip(items, bank.values(), strict=True):
            parts = {field.name: folded(document.text[field.span.start : field.span.end]) for field in one.fields}
            assert bool(item.options) == ("options" in parts), (name, item.stem)
            parts.pop("options", None)
            assert parts == {
                "question": item.stem,
                "answer": item.answer,
                "analysis": item.analysis,
                "tier": item.tier,
                "points": item.point,
            }, name
    assert count >= 380


def test_a_slide_is_a_chunk_and_a_chunk_one_slide(rows: Rows, cut: Cut) -> None:
    for name, (document, chunks) in of_kind(rows, cut, "课件").items():
        slides = {block.locator.slide for block in document.blocks}
        assert {one.kind for one in chunks} == {"slide"}, name
        assert [one.locator.slide for one in chunks] == sorted(slides, key=lambda slide: slide or 0), name


def test_transcripts_are_exchanges_between_teacher_and_pupils_with_their_time(rows: Rows, cut: Cut) -> None:
    for name, (_, chunks) in of_kind(rows, cut, "课堂实录").items():
        talk = [one for one in chunks if one.kind == "exchange"]
        assert len(talk) >= 10, name
        assert all("师：" in one.text and "生" in one.text for one in talk), name
        spans = [(one.locator.start, one.locator.end) for one in talk]
        assert all(start is not None and end is not None and start < end for start, end in spans), name
        assert spans == sorted(spans), name


def test_sections_and_steps_of_lesson_plans_are_not_mixed(rows: Rows, cut: Cut) -> None:
    """A chunk under one section does not reach into the next: 板书 is not found under 作业."""
    for name, (document, chunks) in of_kind(rows, cut, "教案").items():
        for one in chunks:
            headed = {
                block.headings[:1]
                for block in document.blocks
                if block.kind != "heading" and one.span.start <= block.span.start < one.span.end
            }
            assert len(headed) <= 1, (name, one.text[:40])


def test_chunks_are_neither_scraps_nor_too_long(rows: Rows, cut: Cut) -> None:
    for kind in ("教案", "教研记录", "课堂实录", "课标", "其他"):
        lengths = [len(one.text) for _, chunks in of_kind(rows, cut, kind).values() for one in chunks]
        assert max(lengths) <= LIMIT, kind
        assert sum(length < 40 for length in lengths) <= 0.06 * len(lengths), kind
