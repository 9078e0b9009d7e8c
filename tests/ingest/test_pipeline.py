"""The whole way from files to the index: what a run reports, and that nothing stops it from ending up right."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.access import OWN, Access
from ingest.catalogue import document_id_of
from ingest.embed import DeferredEmbedder
from ingest.errors import LibraryError, SourceError
from ingest.library import Library
from ingest.pipeline import Surroundings, ingest, rebuild
from ingest.settings import load_settings
from ingest.vectors import ChromaVectorStore
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingest.document import Source
    from ingest.report import FileRow, IngestReport, Progress
    from ingest.settings import Settings

NOW = datetime(2026, 11, 25, tzinfo=UTC)
AREA = "# 长方形的面积\n\n## 教学难点\n\n学生容易把面积和周长混淆。\n\n## 作业\n\n量一量课桌的面积。\n"
FILES = {
    "面积.md": AREA,
    "电路.md": "# 简单电路\n\n## 教学难点\n\n小灯泡要连成闭合回路才会亮。\n",
    "静夜思.txt": "静夜思教案\n床前明月光，疑是地上霜。\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "资料"
    made.mkdir()
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture(params=["fake", "chroma"])
def library(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Library]:
    opener = FakeVectorStore if request.param == "fake" else ChromaVectorStore
    with Library(settings.library_dir, open_vectors=opener) as opened:
        yield opened


@pytest.fixture
def plain(settings: Settings) -> Iterator[Library]:
    """A library whose vectors are kept in memory, where the store makes no difference."""
    with Library(settings.library_dir, open_vectors=FakeVectorStore) as opened:
        yield opened


def by_name(report: IngestReport) -> dict[str, FileRow]:
    rows = {Path(row.path).name: row for row in report.files}
    assert len(rows) == len(report.files), "one row a file"
    return rows


def state(library: Library) -> tuple[set[str], set[str]]:
    return library.catalogue.chunk_ids(), library.vectors.ids()


def undisturbed(folder: Path, home: Path, settings: Settings) -> tuple[set[str], set[str]]:
    with Library(home, open_vectors=FakeVectorStore) as library:
        ingest(library, FakeEmbedder(), [folder], settings)
        return state(library)


# --- reports --------------------------------------------------------------------------------------------------


def test_every_file_has_one_row_and_is_found_afterwards(library: Library, folder: Path, settings: Settings) -> None:
    report = ingest(library, FakeEmbedder(), [folder], settings)
    rows = by_name(report)
    assert set(rows) == set(FILES)
    assert {row.status for row in rows.values()} == {"indexed"}
    assert report.counts == {
        "added": 3,
        "updated": 0,
        "unchanged": 0,
        "retired": 0,
        "duplicates": 0,
        "failed": 0,
        "skipped": 0,
    }
    assert rows["面积.md"].chunks == 2
    assert rows["面积.md"].chars > 20
    assert not report.cancelled
    assert sum(row.chunks for row in report.files) == len(library.catalogue.chunk_ids())
    chunks, vectors = state(library)
    assert chunks == vectors
    assert library.fault() == ""
    best, _ = library.match(["回路"], 1, OWN)[0]
    assert "闭合回路" in library.chunks([best], OWN)[best].chunk.text
    assert report.as_json()["added"] == 3
    assert len(report.as_json()["files"]) == 3


def test_a_second_run_changes_nothing_and_encodes_nothing(library: Library, folder: Path, settings: Settings) -> None:
    ingest(library, FakeEmbedder(), [folder], settings)
    before, embedder = state(library), FakeEmbedder()
    report = ingest(library, embedder, [folder, folder / "面积.md"], settings)
    assert report.counts == {
        "added": 0,
        "updated": 0,
        "unchanged": 3,
        "retired": 0,
        "duplicates": 0,
        "failed": 0,
        "skipped": 0,
    }
    assert {row.status for row in report.files} == {"unchanged"}
    assert embedder.documents_encoded == 0
    assert state(library) == before


def test_a_changed_file_is_updated_and_its_old_version_still_opens(
    library: Library, folder: Path, settings: Settings
) -> None:
    ingest(library, FakeEmbedder(), [folder], settings)
    old_chunk = library.match(["混淆"], 1, OWN)[0][0]
    old_version = library.chunks([old_chunk], OWN)[old_chunk].chunk.version_id
    (folder / "面积.md").write_text(AREA.replace("混淆", "弄反"), encoding="utf-8")
    embedder = FakeEmbedder()
    report = ingest(library, embedder, [folder], settings)
    assert report.counts == {
        "added": 0,
        "updated": 1,
        "unchanged": 2,
        "retired": 0,
        "duplicates": 0,
        "failed": 0,
        "skipped": 0,
    }
    assert by_name(report)["面积.md"].change == "updated"
    assert embedder.documents_encoded == 1, "the section that stayed the same keeps its vector"
    assert library.match(["混淆"], 5, OWN) == []
    new_chunk = library.match(["弄反"], 1, OWN)[0][0]
    assert library.chunks([new_chunk], OWN)[new_chunk].version == 2
    opened = library.version(old_version)
    assert opened is not None
    assert "混淆" in opened.text
    assert (opened.is_current, opened.number) == (False, 1)
    chunks, vectors = state(library)
    assert chunks == vectors


def test_files_that_fail_are_reported_and_the_others_go_on(plain: Library, folder: Path, settings: Settings) -> None:
    (folder / "坏.docx").write_bytes(b"PK\x03\x04 broken")
    (folder / "空.md").write_bytes(b"")
    (folder / "旧.doc").write_bytes(b"\xd0\xcf\x11\xe0 old")
    (folder / "图.psd").write_bytes(b"8BPS")
    (folder / "没字.txt").write_text("……\n", encoding="utf-8")
    report = ingest(plain, FakeEmbedder(), [folder, folder / "没有.md"], settings)
    rows = by_name(report)
    assert report.counts == {
        "added": 3,
        "updated": 0,
        "unchanged": 0,
        "retired": 0,
        "duplicates": 0,
        "failed": 5,
        "skipped": 1,
    }
    expected = {"坏.docx": "IN-08", "空.md": "IN-01", "旧.doc": "IN-14", "图.psd": "IN-04", "没字.txt": "IN-11"}
    assert {name: rows[name].code for name in expected} == expected
    assert rows["没有.md"].code == "IN-17"
    for row in report.files:
        assert bool(row.code) == (row.status in {"failed", "skipped"})
        assert bool(row.hint) == bool(row.message) == bool(row.code)
    again = ingest(plain, FakeEmbedder(), [folder], settings)
    assert again.counts["failed"] == 4
    assert again.counts["unchanged"] == 3


def test_a_file_that_changes_while_it_is_read_fails_alone(
    plain: Library, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Library.keep_original

    def keep(self: Library, found: Source) -> None:
        if found.path.name == "面积.md":
            found.path.write_text("改动中", encoding="utf-8")
        real(self, found)

    monkeypatch.setattr(Library, "keep_original", keep)
    rows = by_name(ingest(plain, FakeEmbedder(), [folder], settings))
    assert (rows["面积.md"].status, rows["面积.md"].code) == ("failed", "IN-91")
    assert plain.catalogue.counts(OWN)["documents"] == 2
    assert plain.match(["混淆"], 5, OWN) == []


def test_a_manifest_that_cannot_be_read_is_a_row_of_its_own(plain: Library, folder: Path, settings: Settings) -> None:
    (folder / "manifest.csv").write_text('文件,种类\n"面积.md,教案\n', encoding="utf-8")
    report = ingest(plain, FakeEmbedder(), [folder], settings)
    assert [row.code for row in report.files if Path(row.path).name == "manifest.csv"] == ["IN-05", "IN-15"]
    assert report.counts["added"] == 3


def test_a_removed_file_is_retired_and_comes_back_with_its_state(
    plain: Library, folder: Path, settings: Settings
) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    version_id = plain.chunks([plain.match(["混淆"], 1, OWN)[0][0]], OWN).popitem()[1].chunk.version_id
    (folder / "面积.md").unlink()
    report = ingest(plain, FakeEmbedder(), [folder], settings)
    assert (report.counts["unchanged"], report.counts["retired"]) == (2, 1)
    assert report.retired == (str(folder / "面积.md"),)
    assert plain.match(["混淆"], 5, OWN) == []
    opened = plain.version(version_id)
    assert opened is not None
    assert "混淆" in opened.text
    assert ingest(plain, FakeEmbedder(), [folder], settings).counts["retired"] == 0, "told once"
    (folder / "面积.md").write_text(AREA, encoding="utf-8")
    assert ingest(plain, FakeEmbedder(), [folder], settings).counts["unchanged"] == 3
    assert plain.match(["混淆"], 5, OWN) != []


def test_what_a_person_retired_does_not_come_back_by_itself(plain: Library, folder: Path, settings: Settings) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    document_id = document_id_of(folder / "面积.md")
    plain.lifecycle.change(document_id, "retired", "李老师", NOW, "内容过时")
    (folder / "面积.md").write_text(AREA.replace("混淆", "弄反"), encoding="utf-8")
    ingest(plain, FakeEmbedder(), [folder], settings)
    assert plain.lifecycle.state(document_id) == "retired"
    assert plain.match(["弄反"], 5, OWN) == []


def test_a_folder_that_is_empty_all_at_once_retires_nothing(plain: Library, folder: Path, settings: Settings) -> None:
    """A share that is not mounted looks like an empty folder."""
    ingest(plain, FakeEmbedder(), [folder], settings)
    for path in folder.iterdir():
        path.unlink()
    assert ingest(plain, FakeEmbedder(), [folder], settings).counts["retired"] == 0
    assert ingest(plain, FakeEmbedder(), [folder / "没有"], settings).counts["retired"] == 0
    assert plain.match(["混淆"], 5, OWN) != []


def test_new_files_can_start_as_drafts_and_changed_ones_go_to_review(plain: Library, folder: Path) -> None:
    settings = load_settings({"ZHUJIAO_HOME": str(folder.parent), "ZHUJIAO_INGEST__NEW_FILES": "draft"})
    ingest(plain, FakeEmbedder(), [folder], settings)
    assert plain.match(["混淆"], 5, OWN) == []
    document_id = document_id_of(folder / "面积.md")
    assert plain.lifecycle.state(document_id) == "draft"
    plain.lifecycle.change(document_id, "published", "李老师", NOW, "")
    assert plain.match(["混淆"], 5, OWN) != []
    (folder / "面积.md").write_text(AREA.replace("混淆", "弄反"), encoding="utf-8")
    ingest(plain, FakeEmbedder(), [folder], settings)
    assert plain.lifecycle.state(document_id) == "review"
    assert plain.match(["弄反"], 5, OWN) == []


def test_a_copy_is_linked_to_its_twin_and_costs_no_embedding(plain: Library, folder: Path, settings: Settings) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    (folder / "面积（副本）.md").write_text(AREA, encoding="utf-8")
    embedder = FakeEmbedder()
    report = ingest(plain, embedder, [folder], settings)
    assert (report.counts["added"], report.counts["duplicates"]) == (1, 1)
    row = by_name(report)["面积（副本）.md"]
    assert (Path(row.duplicate_of).name, row.likeness) == ("面积.md", 1.0)
    assert embedder.documents_encoded == 0
    assert plain.same(document_id_of(folder / "面积.md")) == {document_id_of(folder / "面积（副本）.md")}
    assert state(plain)[0] == state(plain)[1]


def test_a_changed_row_of_the_manifest_is_taken_over_without_embedding_again(
    plain: Library, folder: Path, settings: Settings
) -> None:
    (folder / "manifest.csv").write_text("文件,种类,年级\n面积.md,教案,3\n", encoding="utf-8")
    ingest(plain, FakeEmbedder(), [folder], settings)
    (folder / "manifest.csv").write_text("文件,种类,年级\n面积.md,教案,4\n", encoding="utf-8")
    embedder = FakeEmbedder()
    report = ingest(plain, embedder, [folder], settings)
    assert (report.counts["updated"], report.counts["unchanged"]) == (1, 2)
    assert embedder.documents_encoded == 0
    found = plain.match(["混淆"], 1, OWN)[0][0]
    stored = plain.chunks([found], OWN)[found]
    assert (stored.metadata.grade, stored.version) == (4, 1)


def test_what_a_curator_corrected_stays_in_new_versions(plain: Library, folder: Path, settings: Settings) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    document_id = document_id_of(folder / "面积.md")
    plain.lifecycle.correct(document_id, {"grade": "5", "scope": "public"}, "李老师", NOW)
    (folder / "面积.md").write_text(AREA.replace("混淆", "弄反"), encoding="utf-8")
    ingest(plain, FakeEmbedder(), [folder], settings)
    found = plain.match(["弄反"], 1, Access("public"))[0][0]
    stored = plain.chunks([found], OWN)[found]
    assert (stored.metadata.grade, stored.metadata.scope) == (5, "public")
    version = plain.version(stored.chunk.version_id)
    assert version is not None
    assert version.origins["grade"].kind == "curator"


LESSON = "\n".join(
    ["师：王小明，你来说说面积是什么？", "生（王小明）：面积是一片有多大。", "师：王小明说得对，谁再说？"] * 4
)


def test_a_recording_wants_consent_and_its_pupils_are_masked(plain: Library, folder: Path, settings: Settings) -> None:
    (folder / "三下_面积_课堂实录.txt").write_text(LESSON, encoding="utf-8")
    report = ingest(plain, FakeEmbedder(), [folder], settings)
    row = by_name(report)["三下_面积_课堂实录.txt"]
    assert (row.status, row.code) == ("skipped", "IN-20")
    assert plain.match(["谁再"], 5, OWN) == []
    consent = Surroundings(consent="2025-04-14 家长书面同意", who="李老师")
    report = ingest(plain, FakeEmbedder(), [folder], settings, consent)
    assert by_name(report)["三下_面积_课堂实录.txt"].masked["pupil"] >= 12
    assert report.masked["pupil"] >= 12
    assert report.counts["unchanged"] == 3
    found = plain.match(["谁再"], 1, OWN)[0][0]
    stored = plain.chunks([found], OWN)[found]
    assert "学生A说得对" in stored.chunk.text
    assert "小明" not in plain.version(stored.chunk.version_id).text  # type: ignore[union-attr]  # it is there
    assert plain.match(["小明"], 5, OWN) == []
    assert plain.pseudonyms.name_of("学生A") == "王小明"
    (folder / "三下_面积_课堂实录.txt").write_text(LESSON + "\n师：下课。", encoding="utf-8")
    assert ingest(plain, FakeEmbedder(), [folder], settings).counts["updated"] == 1, "the consent is remembered"


def test_another_embedder_is_refused_before_anything_is_changed(
    plain: Library, folder: Path, settings: Settings
) -> None:
    ingest(plain, FakeEmbedder("one"), [folder], settings)
    before = state(plain)
    (folder / "新.md").write_text("# 新\n\n新的一份。\n", encoding="utf-8")
    with pytest.raises(LibraryError, match="LB-07"):
        ingest(plain, FakeEmbedder("other"), [folder], settings)
    assert state(plain) == before


# --- embedder and progress ------------------------------------------------------------------------------------


def test_the_embedder_is_not_opened_when_nothing_is_new(plain: Library, folder: Path, settings: Settings) -> None:
    def refuse() -> FakeEmbedder:
        pytest.fail("the model was loaded for nothing")

    ingest(plain, FakeEmbedder(), [folder], settings)
    report = ingest(plain, DeferredEmbedder("fake", refuse), [folder], settings)
    assert report.counts["unchanged"] == 3
    empty = folder / "空文件夹"
    empty.mkdir()
    assert ingest(plain, DeferredEmbedder("fake", refuse), [empty], settings).files == ()


def test_the_embedder_is_opened_once(plain: Library, folder: Path, settings: Settings) -> None:
    opened: list[FakeEmbedder] = []

    def opener() -> FakeEmbedder:
        opened.append(FakeEmbedder())
        return opened[-1]

    ingest(plain, DeferredEmbedder("fake", opener), [folder], settings)
    assert len(opened) == 1
    assert opened[0].documents_encoded == len(plain.catalogue.chunk_ids())


def test_an_embedder_that_cannot_be_opened_loses_nothing(plain: Library, folder: Path, settings: Settings) -> None:
    def fail() -> FakeEmbedder:
        raise LibraryError("LB-05", "向量模型打不开。", "检查模型。")

    with pytest.raises(LibraryError, match="LB-05"):
        ingest(plain, DeferredEmbedder("fake", fail), [folder], settings)
    assert ingest(plain, FakeEmbedder(), [folder], settings).counts["added"] == 3


def many(folder: Path, count: int = 12) -> None:
    """Write plain texts of some chunks each."""
    for number in range(count):
        sentences = (f"第{number}课第{part}段讲面积和周长，{'先摸边线再铺满面，' * 10}下课。" for part in range(10))
        (folder / f"第{number}课.txt").write_text("\n".join(sentences), encoding="utf-8")


def test_progress_only_goes_forward(
    plain: Library, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.pipeline.CHUNKS_PER_ROUND", 16)
    monkeypatch.setattr("ingest.library.EMBED_AT_ONCE", 4)
    many(folder)
    seen: list[Progress] = []
    report = ingest(plain, FakeEmbedder(), [folder], settings, Surroundings(on_progress=seen.append))
    for before, after in itertools.pairwise(seen):
        assert after.files_done >= before.files_done
        assert after.chunks_done >= before.chunks_done
        assert after.chunks_total >= before.chunks_total
    assert all(step.files_done <= step.files_total and step.chunks_done <= step.chunks_total for step in seen)
    assert len({step.chunks_done for step in seen}) > 5
    last = seen[-1]
    assert (last.files_done, last.files_total) == (15, 15)
    assert last.chunks_done == last.chunks_total == sum(row.chunks for row in report.files)


# --- stop -----------------------------------------------------------------------------------------------------


def after(asked: int) -> Callable[[], bool]:
    """Return a `stopped` that says yes from some question on."""
    left = [asked]

    def stopped() -> bool:
        left[0] -= 1
        return left[0] < 0

    return stopped


@pytest.mark.parametrize("asked", [0, 1, 10, 20, 27])
def test_a_stopped_run_is_completed_by_the_next_as_if_undisturbed(
    plain: Library, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, *, asked: int
) -> None:
    monkeypatch.setattr("ingest.pipeline.CHUNKS_PER_ROUND", 16)
    monkeypatch.setattr("ingest.library.EMBED_AT_ONCE", 4)
    many(folder)
    wanted = undisturbed(folder, settings.home.parent / "other", settings)
    report = ingest(plain, FakeEmbedder(), [folder], settings, Surroundings(stopped=after(asked)))
    assert report.cancelled
    unfinished = [row for row in report.files if row.code == "IN-90"]
    assert all(row.status == "skipped" and row.hint for row in unfinished)
    assert len(unfinished) == plain.catalogue.counts(OWN)["pending"]
    assert plain.catalogue.counts(OWN)["documents"] == report.counts["added"]
    again = ingest(plain, FakeEmbedder(), [folder], settings)
    assert not again.cancelled
    assert again.counts["failed"] == again.counts["skipped"] == 0
    assert len(again.files) == 15
    assert state(plain) == wanted
    assert plain.fault() == ""


def test_stopping_the_update_of_a_file_keeps_the_old_version_findable(
    plain: Library, folder: Path, settings: Settings
) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    (folder / "面积.md").write_text(AREA.replace("混淆", "弄反"), encoding="utf-8")
    report = ingest(plain, FakeEmbedder(), [folder / "面积.md"], settings, Surroundings(stopped=after(1)))
    assert report.cancelled
    assert plain.match(["混淆"], 5, OWN) != []
    assert plain.match(["弄反"], 5, OWN) == []
    ingest(plain, FakeEmbedder(), [folder], settings)
    assert plain.match(["混淆"], 5, OWN) == []
    assert plain.match(["弄反"], 5, OWN) != []


# --- rebuild --------------------------------------------------------------------------------------------------


def remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_rebuilding_from_the_originals_gives_the_same_chunks(
    library: Library, folder: Path, settings: Settings
) -> None:
    (folder / "manifest.csv").write_text("文件,种类,年级\n面积.md,教案,3\n", encoding="utf-8")
    ingest(library, FakeEmbedder("one"), [folder], settings)
    before = state(library)
    found = library.match(["混淆"], 1, OWN)[0][0]
    metadata = library.chunks([found], OWN)[found].metadata
    remove(folder)
    other = FakeEmbedder("other")
    report = rebuild(library, other, settings)
    assert {row.status for row in report.files} == {"indexed"}
    assert len(report.files) == 3
    assert state(library) == before
    assert other.documents_encoded == len(before[0])
    assert library.fault() == ""
    assert library.chunks([found], OWN)[found].metadata == metadata
    assert metadata.grade == 3
    library.check_fingerprint(FakeEmbedder("other"))


def test_rebuilding_a_stopped_rebuild_completes_it(plain: Library, folder: Path, settings: Settings) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    before = state(plain)
    assert rebuild(plain, FakeEmbedder(), settings, Surroundings(stopped=after(2))).cancelled
    assert not rebuild(plain, FakeEmbedder(), settings).cancelled
    assert state(plain) == before


@pytest.mark.parametrize("asked", [0, 1, 2, 3])
def test_a_stopped_rebuild_is_completed_by_a_run_over_the_files(
    plain: Library, folder: Path, settings: Settings, asked: int
) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    before = state(plain)
    rebuild(plain, FakeEmbedder(), settings, Surroundings(stopped=after(asked)))
    assert plain.fault() != ""
    ingest(plain, FakeEmbedder(), [folder], settings)
    assert state(plain) == before
    assert plain.fault() == ""


def test_a_stopped_rebuild_whose_files_are_gone_is_not_taken_for_whole(
    plain: Library, folder: Path, settings: Settings
) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    before = state(plain)
    rebuild(plain, FakeEmbedder(), settings, Surroundings(stopped=after(1)))
    elsewhere = folder.parent / "别处"
    elsewhere.mkdir()
    ingest(plain, FakeEmbedder(), [elsewhere], settings)
    assert plain.fault() != "", "a document without chunks must not count as indexed"
    rebuild(plain, FakeEmbedder(), settings)
    assert state(plain) == before


def test_rebuilding_after_a_stopped_update_loses_no_document(plain: Library, folder: Path, settings: Settings) -> None:
    """A document then has a current and an unfinished version; one of them must be found, and a run brings the new."""
    for word in ("弄反", "搞混", "颠倒", "分不清"):  # the ids decide the order, so try several
        ingest(plain, FakeEmbedder(), [folder], settings)
        (folder / "面积.md").write_text(AREA.replace("混淆", word), encoding="utf-8")
        ingest(plain, FakeEmbedder(), [folder / "面积.md"], settings, Surroundings(stopped=after(1)))
        rebuild(plain, FakeEmbedder(), settings)
        assert plain.catalogue.counts(OWN)["documents"] == 3
        ingest(plain, FakeEmbedder(), [folder], settings)
        assert plain.match([word[:2]], 5, OWN) != [], "the changed file is not found any more"


def test_an_original_that_is_gone_is_reported_and_the_others_are_rebuilt(
    plain: Library, folder: Path, settings: Settings
) -> None:
    ingest(plain, FakeEmbedder(), [folder], settings)
    next((plain.folder / "originals").rglob("*.txt")).unlink()
    report = rebuild(plain, FakeEmbedder(), settings)
    rows = by_name(report)
    assert rows["面积.md"].status == "indexed"
    assert rows["静夜思.txt"].status != "indexed"
    assert plain.fault() != ""


class Wide(FakeEmbedder):
    """An embedder of another dimension, as another model has."""

    @staticmethod
    def _vector(text: str):
        import numpy as np

        return np.concatenate([FakeEmbedder._vector(text), np.zeros(256, np.float32)])


def test_rebuilding_for_a_model_of_another_dimension(folder: Path, settings: Settings) -> None:
    with Library(settings.library_dir) as library:
        ingest(library, FakeEmbedder(), [folder], settings)
        before = state(library)
        rebuild(library, Wide("wide"), settings)
        assert state(library) == before
        assert library.nearest(Wide("wide").encode_query("闭合回路"), 1, OWN) != []


def test_a_source_error_never_leaves_the_run(
    plain: Library, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SourceError("IN-08", "这个文件已损坏。", "另存一份。")

    monkeypatch.setattr("ingest.reading.partition", fail)
    report = ingest(plain, FakeEmbedder(), [folder], settings)
    assert report.counts["failed"] == 3
    assert state(plain) == (set(), set())
