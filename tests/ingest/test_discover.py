import hashlib
import os

import pytest

from ingest.discover import discover, natural_key
from ingest.document import Source
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
        "图片.png": "IN-04",
        "没有后缀": "IN-04",
        "~$教案.docx": "IN-05",
        ".DS_Store": "IN-05",
        "Thumbs.db": "IN-05",
        "manifest.csv": "IN-05",
        "旧.doc": "IN-14",
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
