"""Whatever the states, scopes and readers: a search gives what is published and open to the reader, and nothing else."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.chat.retrieve import retrieve
from ingest.access import SCOPES, Access, parse_filters
from ingest.catalogue import document_id_of, version_id_of
from ingest.chunk import chunk
from ingest.document import Block, Document, Locator, Metadata, Source, Span
from ingest.errors import LibraryError
from ingest.library import Library
from ingest.lifecycle import STEPS, State
from ingest.vectors import ChromaVectorStore
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from ingest.access import Scope

NOW = datetime(2026, 11, 25, tzinfo=UTC)
EMBEDDER = FakeEmbedder()
STATES = sorted(STEPS)


def put(library: Library, path: str, text: str, metadata: Metadata, state: State) -> str:
    block = Block(Span(0, len(text)), "text", Locator(), ())
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    document = Document(Source(Path(path), sha256, len(text)), text, (block,), metadata)
    document_id = document_id_of(Path(path))
    version_id = version_id_of(document_id, sha256)
    library.catalogue.put_version(document, chunk(document, version_id, len, 200), document_id, NOW)
    library.lifecycle.admit(document_id, state, "甲", NOW)
    list(library.index_versions([version_id], EMBEDDER))
    return document_id


def found(library: Library, access: Access, words: str = "面积和周长") -> set[str]:
    """Return what any of the ways to search gives: by words, by vectors, both joined, and by known ids."""
    everything = sorted(library.catalogue.chunk_ids())
    by_words = [chunk_id for chunk_id, _ in library.match(["面积"], 100, access)]
    by_vectors = [chunk_id for chunk_id, _ in library.nearest(EMBEDDER.encode_query(words), 100, access)]
    joined = [item.stored.chunk.id for item in retrieve(words, library, EMBEDDER, 100, access).chunks]
    known = library.chunks(everything, access)
    assert set(by_words) == set(by_vectors) == set(known), "the ways to search disagree on what may be found"
    assert set(joined) <= set(known)
    return {stored.document_id for stored in known.values()}


documents = st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from(SCOPES), st.integers(1, 9)), max_size=6)
steps = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(STATES)), max_size=8)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=documents, taken=steps, reader=st.sampled_from(SCOPES), grade=st.integers(1, 9))
def test_only_what_is_published_and_open_to_the_reader_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[State, Scope, int]],
    taken: list[tuple[int, State]],
    reader: Scope,
    grade: int,
) -> None:
    with Library(tmp_path_factory.mktemp("library"), open_vectors=FakeVectorStore) as library:
        check(library, made, taken, reader, grade)


@hypothesis_settings(max_examples=8, deadline=None)
@given(made=documents, taken=steps, reader=st.sampled_from(SCOPES), grade=st.integers(1, 9))
def test_it_holds_for_the_real_vector_store(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[State, Scope, int]],
    taken: list[tuple[int, State]],
    reader: Scope,
    grade: int,
) -> None:
    with Library(tmp_path_factory.mktemp("library"), open_vectors=ChromaVectorStore) as library:
        check(library, made, taken, reader, grade)


def check(
    library: Library,
    made: list[tuple[State, Scope, int]],
    taken: list[tuple[int, State]],
    reader: Scope,
    grade: int,
) -> None:
    ids, states = [], []
    for number, (state, scope, year) in enumerate(made):
        metadata = Metadata(title=f"第{number}课", scope=scope, grade=year)
        ids.append(put(library, f"/学校/{number}.md", f"第{number}课讲面积和周长，不要弄反。", metadata, state))
        states.append(state)
    for number, state in taken:
        if number < len(ids) and (state == states[number] or state in STEPS[states[number]]):
            library.lifecycle.change(ids[number], state, "乙", NOW, "")
            states[number] = state
    open_to = SCOPES[SCOPES.index(reader) :]
    wanted = {
        (document_id, year)
        for document_id, state, (_, scope, year) in zip(ids, states, made, strict=True)
        if state == "published" and scope in open_to
    }
    assert found(library, Access(reader)) == {document_id for document_id, _ in wanted}
    filtered = Access(reader, (("grade", grade),))
    assert found(library, filtered) == {document_id for document_id, year in wanted if year == grade}
    assert library.catalogue.counts(Access(reader))["documents"] == len(wanted)


def test_a_version_that_is_replaced_is_not_found_any_more(tmp_path: Path) -> None:
    with Library(tmp_path, open_vectors=ChromaVectorStore) as library:
        put(library, "/学校/1.md", "旧稿讲面积和周长。", Metadata(scope="public"), "published")
        put(library, "/学校/1.md", "新稿讲面积和周长。", Metadata(scope="public"), "published")
        chunks = library.chunks(sorted(library.catalogue.chunk_ids()), Access("public"))
        assert [stored.chunk.text for stored in chunks.values()] == ["新稿讲面积和周长。"]


def test_copies_are_shown_once_and_the_open_one_is_shown_when_the_other_is_closed(tmp_path: Path) -> None:
    text = "这一课讲面积和周长，先摸边线，再铺满面，最后说一说两件事有什么不一样，单位为什么也不一样，把话说完整。" * 2
    with Library(tmp_path, open_vectors=FakeVectorStore) as library:
        ids = [
            put(library, f"/学校/{scope}.md", text, Metadata(scope=scope), "published")
            for scope in ("school", "public")
        ]
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        for document_id, scope in zip(ids, ("school", "public"), strict=True):
            library.likenesses().link(document_id, f"/学校/{scope}.md", sha256, b"")

        def shown(reader: Scope) -> list[str]:
            chunks = retrieve("面积和周长", library, EMBEDDER, 10, Access(reader)).chunks
            return list(dict.fromkeys(item.stored.document_id for item in chunks))

        assert len(shown("school")) == 1
        assert shown("public") == [ids[1]]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["grade=3"], (("grade", 3),)),
        (["年级=三年级", "学科=数学"], (("grade", 3), ("subject", "数学"))),
        (["KIND = 教案"], (("kind", "教案"),)),
        ([], ()),
    ],
)
def test_filters_are_read_as_they_are_typed(words: list[str], wanted: tuple[tuple[str, object], ...]) -> None:
    assert parse_filters(words) == wanted


@pytest.mark.parametrize("word", ["grade", "grade=", "grade=很多", "path=/etc", "state=draft", "=3", "1=1) OR (1=1"])
def test_what_is_no_filter_is_refused(word: str) -> None:
    with pytest.raises(LibraryError, match="LB-10"):
        parse_filters([word])


def test_a_filters_value_is_data(tmp_path: Path) -> None:
    with Library(tmp_path, open_vectors=FakeVectorStore) as library:
        put(library, "/学校/1.md", "面积和周长。", Metadata(scope="school", subject="数学"), "draft")
        for value in ("' OR 1=1 --", '" OR "1"="1', "数学' OR d.state = 'draft"):
            assert found(library, Access("school", (("subject", value),))) == set()


@pytest.mark.parametrize(("open_to", "hidden"), [(40, 0), (40, 1), (40, 20), (5, 40), (1, 90), (0, 40)])
@pytest.mark.parametrize("most_asked", [0, 12, 2000])
def test_the_nearest_that_may_be_found_are_the_nearest_of_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_to: int, hidden: int, most_asked: int
) -> None:
    monkeypatch.setattr("ingest.library.MOST_ASKED", most_asked)
    with Library(tmp_path / "library", open_vectors=FakeVectorStore) as library:
        for number in range(hidden):
            # The likest of all are the hidden ones: what a search asks for first may hold nothing that is open.
            put(library, f"/甲/{number}.md", f"面积和周长{'。' * number}", Metadata(scope="school"), "draft")
        for number in range(open_to):
            put(
                library,
                f"/乙/{number}.md",
                f"面积和周长{'、体积' * (number + 1)}",
                Metadata(scope="school"),
                "published",
            )
        vector = EMBEDDER.encode_query("面积和周长")
        may = library.chunks(sorted(library.catalogue.chunk_ids()), Access())
        every = [pair for pair in library.vectors.nearest(vector, 1000) if pair[0] in may]
        for k in (1, 4, 50):
            assert library.nearest(vector, k, Access()) == every[:k]
