from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.access import OWN, Access
from ingest.catalogue import Catalogue, Holding, document_id_of, version_id_of
from ingest.chunk import chunk
from ingest.database import MOST_REMEMBERED
from ingest.document import Block, Document, Locator, Metadata, Source, Span
from ingest.errors import LibraryError

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "catalogue.sqlite3")


def store(catalogue: Catalogue, text: str, sha256: str, path: str = "/学校/面积.md", *, activate: bool = True) -> str:
    block = Block(Span(0, len(text)), "text", Locator(page=2), ("教学难点",))
    document = Document(
        Source(Path(path), sha256, len(text)), text, (block,), Metadata(title="面积", grade=3, scope="school")
    )
    document_id = document_id_of(Path(path))
    version_id = version_id_of(document_id, sha256)
    catalogue.put_version(document, chunk(document, version_id, len, 200), document_id, NOW)
    if activate:
        catalogue.activate(version_id)
    return version_id


def test_a_pending_version_is_found_by_nobody(catalogue: Catalogue) -> None:
    version_id = store(catalogue, "面积与周长", "a" * 64, activate=False)
    assert catalogue.match(["面积"], 5, OWN) == []
    assert catalogue.chunks(sorted(catalogue.chunk_ids()), OWN) == {}
    assert catalogue.current("/学校/面积.md") is None
    assert [row[0] for row in catalogue.pending()] == [version_id]
    catalogue.activate(version_id)
    assert len(catalogue.match(["面积"], 5, OWN)) == 1
    assert catalogue.current("/学校/面积.md") == ("a" * 64, "")


def test_a_new_version_replaces_the_old_one_which_can_still_be_opened(catalogue: Catalogue) -> None:
    old = store(catalogue, "面积的旧说法", "a" * 64)
    replaced_chunk = catalogue.chunk_ids()
    new = store(catalogue, "面积的新说法", "b" * 64, activate=False)
    assert set(catalogue.activate(new)) == replaced_chunk
    assert catalogue.match(["旧说"], 5, OWN) == []
    opened = catalogue.version(old)
    assert opened is not None
    assert (opened.text, opened.is_current, opened.number) == ("面积的旧说法", False, 1)
    current = catalogue.version(new)
    assert current is not None
    assert (current.is_current, current.number) == (True, 2)
    assert current.blocks[0].locator == Locator(page=2)
    assert current.blocks[0].headings == ("教学难点",)


def test_storing_a_pending_version_again_doubles_nothing(catalogue: Catalogue) -> None:
    store(catalogue, "面积与周长", "a" * 64, activate=False)
    store(catalogue, "面积与周长", "a" * 64)
    assert len(catalogue.match(["面积"], 5, OWN)) == 1
    assert catalogue.counts(OWN) == {"documents": 1, "chunks": 1, "pending": 0}


def test_a_file_may_go_back_to_an_earlier_version(catalogue: Catalogue) -> None:
    first = store(catalogue, "面积甲", "a" * 64)
    store(catalogue, "面积乙", "b" * 64)
    assert store(catalogue, "面积甲", "a" * 64) == first
    opened = catalogue.version(first)
    assert opened is not None
    assert opened.is_current
    assert len(catalogue.match(["面积"], 5, OWN)) == 1


@pytest.mark.parametrize("term", ['"', '面积" OR "周长', "*", "NEAR(", "');DROP TABLE chunk;--", "a:b", "-", "^x"])
def test_search_terms_are_data(catalogue: Catalogue, term: str) -> None:
    store(catalogue, "面积与周长", "a" * 64)
    catalogue.match([term], 5, OWN)
    assert catalogue.counts(OWN)["chunks"] == 1


def test_document_frequency_counts_chunks(catalogue: Catalogue) -> None:
    store(catalogue, "面积", "a" * 64)
    store(catalogue, "面积与周长", "b" * 64, path="/学校/周长.md")
    assert catalogue.document_frequency(["面积", "周长", "没有"]) == {"面积": 2, "周长": 1, "没有": 0}


def test_a_library_of_another_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    Catalogue(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LibraryError, match="LB-02"):
        Catalogue(path)


