from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.document import Block, Document, Locator, Metadata, Source, Span
from ingest.sentences import sentence_spans

SOURCE = Source(Path("/a.md"), "0" * 64, 1)
WORDS = st.text("面积周长，。！？12ab ", min_size=1, max_size=80).filter(lambda text: bool(text.strip()))


def document(parts: list[tuple[str, str, tuple[str, ...], Locator]]) -> Document:
    text, blocks = "", []
    for kind, body, headings, locator in parts:
        start = len(text) + (1 if text else 0)
        text = f"{text}\n{body}" if text else body
        blocks.append(Block(Span(start, start + len(body)), kind, locator, headings, 1 if kind == "heading" else None))
    return Document(SOURCE, text, tuple(blocks), Metadata(title="题"))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    parts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["heading", "text", "table", "list"]),
                WORDS.map(str.strip).filter(bool),
                st.sampled_from([(), ("一",), ("一", "二"), ("三",)]),
                st.sampled_from([Locator(), Locator(page=1), Locator(slide=1), Locator(slide=2)]),
            ),
            min_size=1,
            max_size=12,
        )
    )
    return document(parts)


@given(documents(), st.integers(5, 120))
def test_nothing_is_lost_doubled_or_changed(doc: Document, limit: int) -> None:
    chunks = chunk(doc, "v", len, limit)
    assert [item.ordinal for item in chunks] == list(range(len(chunks)))
    assert len({item.id for item in chunks}) == len(chunks)
    covered = 0
    for item in chunks:
        assert doc.text[item.span.start : item.span.end] == item.text
        assert doc.text[covered : item.span.start].strip() == ""
        covered = item.span.end
    assert doc.text[covered:].strip() == ""


@given(documents(), st.integers(5, 120))
def test_only_a_single_sentence_may_be_longer_than_the_limit(doc: Document, limit: int) -> None:
    for item in chunk(doc, "v", len, limit):
        # The white space between sentences is not counted against the limit.
        counted = len("".join(item.text.split()))
        assert counted <= limit or len(sentence_spans(item.text)) == 1


def test_a_heading_goes_with_what_follows_it_and_sections_stay_apart() -> None:
    doc = document(
        [
            ("heading", "教学目标", (), Locator()),
            ("text", "会算面积。", ("教学目标",), Locator()),
            ("heading", "教学难点", (), Locator()),
            ("text", "分清面积与周长。", ("教学难点",), Locator()),
        ]
    )
    chunks = chunk(doc, "v", len, 100)
    assert [item.text for item in chunks] == ["教学目标\n会算面积。", "教学难点\n分清面积与周长。"]
    assert [item.headings for item in chunks] == [("教学目标",), ("教学难点",)]


def test_slides_stay_apart_and_keep_their_place() -> None:
    doc = document([("text", "第一张", (), Locator(slide=1)), ("text", "第二张", (), Locator(slide=2))])
    assert [item.locator.slide for item in chunk(doc, "v", len, 100)] == [1, 2]


def test_sentences_are_never_cut() -> None:
    body = "".join(f"这是第{number}句，说的是长方形的面积。" for number in range(30))
    for item in chunk(document([("text", body, (), Locator())]), "v", len, 60):
        assert item.text.endswith("。")
        assert item.text.startswith("这是第")


def test_an_empty_document_has_no_chunks() -> None:
    assert chunk(Document(SOURCE, "", ()), "v", len, 100) == ()
