from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.access import OWN, Access
from ingest.catalogue import Catalogue, Holding, document_id_of, version_id_of
from ingest.chunk import chunk
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