def test_a_file_that_is_no_database_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    path.write_bytes("这不是数据库".encode() * 200)
    with pytest.raises(LibraryError, match="LB-01"):
        Catalogue(path)


def test_holdings_are_what_may_be_found(catalogue: Catalogue) -> None:
    assert catalogue.holdings(OWN) == ()
    store(catalogue, "面积与周长", "a" * 64)
    store(catalogue, "面积", "b" * 64, "/学校/二.md")
    store(catalogue, "还没有索引", "c" * 64, "/学校/三.md", activate=False)
    assert catalogue.holdings(OWN) == (Holding(grade=3, documents=2),)
    assert catalogue.holdings(Access("public")) == ()


def chunks_alike(catalogue: Catalogue, count: int) -> list[str]:
    for number in range(count):
        store(catalogue, "面积与周长", f"{number:064}", path=f"/学校/{number}.md")
    return sorted(catalogue.chunk_ids())


@pytest.mark.parametrize("k", [1, 3, 60, 100])
def test_of_chunks_that_score_alike_the_first_by_id_are_found(catalogue: Catalogue, k: int) -> None:
    alike = chunks_alike(catalogue, 80)
    store(catalogue, "面积面积面积", "f" * 64, path="/学校/甲.md")
    (best,) = catalogue.chunk_ids() - set(alike)
    found = catalogue.match(["面积"], k, OWN)
    assert [chunk_id for chunk_id, _ in found] == [best, *alike][:k]
    assert [chunk_id for chunk_id, _ in catalogue.match(["面积"], 200, OWN)] == [best, *alike]


def test_what_is_remembered_of_the_library_ends_with_a_write(catalogue: Catalogue) -> None:
    store(catalogue, "面积与周长", "a" * 64)
    assert catalogue.counts(OWN) == {"documents": 1, "chunks": 1, "pending": 0}
    assert catalogue.holdings(OWN)[0].documents == 1
    catalogue.set_meta("speed", "1")
    remembered = catalogue.findable(OWN)
    assert catalogue.findable(OWN) is remembered
    store(catalogue, "体积", "b" * 64, path="/学校/体积.md", activate=False)
    assert catalogue.counts(OWN) == {"documents": 1, "chunks": 1, "pending": 1}
    with catalogue.database.write() as db:
        db.execute("UPDATE document SET state = 'retired'")
        assert catalogue.match(["面积"], 5, OWN) == []
        assert catalogue.counts(OWN)["documents"] == 0
    assert catalogue.match(["面积"], 5, OWN) == []
    assert catalogue.holdings(OWN) == ()


def test_a_write_that_fails_leaves_nothing_remembered_of_it(catalogue: Catalogue) -> None:
    store(catalogue, "面积与周长", "a" * 64)

    def half_a_write() -> None:
        with catalogue.database.write() as db:
            db.execute("UPDATE document SET state = 'retired'")
            assert catalogue.counts(OWN)["documents"] == 0
            raise KeyError

    with pytest.raises(KeyError):
        half_a_write()
    assert catalogue.counts(OWN)["documents"] == 1
    assert len(catalogue.match(["面积"], 5, OWN)) == 1


def test_remembered_answers_do_not_grow_without_end(catalogue: Catalogue) -> None:
    store(catalogue, "面积与周长", "a" * 64)
    for grade in range(200):
        assert catalogue.counts(Access(filters=(("grade", grade),)))["documents"] == (grade == 3)
    assert len(catalogue.database._remembered) <= MOST_REMEMBERED


@pytest.mark.parametrize("hidden", [0, 1, 3, 5, 6])
def test_words_are_looked_for_in_what_may_be_found_however_much_that_is(catalogue: Catalogue, hidden: int) -> None:
    alike = chunks_alike(catalogue, 6)
    states = ["retired"] * hidden + ["published"] * (6 - hidden)
    with catalogue.database.write() as db:
        for number, state in enumerate(states):
            db.execute("UPDATE document SET state = ? WHERE path = ?", (state, f"/学校/{number}.md"))
    found = [chunk_id for chunk_id, _ in catalogue.match(["面积"], 10, OWN)]
    assert found == sorted(catalogue.chunks(alike, OWN))
    assert len(found) == 6 - hidden
