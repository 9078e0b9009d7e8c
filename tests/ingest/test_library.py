from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.access import OWN
from ingest.catalogue import document_id_of, version_id_of
from ingest.chunk import chunk
from ingest.document import Block, Document, Locator, Metadata, Source, Span
from ingest.errors import LibraryError, SourceError
from ingest.library import EMBED_AT_ONCE, Library
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOLDER = """
import sys
from pathlib import Path
from ingest.library import Library
from tests.fakes.vectors import FakeVectorStore
library = Library(Path(sys.argv[1]), open_vectors=FakeVectorStore)
print("open", flush=True)
sys.stdin.readline()
library.close()
print("closed", flush=True)
sys.stdin.readline()
"""


def open_library(folder: Path, **more: float) -> Library:
    return Library(folder, open_vectors=FakeVectorStore, **more)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library") as opened:
        yield opened


def store(library: Library, path: str, paragraphs: list[str], title: str = "面积") -> str:
    """Store a pending version whose paragraphs are one chunk each."""
    text, blocks = "", []
    for number, paragraph in enumerate(paragraphs):
        blocks.append(Block(Span(len(text), len(text) + len(paragraph)), "text", Locator(), (f"第{number}节",)))
        text += paragraph + "\n"
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    document = Document(
        Source(Path(path), sha256, len(text)), text, tuple(blocks), Metadata(title=title, scope="school")
    )
    document_id = document_id_of(Path(path))
    version_id = version_id_of(document_id, sha256)
    library.catalogue.put_version(document, chunk(document, version_id, len, 200), document_id, NOW)
    return version_id


# --- one process at a time ------------------------------------------------------------------------------------


def test_a_second_opening_in_this_process_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    first = open_library(tmp_path)
    with pytest.raises(LibraryError) as raised:
        open_library(tmp_path)
    assert raised.value.code == "LB-06"
    assert raised.value.retryable
    first.close()
    open_library(tmp_path).close()


def test_another_process_keeps_this_one_out_until_it_closes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(LibraryError, match="LB-06"):
            open_library(tmp_path)
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "closed\n"
        open_library(tmp_path).close()


