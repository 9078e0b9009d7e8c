"""The same files through the whole pipeline: a row for each, nothing silent, and the library is whole afterwards."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.library import Library
from ingest.partition.failures import REASONS
from ingest.pipeline import Surroundings, ingest
from ingest.readers import ReaderProcesses
from ingest.settings import load_settings
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorStore
from tests.ingest.hostile.files import make_all

if TYPE_CHECKING:
    from tests.ingest.hostile.files import Case

pytestmark = pytest.mark.slow
# Codes that only the pipeline gives: no consent, too long, the reader was lost.
OF_THE_PIPELINE = {"IN-20", "IN-21", "IN-25"}
DONE = {"indexed", "unchanged"}


def test_every_file_has_its_row_and_the_library_is_whole(tmp_path: Path) -> None:
    # Every fourth: the suite beside this one reads them all. A name that is no text is shown otherwise in its row.
    cases = [case for case in make_all(tmp_path / "files", slow=False)[::4] if str(case.path).isprintable()]
    settings = load_settings(
        {
            "ZHUJIAO_HOME": str(tmp_path / "home"),
            "ZHUJIAO_INGEST__MAX_SECONDS": "20",
            "ZHUJIAO_INGEST__MAX_FILE_MB": "16",
            "ZHUJIAO_INGEST__MAX_CHARACTERS": "300000",
        }
    )
    with (
        Library(settings.library_dir, open_vectors=FakeVectorStore) as library,
        closing(ReaderProcesses(settings.ingest)) as readers,
    ):
        report = ingest(library, FakeEmbedder(), [case.path for case in cases], settings, Surroundings(readers, "甲"))
        assert library.fault() == ""
        texts = [library.version(row.version_id) for row in library.lifecycle.listing()]
    assert len(cases) >= 150
    assert all(version is not None and version.text.strip() for version in texts), "a document without a text"
    assert not any("\ufffd" in version.text for version in texts if version is not None)
    for row in report.files:
        assert (row.status in DONE) == (not row.code)
        if row.code in REASONS:
            assert row.message
            assert row.hint
    assert {str(case.path): wrong for case in cases if (wrong := _unexpected(case, report.files))} == {}
    assert not (library.folder / "unpacked").exists()


def _unexpected(case: Case, rows: tuple[object, ...]) -> set[str]:
    """Return the outcomes of a file, and of what is in it, that it may not have; 「no row」 when it has none."""
    own = [row for row in rows if Path(row.path) == case.path or case.path in Path(row.path).parents]  # type: ignore[attr-defined]  # rows of the report
    outcomes = {"text" if row.status in DONE else row.code for row in own}  # type: ignore[attr-defined]
    if not own:
        return set() if case.path.is_dir() else {"no row"}
    return outcomes - case.expect - OF_THE_PIPELINE
