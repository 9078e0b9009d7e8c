import hashlib
import os
import shutil
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from ingest.discover import Absent, discover, natural_key
from ingest.document import Source
from ingest.partition.failures import REASONS
from ingest.report import FileRow
from ingest.settings import IngestSettings

SETTINGS = IngestSettings(max_file_mb=1)


def found(*paths, settings=SETTINGS):
    return list(discover(paths, settings))


def names(rows):
    return [row.path.name if isinstance(row, Source) else row.path.rsplit(os.sep, 1)[-1] for row in rows]


def test_every_file_gives_exactly_one_source_or_row(tmp_path):
    listed = {
        "教案.docx": None,
        "笔记.txt": None,
        "空.txt": "IN-01",
        "太大.txt": "IN-03",
        "录音.mp3": "IN-04",
        "资料.rar": "IN-26",
        "没有后缀": "IN-04",
        "~$教案.docx": "IN-05",
        ".DS_Store": "IN-05",
        "Thumbs.db": "IN-05",
        "manifest.csv": "IN-05",
        "旧.doc": None,
    }
    for name in listed:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "空.txt").write_bytes(b"")
    (tmp_path / "太大.txt").write_bytes(b"x" * (1024 * 1024 + 1))
    rows = found(tmp_path)
    assert sorted(names(rows)) == sorted(listed)
    for row in rows:
        if isinstance(row, Source):
            assert listed[row.path.name] is None
        else:
            assert row.code == listed[row.path.rsplit(os.sep, 1)[-1]]
            assert row.status in {"skipped", "failed"}
            assert row.message.endswith("。")
            assert row.hint.endswith("。")


def test_the_hash_and_size_are_those_of_the_bytes(tmp_path):
    body = "面积".encode() * 300_000
    (tmp_path / "a.txt").write_bytes(body)
    (source,) = found(tmp_path, settings=IngestSettings(max_file_mb=10))
    assert source == Source(tmp_path / "a.txt", hashlib.sha256(body).hexdigest(), len(body))


def test_order_is_the_one_people_expect_and_the_same_each_time(tmp_path):
    for name in ("第10课.txt", "第2课.txt", "第1课.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.txt").write_text("x")
    assert names(found(tmp_path)) == ["1.txt", "第1课.txt", "第2课.txt", "第10课.txt"]
    assert found(tmp_path) == found(tmp_path)


def test_natural_key_does_not_choke_on_digits_that_are_no_decimals():
    assert natural_key("x²") > natural_key("x") or natural_key("x²") < natural_key("x")
    assert natural_key("٣" + "9" * 500)