def test_a_killed_process_does_not_keep_the_library(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        holder.kill()
        holder.wait()
    open_library(tmp_path, wait_seconds=2.0).close()


def test_a_library_that_cannot_be_opened_lets_go_of_its_lock(tmp_path: Path) -> None:
    def fail(_: Path) -> FakeVectorStore:
        raise LibraryError("LB-04", "向量库读写失败。", "运行 zhujiao doctor。")

    with pytest.raises(LibraryError, match="LB-04"):
        Library(tmp_path, open_vectors=fail)
    open_library(tmp_path).close()


def test_a_damaged_catalogue_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(LibraryError, match="LB-01"):
        open_library(tmp_path)
    (tmp_path / "catalogue.sqlite3").unlink()
    open_library(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, no folder")
    with pytest.raises(LibraryError) as raised:
        open_library(tmp_path / "file" / "library")
    assert raised.value.code == "LB-01"
    assert "ZHUJIAO_HOME" in raised.value.hint


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LibraryError, match="LB-01"):
            open_library(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_the_system_refuses_to_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str, *more: object, **named: object) -> int:
        if str(path).endswith("lock"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *more, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(LibraryError, match="LB-01"):
        open_library(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="rights are set otherwise there")
def test_nobody_else_can_enter_the_folder(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir(mode=0o755)
    open_library(tmp_path / "library").close()
    assert (tmp_path / "library").stat().st_mode & 0o077 == 0


# --- fingerprint ----------------------------------------------------------------------------------------------


def test_another_embedder_is_refused_with_the_command_that_helps(library: Library) -> None:
    library.check_fingerprint(FakeEmbedder("none yet"))
    library.check_fingerprint(FakeEmbedder("one"))
    store(library, "/甲.md", ["面积。"])
    library.check_fingerprint(FakeEmbedder("one"))
    with pytest.raises(LibraryError) as raised:
        library.check_fingerprint(FakeEmbedder("other"))
    assert raised.value.code == "LB-07"
    assert "zhujiao ingest --rebuild" in raised.value.hint
    assert not raised.value.retryable
    library.check_fingerprint(FakeEmbedder("one"))


def test_another_way_of_chunking_is_refused(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.check_fingerprint(FakeEmbedder())
    store(library, "/甲.md", ["面积。"])
    monkeypatch.setattr("ingest.library.CHUNKING", "sections-99")
    with pytest.raises(LibraryError, match="LB-07"):
        library.check_fingerprint(FakeEmbedder())


# --- originals ------------------------------------------------------------------------------------------------


def sha256_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def kept(library: Library) -> list[str]:
    return sorted(path.name for path in (library.folder / "originals").rglob("*") if path.is_file())


def test_an_original_is_kept_under_the_hash_of_its_bytes(library: Library, tmp_path: Path) -> None:
    raw = os.urandom(3_000_000)
    source = tmp_path / "课件.PPTX"
    source.write_bytes(raw)
    library.keep_original(Source(source, sha256_of(raw), 0))
    target = library.original(sha256_of(raw), ".PPTX")
    assert target.read_bytes() == raw
    assert kept(library) == [f"{sha256_of(raw)}.pptx"]
    assert target.is_relative_to(library.folder)
    source.unlink()
    library.keep_original(Source(source, sha256_of(raw), 0))  # kept already: the file is not needed


def test_a_file_that_changed_while_it_was_read_leaves_nothing(library: Library, tmp_path: Path) -> None:
    source = tmp_path / "教案.docx"
    source.write_bytes(b"saved again meanwhile")
    with pytest.raises(SourceError) as raised:
        library.keep_original(Source(source, sha256_of(b"as it was found"), 0))
    assert raised.value.code == "IN-91"
    assert raised.value.retryable
    assert "教案.docx" in raised.value.message
    assert kept(library) == []


def test_a_copy_that_fails_half_way_leaves_nothing(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "教案.docx"
    source.write_bytes(b"x" * 100)

    def full(origin: object, sink: object, size: int) -> None:
        sink.write(b"x" * 10)  # type: ignore[attr-defined]  # a binary file
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingest.library.shutil.copyfileobj", full)
    with pytest.raises(LibraryError) as raised:
        library.keep_original(Source(source, sha256_of(b"x" * 100), 0))
    assert (raised.value.code, raised.value.retryable) == ("LB-03", True)
    assert kept(library) == []


def test_a_half_written_copy_never_stands_under_its_final_name(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"y" * 5000
    source = tmp_path / "a.md"
    source.write_bytes(raw)
    real = Path.replace
    seen: list[tuple[bool, bytes]] = []

    def watch(self: Path, target: Path) -> Path:
        seen.append((Path(target).exists(), self.read_bytes()))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", watch)
    library.keep_original(Source(source, sha256_of(raw), 0))
    assert seen == [(False, raw)], "the whole copy is moved into place at once"


# --- index ----------------------------------------------------------------------------------------------------


def test_versions_are_found_only_after_all_their_vectors_are_stored(library: Library) -> None:
    paragraphs = [f"第{number}段讲面积和周长。" for number in range(EMBED_AT_ONCE + 5)]
    version_id = store(library, "/甲.md", paragraphs)
    embedder = FakeEmbedder()
    run = library.index_versions([version_id], embedder)
    assert next(run) == EMBED_AT_ONCE
    assert library.match(["面积"], 5, OWN) == []
    assert list(run) == [5]
    assert embedder.documents_encoded == len(paragraphs)
    assert len(library.match(["面积"], 500, OWN)) == len(paragraphs)
    assert library.vectors.ids() == library.catalogue.chunk_ids()


def test_an_abandoned_run_leaves_the_version_pending_and_the_next_completes_it(library: Library) -> None:
    version_id = store(library, "/甲.md", [f"第{number}段讲面积。" for number in range(EMBED_AT_ONCE + 1)])
    next(library.index_versions([version_id], FakeEmbedder()))
    assert library.fault() == "有 1 份资料的索引还没有建完"
    list(library.index_versions([version_id], FakeEmbedder()))
    assert library.fault() == ""


def test_a_new_version_takes_the_vectors_of_the_old_one_away(library: Library) -> None:
    old = store(library, "/甲.md", ["旧的第一段。", "旧的第二段。"])
    list(library.index_versions([old], FakeEmbedder()))
    before = library.vectors.ids()
    new = store(library, "/甲.md", ["新的一段。"])
    assert library.vectors.ids() == before
    list(library.index_versions([new], FakeEmbedder()))
    assert library.vectors.ids() == library.catalogue.chunk_ids()
    assert library.vectors.ids().isdisjoint(before)
    opened = library.version(old)
    assert opened is not None
    assert opened.text.startswith("旧的第一段。")


def test_what_is_embedded_names_title_and_headings(library: Library) -> None:
    inputs: list[str] = []

    class Recorder(FakeEmbedder):
        def encode_documents(self, texts: list[str]) -> np.ndarray:  # type: ignore[override]  # a list is enough here
            inputs.extend(texts)
            return super().encode_documents(texts)

    version_id = store(library, "/甲.md", ["摸边线。"], title="面积教案")
    list(library.index_versions([version_id], Recorder()))
    assert inputs == ["title: 面积教案 › 第0节 | text: 摸边线。"]


def test_no_versions_need_no_embedder(library: Library) -> None:
    assert list(library.index_versions([], FakeEmbedder())) == []


def test_vectors_without_chunks_are_removed(library: Library) -> None:
    version_id = store(library, "/甲.md", ["面积。", "周长。"])
    list(library.index_versions([version_id], FakeEmbedder()))
    wanted = library.vectors.ids()
    library.vectors.put(["lost-1", "lost-2"], np.eye(2, 512, dtype=np.float32))
    assert library.fault() == "有 2 个多余的向量"
    assert library.reconcile() == ()
    assert library.vectors.ids() == wanted
    assert library.fault() == ""


def test_what_a_killed_run_left_is_mended(library: Library) -> None:
    version_id = store(library, "/甲.md", ["面积。", "周长。"])
    list(library.index_versions([version_id], FakeEmbedder()))
    library.vectors.delete(sorted(library.vectors.ids())[:1])
    copy = library.original("ab" * 32, ".md").parent / ".copy-x"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"half")
    assert library.reconcile() == (version_id,)
    assert not copy.exists()
    list(library.index_versions([version_id], FakeEmbedder()))
    assert library.fault() == ""


def test_missing_vectors_are_a_fault(library: Library) -> None:
    version_id = store(library, "/甲.md", ["面积。", "周长。"])
    list(library.index_versions([version_id], FakeEmbedder()))
    library.vectors.delete(sorted(library.vectors.ids())[:1])
    assert library.fault() == "有 1 个片段缺少向量"


def test_an_empty_library_has_no_fault(library: Library) -> None:
    assert library.fault() == ""
    assert library.nearest(np.ones(512, np.float32), 3, OWN) == []
    assert library.version("unknown") is None
