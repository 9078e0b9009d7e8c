from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ingest.access import OWN
from ingest.document import Metadata, Origin
from ingest.errors import LibraryError
from ingest.library import Library
from ingest.lifecycle import FILE_BACK, FILE_GONE, FIRST, STEPS, State, corrected
from tests.fakes.vectors import FakeVectorStore
from tests.ingest.test_access import put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path, open_vectors=FakeVectorStore) as opened:
        yield opened


def one(library: Library, state: State = "published") -> str:
    return put(library, "/学校/面积.md", "面积和周长。", Metadata(title="面积", scope="school"), state)


def test_every_step_is_recorded_with_who_when_and_why(library: Library) -> None:
    document_id = one(library, "draft")
    library.lifecycle.change(document_id, "review", "周老师", NOW, "写完了")
    library.lifecycle.change(document_id, "published", "李主任", NOW, "")
    told = [
        (event.before, event.state, event.who, event.at, event.why) for event in library.lifecycle.events(document_id)
    ]
    at = "2026-11-25T08:30:00+00:00"
    assert told[1:] == [("draft", "review", "周老师", at, "写完了"), ("review", "published", "李主任", at, "")]
    assert told[0][:2] == ("", "draft")
    assert told[0][4] == FIRST


@pytest.mark.parametrize("state", sorted(STEPS))
@pytest.mark.parametrize("wanted", sorted(STEPS))
def test_only_the_steps_of_the_table_are_taken(library: Library, state: State, wanted: State) -> None:
    document_id = one(library, state)
    before = library.lifecycle.events(document_id)
    if wanted == state:
        library.lifecycle.change(document_id, wanted, "甲", NOW, "")
        assert library.lifecycle.events(document_id) == before
    elif wanted in STEPS[state]:
        library.lifecycle.change(document_id, wanted, "甲", NOW, "")
        assert library.lifecycle.state(document_id) == wanted
    else:
        with pytest.raises(LibraryError, match="LB-12"):
            library.lifecycle.change(document_id, wanted, "甲", NOW, "")
        assert library.lifecycle.state(document_id) == state


def test_an_unknown_document_is_told(library: Library) -> None:
    with pytest.raises(LibraryError, match="LB-12"):
        library.lifecycle.change("unknown", "published", "甲", NOW, "")


def test_a_document_whose_file_comes_back_takes_its_state_of_before(library: Library) -> None:
    document_id = one(library, "review")
    assert library.lifecycle.retire_gone([document_id], "甲", NOW) == [document_id]
    assert library.lifecycle.retire_gone([document_id, "unknown"], "甲", NOW) == []
    assert library.lifecycle.come_back(document_id, "甲", NOW)
    assert library.lifecycle.state(document_id) == "review"
    assert [event.why for event in library.lifecycle.events(document_id)][1:] == [FILE_GONE, FILE_BACK]
    assert not library.lifecycle.come_back(document_id, "甲", NOW), "it is there already"


def test_what_was_corrected_is_found_under_its_new_value(library: Library) -> None:
    document_id = one(library)
    library.lifecycle.correct(document_id, {"grade": "4", "subject": "数学", "scope": "public"}, "李主任", NOW)
    (row,) = library.lifecycle.listing()
    assert (row.metadata.grade, row.metadata.subject, row.metadata.scope) == (4, "数学", "public")
    version = library.version(row.version_id)
    assert version is not None
    assert version.origins["grade"] == Origin("curator", 1.0, "李主任")
    library.lifecycle.correct(document_id, {"grade": ""}, "李主任", NOW)
    assert library.lifecycle.listing()[0].metadata.grade is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("grade", "很多"), ("grade", "13"), ("scope", "everyone"), ("kind", "小说"), ("state", "draft"), ("path", "/x")],
)
def test_a_correction_that_cannot_be_is_refused_whole(library: Library, field: str, value: str) -> None:
    document_id = one(library)
    with pytest.raises(LibraryError, match="LB-13"):
        library.lifecycle.correct(document_id, {"subject": "语文", field: value}, "甲", NOW)
    assert library.lifecycle.corrections(document_id) == {}


def test_corrections_replace_what_was_read() -> None:
    read = Metadata(grade=3, subject="数学")
    metadata, origins = corrected(read, {"grade": Origin("name", 0.9, "三年级")}, {"grade": "", "subject": "科学"})
    assert (metadata.grade, metadata.subject) == (None, "科学")
    assert {origin.kind for origin in origins.values()} == {"curator"}


def test_the_list_can_be_narrowed_to_a_state(library: Library) -> None:
    one(library, "draft")
    put(library, "/学校/周长.md", "周长。", Metadata(scope="school"), "published")
    assert [row.path for row in library.lifecycle.listing("draft")] == ["/学校/面积.md"]
    assert [row.path for row in library.lifecycle.listing()] == ["/学校/周长.md", "/学校/面积.md"]
    assert library.catalogue.counts(OWN)["documents"] == 1