def test_links_are_not_followed_and_loops_end(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("x")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    assert [row.code for row in found(inside)] == ["IN-16"] * 3


def test_a_file_reached_twice_is_given_once(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    assert names(found(tmp_path, path, tmp_path)) == ["a.txt"]


def test_what_cannot_be_read_becomes_a_row(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("x")

    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    (row,) = found(tmp_path)
    assert (row.status, row.code) == ("failed", "IN-02")
    assert "权限" in row.message


def test_missing_paths_and_hidden_folders_become_rows(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.txt").write_text("x")
    (missing, hidden) = found(tmp_path / "没有", tmp_path)
    assert (missing.status, missing.code) == ("failed", "IN-17")
    assert (hidden.status, hidden.code) == ("skipped", "IN-05")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    (row,) = found(tmp_path)
    assert (row.status, row.code) == ("skipped", "IN-04")


def test_a_name_that_is_no_text_becomes_a_row_that_can_be_written(tmp_path):
    raw = os.fsencode(tmp_path) + b"/\xbd\xcc.txt"
    try:
        with open(raw, "wb") as stream:  # noqa: PTH123  (a bytes path)
            stream.write(b"x")
    except OSError:
        pytest.skip("this file system refuses such names")
    (row,) = found(tmp_path)
    assert row.code == "IN-19"
    assert row.path.encode("utf-8")


def test_trouble_with_a_file_is_said_in_chinese(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("x")

    def gone(self, *args, **kwargs):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(type(tmp_path), "open", gone)
    (row,) = found(tmp_path)
    assert (row.code, row.message) == ("IN-02", "这个文件打不开：文件刚刚被移走。")


def test_a_file_that_grows_while_it_is_read_is_given_up_at_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("x")
    opened = Path.open

    class Growing:
        def __init__(self, stream):
            self.stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def read(self, size):
            with opened(path, "ab") as more:
                more.write(b"x" * size)
            return self.stream.read(size)

    monkeypatch.setattr(Path, "open", lambda self, mode: Growing(opened(self, mode)))
    (row,) = found(tmp_path)
    assert row.code == "IN-03"
    assert path.stat().st_size < 5 * 1024 * 1024


# --- what is gone for certain ---


def gone(root, known, *roots, staging=None):
    absent = Absent(roots or [root])
    for item in discover(roots or [root], SETTINGS, staging):
        absent.saw(item)
    return absent.missing(known)


@pytest.fixture
def library(tmp_path):
    """A folder of six files, and their paths as a first run knows them."""
    for name in ("一年级/a.txt", "一年级/b.txt", "二年级/a.txt", "二年级/深/c.txt", "d.txt"):
        (tmp_path / "资料" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "资料" / name).write_text(name)
    with zipfile.ZipFile(tmp_path / "资料" / "包.zip", "w") as archive:
        archive.writestr("e.txt", "e")
        archive.writestr("内/f.txt", "f")
    staging = tmp_path / "staging"
    staging.mkdir()
    root = tmp_path / "资料"
    known = [str(one.path) for one in discover([root], SETTINGS, staging) if isinstance(one, Source)]
    assert len(known) == 7
    return root, known, staging


def test_what_is_still_there_is_not_gone_and_what_was_deleted_is(library):
    root, known, staging = library
    assert gone(root, known, staging=staging) == []
    (root / "d.txt").unlink()
    shutil.rmtree(root / "二年级")
    expected = [path for path in known if "二年级" in path or path.endswith("d.txt")]
    assert gone(root, known, staging=staging) == expected
    assert gone(root, ["/别处/x.txt", str(root.parent / "y.txt")], staging=staging) == []


def test_members_go_with_their_archive_and_out_of_it(library):
    root, known, staging = library
    with zipfile.ZipFile(root / "包.zip", "w") as archive:
        archive.writestr("e.txt", "new")
    assert gone(root, known, staging=staging) == [str(root / "包.zip" / "内" / "f.txt")]
    (root / "包.zip").unlink()
    assert gone(root, known, staging=staging) == [path for path in known if "包.zip" in path]


@pytest.mark.parametrize("how", ["damaged", "locked away", "no staging", "a folder", "a link"])
def test_an_archive_that_cannot_be_opened_takes_nothing_away(library, how):
    root, known, staging = library
    archive = root / "包.zip"
    if how == "damaged":
        archive.write_bytes(archive.read_bytes()[:60])
    elif how == "no staging":
        staging = None
    elif how == "locked away":
        archive.write_bytes(b"")
    elif how == "a folder":
        archive.unlink()
        archive.symlink_to(root / "一年级")
    else:
        archive.rename(root.parent / "x.zip")
        archive.symlink_to(root.parent / "x.zip")
    assert gone(root, known, staging=staging) == []


def test_a_folder_that_cannot_be_read_takes_nothing_away(library, monkeypatch):
    root, known, staging = library
    listed = Path.iterdir

    def refuse(self):
        if self.name == "二年级":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    (root / "d.txt").unlink()
    assert gone(root, known, staging=staging) == [str(root / "d.txt")]


@pytest.mark.parametrize("left", [(), (".DS_Store", "Thumbs.db"), ("$RECYCLE.BIN/x",)])
def test_an_empty_root_takes_nothing_away(library, left):
    root, known, staging = library
    shutil.rmtree(root)
    root.mkdir()
    for name in left:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("x")
    assert gone(root, known, staging=staging) == []


def test_a_root_that_is_not_there_takes_nothing_away(library):
    root, known, staging = library
    root.rename(root.parent / "elsewhere")
    assert gone(root, known, staging=staging) == []
    assert gone(root, known, root, root.parent / "elsewhere", staging=staging) == []


def test_what_is_only_left_out_now_is_not_gone(library):
    root, known, staging = library
    (root / "d.txt").write_bytes(b"x" * (1024 * 1024 + 1))
    (root / "一年级" / "a.txt").write_bytes(b"")
    (root / "一年级" / "b.txt").unlink()
    (root / "一年级" / "b.txt").symlink_to(root / "d.txt")
    assert gone(root, known, staging=staging) == []


def test_two_roots_are_judged_each_by_itself(library):
    root, known, staging = library
    (root / "一年级" / "a.txt").unlink()
    (root / "二年级" / "a.txt").unlink()
    shutil.rmtree(root / "二年级" / "深")
    expected = [str(root / "一年级" / "a.txt")]
    assert (
        gone(root, known, root / "一年级", root / "二年级", staging=staging) == expected
    )  # nothing is left in the second


NAMES = st.sampled_from(["a", "b", "c.txt", "d.zip", "课"])
PLACES = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
CODES = st.sampled_from(sorted(REASONS))


def item(place, code):
    if code is None:
        return Source(PurePosixPath("/r", place), "0" * 64, 1)
    return FileRow(f"/r/{place}", "failed", code=code)


ITEMS = st.lists(st.tuples(PLACES, st.none() | CODES), max_size=12)


def missing(items, known):
    absent = Absent([Path("/r")])
    for place, code in items:
        absent.saw(item(place, code))
    return absent.missing([f"/r/{place}" for place in known])


@given(items=ITEMS, known=st.lists(PLACES, max_size=12, unique=True))
@run_with(max_examples=400, deadline=None)
def test_gone_is_only_what_was_not_seen_and_not_closed_off(items, known):
    result = missing(items, known)
    assert result == [f"/r/{place}" for place in known if f"/r/{place}" in result]
    seen = {f"/r/{place}" for place, _ in items}
    closed = {f"/r/{place}" for place, code in items if code not in {None, "IN-22"}}
    alive = any(code not in {"IN-02", "IN-05", "IN-17"} for _, code in items)
    for place in known:
        path = f"/r/{place}"
        above = {str(parent) for parent in PurePosixPath(path).parents}
        assert (path in result) == (alive and path not in seen and not above & closed)


@given(items=ITEMS, known=st.lists(PLACES, max_size=8, unique=True), more=st.tuples(PLACES, st.none() | CODES))
@run_with(max_examples=200, deadline=None)
def test_seeing_more_never_takes_more_away_once_the_root_is_alive(items, known, more):
    items = [("alive.txt", None), *items]
    assert set(missing([*items, more], known)) <= set(missing(items, known))
