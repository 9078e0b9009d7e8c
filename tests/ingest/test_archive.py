import hashlib
import os
import tracemalloc
import zipfile

import psutil
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from ingest.archive import MOST_MEMBERS, Archive
from ingest.discover import discover
from ingest.document import Source
from ingest.errors import SourceError
from ingest.settings import IngestSettings
from tests.ingest.hostile.zipcraft import (
    LINK,
    LOCKED,
    PIPE,
    STORED,
    Entry,
    overlapping,
    quoted,
    write_zip,
    zip_bytes,
)

MB = 1024 * 1024
SETTINGS = IngestSettings(max_file_mb=1)


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


@pytest.fixture
def look(tmp_path, staging):
    """Discover one archive made of the given entries, and return its items."""

    def discovered(*entries, settings=SETTINGS, raw=None):
        path = tmp_path / "资料.zip"
        path.write_bytes(zip_bytes(entries) if raw is None else raw)
        return list(discover([path], settings, staging))

    return discovered


def shown(items):
    """Return each item's place below the archive with its code, or 'source'."""
    start = str(items[0].path)
    return {str(one.path)[len(start) :]: "source" if isinstance(one, Source) else one.code for one in items[1:]}


def test_members_become_sources_with_their_place_hash_and_bytes(look, staging, tmp_path):
    row, *members = look(
        Entry("第10课/教案.txt", b"ten"), Entry("第2课/教案.txt", b"two" * 9), Entry("第2课/", b"", STORED)
    )
    assert (row.path, row.status, row.code) == (str(tmp_path / "资料.zip"), "skipped", "IN-22")
    assert "2 个文件" in row.message
    assert [str(one.path.relative_to(tmp_path)) for one in members] == [
        "资料.zip/第2课/教案.txt",
        "资料.zip/第10课/教案.txt",
    ]
    for one, body in zip(members, (b"two" * 9, b"ten"), strict=True):
        assert one.file.read_bytes() == body
        assert (one.sha256, one.size) == (hashlib.sha256(body).hexdigest(), len(body))
        assert one.file.parent == staging
        assert one.file.name.strip("0123456789") == ".txt"


def test_archives_of_real_programs_are_read(tmp_path, staging):
    path = tmp_path / "a.ZIP"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("空文件夹")
        archive.writestr("教案/一.md", "# 一")
        archive.writestr("two.csv", "a,b")
    assert shown(list(discover([path], SETTINGS, staging))) == {"/教案/一.md": "source", "/two.csv": "source"}


def test_without_staging_a_zip_is_left_out(tmp_path):
    write_zip(tmp_path / "a.zip", [Entry("a.txt")])
    (row,) = discover([tmp_path], SETTINGS)
    assert (row.status, row.code) == ("skipped", "IN-04")
    assert ".zip" in row.message


def test_every_member_gives_one_item_and_the_count_says_how_many(look):
    items = look(
        Entry("a.txt"),
        Entry("b.exe"),
        Entry("旧.doc"),
        Entry("空.txt", b"", STORED),
        Entry("大.txt", os.urandom(MB + 1)),
        Entry("__MACOSX/._a.txt"),
        Entry(".git/config"),
        Entry("~$a.docx"),
        Entry("manifest.csv"),
        Entry("文件夹/", b"", STORED),
        Entry("b.rar"),
    )
    found = shown(items)
    assert len(found) == 10
    assert "10 个文件" in items[0].message
    assert found.pop("/旧.doc") in {"IN-14", "source"}  # by whether old files can be converted
    assert found == {
        "/a.txt": "source",
        "/b.exe": "IN-04",
        "/空.txt": "IN-01",
        "/大.txt": "IN-03",
        "/__MACOSX/._a.txt": "IN-05",
        "/.git/config": "IN-05",
        "/~$a.docx": "IN-05",
        "/manifest.csv": "IN-05",
        "/b.rar": "IN-26",
    }
    for row in items:
        if not isinstance(row, Source):
            assert row.status == ("skipped" if row.code in {"IN-04", "IN-05", "IN-22", "IN-26"} else "failed")
            assert row.message.endswith("。")
            assert row.hint.endswith("。")


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (["一.txt", "第2课《面积》/教案.txt"], "gbk"),
        (["一.txt", "面积／𠮷.txt"], "gb18030"),
        (["一.txt", "面积.txt"], "utf-8"),
        (["plain.txt"], "ascii"),
    ],
)
def test_names_without_the_utf8_mark_are_read_alike(look, names, encoding):
    assert set(shown(look(*(Entry(name.encode(encoding)) for name in names)))) == {f"/{name}" for name in names}


OUTSIDE = (
    "../a.txt", "a/../../b.txt", "/etc/a.txt", "\\a.txt", "\\\\server\\share\\a.txt", "C:\\a.txt", "c:a.txt",
    "a/D:b.txt", "..\\..\\a.txt", "a/.. /b.txt", "x/.../a.txt", "..",
)  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_lead_out_are_refused_and_the_others_go_on(look, tmp_path, staging, name):
    before = sorted(tmp_path.rglob("*"))
    items = look(Entry(name, b"evil"), Entry("好.txt", b"good"))
    found = shown(items)
    assert found.pop("/好.txt") == "source"
    ((place, code),) = found.items()
    assert code == "IN-23"
    assert place.count("/") == 1  # what is shown leads nowhere either
    assert set(tmp_path.rglob("*")) - set(before) == {tmp_path / "资料.zip", *staging.iterdir()}
    assert [one.read_bytes() for one in staging.iterdir()] == [b"good"]


def test_backslashes_between_folders_are_read_as_folders(look):
    assert shown(look(Entry("第1课\\教案.txt"), Entry("第1课\\", b"", STORED))) == {"/第1课/教案.txt": "source"}


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry("a\0.txt"), "IN-19"),
        (Entry("a\x1b[2J.txt"), "IN-19"),
        (Entry(b""), "IN-19"),
        (Entry("./"), "IN-19"),
        (Entry("x" * 1200 + ".txt"), "IN-18"),
        (Entry("a/" * 50 + "b.txt"), "IN-18"),
        (Entry("a.txt", b"/etc/passwd", attributes=LINK), "IN-16"),
        (Entry("a.txt", attributes=PIPE), "IN-04"),
        (Entry("a.txt", flags=LOCKED), "IN-07"),
        (Entry("a.txt", method=9), "IN-08"),
        (Entry("a.txt", method=12), "IN-08"),
        (Entry("a.txt", crc=1), "IN-08"),
        (Entry("a.txt", b"abc" * 99, packed=b"\xff\xff\xff"), "IN-08"),
        (Entry("a.txt", b"abc", size=300), "IN-08"),
        (Entry("a.txt", offset=70_000), "IN-08"),
        (Entry("a.txt", b"0" * 5 * MB), "IN-09"),
    ],
)
def test_a_bad_member_gives_a_row_and_leaves_nothing(look, staging, entry, code):
    items = look(Entry("b.txt"), entry, Entry("c.txt"))
    found = [one.code for one in items[1:] if not isinstance(one, Source)]
    assert found == [code]
    assert len(items) == 4
    assert len(list(staging.iterdir())) == 2
    assert all("\0" not in one.path and "\x1b" not in one.path for one in items if not isinstance(one, Source))


def test_a_member_that_packs_too_well_is_not_unpacked(look, staging):
    items = look(Entry("a.txt", b"0" * 5 * MB), Entry("b.txt"), settings=IngestSettings(max_file_mb=8))
    assert shown(items) == {"/a.txt": "IN-09", "/b.txt": "source"}
    assert len(list(staging.iterdir())) == 1


def test_a_member_that_is_more_than_it_says_gives_only_what_it_says(look, staging):
    tracemalloc.start()
    liar = Entry("a.txt", b"0" * 60 * MB, size=1000)
    items = look(liar, Entry("b.txt"))
    tracemalloc.clear_traces()
    again = look(liar, Entry("b.txt"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert shown(items) == shown(again) == {"/a.txt": "IN-08", "/b.txt": "source"}
    assert all(one.stat().st_size < 2000 for one in staging.iterdir())
    assert peak < 140 * MB  # 120 of them are this test's own


@pytest.mark.parametrize(
    "raw", [overlapping(30, 1000), quoted(30, 1000), overlapping(200, 900_000)], ids=["same", "quoted", "large"]
)
def test_members_that_share_bytes_are_refused_together(look, staging, raw):
    (row,) = look(raw=raw)
    assert (row.status, row.code) == ("failed", "IN-09")
    assert list(staging.iterdir()) == []


def test_an_archive_that_unpacks_to_too_much_is_refused_as_a_whole(look, staging):
    parts = [Entry(f"{number}.txt", os.urandom(900_000), STORED) for number in range(5)]
    (row,) = look(*parts)
    assert row.code == "IN-03"
    assert "4 MB" in row.message
    assert list(staging.iterdir()) == []
    unread = [Entry(f"{number}.mp4", os.urandom(900_000), STORED) for number in range(9)]
    assert list(shown(look(*unread, Entry("a.txt"))).values()).count("source") == 1  # films are not unpacked


def test_archives_inside_count_against_the_same_allowance(look):
    def inner(letter):
        return zip_bytes([Entry(f"{letter}{number}.txt", os.urandom(600_000), STORED) for number in range(2)])

    items = look(*(Entry(f"{letter}.zip", inner(letter), STORED) for letter in "abc"))
    assert [one.code for one in items] == ["IN-22", "IN-03", "IN-03", "IN-03"]  # 3.6 MB are the inner archives' own
    assert "5 MB" in items[1].message
    items = look(Entry("a.zip", inner("a"), STORED), Entry("b.txt"))
    assert list(shown(items).values()) == ["IN-22", "source", "source", "source"]


def test_too_many_members_are_refused(look):
    (row,) = look(*(Entry(f"{number}.txt", b"", STORED) for number in range(MOST_MEMBERS + 1)))
    assert row.code == "IN-18"
    assert str(MOST_MEMBERS + 1) in row.message


def test_a_list_of_members_that_is_too_long_is_not_even_read(look):
    (row,) = look(*(Entry(f"{number:06d}" + "x" * 500, b"", STORED) for number in range(9000)))
    assert row.code == "IN-18"


def test_archives_in_archives_to_the_third_and_no_further(look, staging):
    raw = zip_bytes([Entry("a.txt", b"deep")])
    for level in (4, 3, 2):
        raw = zip_bytes([Entry(f"{level}.zip", raw), Entry(f"beside{level}.txt")])
    found = shown(look(raw=raw))
    assert found == {
        "/2.zip": "IN-22",
        "/2.zip/3.zip": "IN-22",
        "/2.zip/3.zip/4.zip": "IN-18",
        "/2.zip/3.zip/beside4.txt": "source",
        "/2.zip/beside3.txt": "source",
        "/beside2.txt": "source",
    }
    assert {one.suffix for one in staging.iterdir()} == {".txt"}  # inner archives are gone when they have been read


def test_of_two_members_with_one_name_the_later_is_taken_and_both_are_told(look):
    items = look(Entry("a.txt", b"old"), Entry("./a.txt", b"new"))
    assert [str(one.path).rsplit("/", 1)[-1] for one in items[1:]] == ["a.txt", "a.txt"]
    (source,) = (one for one in items if isinstance(one, Source))
    assert source.file.read_bytes() == b"new"
    (row,) = (one for one in items[1:] if not isinstance(one, Source))
    assert "同名" in row.message


def test_a_locked_archive_says_so_once(look):
    (row,) = look(Entry("a.txt", flags=LOCKED), Entry("b.txt", flags=LOCKED), Entry("c/", b"", STORED))
    assert (row.status, row.code) == ("failed", "IN-07")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "IN-01"),
        (b"P", "IN-08"),
        (b"PK\3\4" + bytes(500), "IN-08"),
        (zip_bytes([Entry("a.txt", b"abc" * 500)])[:-30], "IN-08"),
        (zip_bytes([Entry(b"\xff\xfe.txt", flags=0x800)]), "IN-08"),
        (b"Rar!\x1a\7\1\0" + bytes(200), "IN-06"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(200), "IN-06"),
        ("不是压缩包".encode() * 99, "IN-08"),
        (zip_bytes([Entry("[Content_Types].xml"), Entry("word/document.xml")]), "IN-06"),
    ],
)
def test_what_is_no_good_archive_becomes_one_row(look, staging, raw, code):
    (row,) = look(raw=raw)
    assert (row.status, row.code) == ("failed", code)
    assert list(staging.iterdir()) == []


def test_an_archive_of_nothing_says_so(look):
    (row,) = look()
    assert (row.code, "0 个文件" in row.message) == ("IN-22", True)


@pytest.mark.parametrize("taken", [0, 1, 2, 4, 6])
def test_whoever_stops_early_leaves_no_file_open(tmp_path, staging, taken):
    inner = zip_bytes([Entry("x.txt"), Entry("y.txt")])
    write_zip(tmp_path / "a.zip", [Entry("1.txt"), Entry("2.zip", inner), Entry("3.txt")])
    before = {one.path for one in psutil.Process().open_files()}
    items = discover([tmp_path / "a.zip"], SETTINGS, staging)
    for _ in range(taken):
        next(items)
    items.close()
    assert {one.path for one in psutil.Process().open_files()} <= before


def test_members_are_unpacked_only_when_they_are_asked_for(tmp_path, staging):
    write_zip(tmp_path / "a.zip", [Entry(f"{number}.txt") for number in range(9)])
    items = discover([tmp_path / "a.zip"], SETTINGS, staging)
    for expected in range(4):  # the first item is the archive's row
        next(items)
        assert len(list(staging.iterdir())) == expected
    items.close()


def test_two_runs_may_share_a_folder(tmp_path, staging):
    write_zip(tmp_path / "a.zip", [Entry("1.txt", b"one"), Entry("2.txt", b"two")])
    sources = [one for _ in range(2) for one in discover([tmp_path / "a.zip"], SETTINGS, staging)]
    assert [one.file.read_bytes() for one in sources if isinstance(one, Source)] == [b"one", b"two"] * 2


def test_a_full_disk_is_a_row(tmp_path, staging, monkeypatch):
    write_zip(tmp_path / "a.zip", [Entry("1.txt", b"one")])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Archive, "unpack", full)
    row = list(discover([tmp_path / "a.zip"], SETTINGS, staging))[1]
    assert (row.code, "磁盘空间不够" in row.message) == ("IN-02", True)


def test_a_file_already_there_is_neither_written_nor_removed(tmp_path):
    write_zip(tmp_path / "a.zip", [Entry("1.txt", b"one")])
    (tmp_path / "b.txt").write_bytes(b"mine")
    with Archive(tmp_path / "a.zip") as archive, pytest.raises(FileExistsError):
        archive.unpack(archive.members[0], tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_bytes() == b"mine"


def test_a_refused_member_is_never_unpacked(tmp_path):
    write_zip(tmp_path / "a.zip", [Entry("../1.txt"), Entry("2.txt")])
    with Archive(tmp_path / "a.zip") as archive, pytest.raises(SourceError):
        archive.unpack(archive.members[0], tmp_path / "b.txt")
    assert not (tmp_path / "b.txt").exists()


SOUND = zip_bytes(
    [
        Entry("教案.txt", b"abc" * 50),
        Entry(b"b\xd7\xca.txt", b"hello", STORED),
        Entry("in.zip", zip_bytes([Entry("c.txt")])),
    ]
)


@given(
    changes=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=6),
    end=st.integers(0, len(SOUND)),
)
@run_with(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bytes_every_item_is_told_and_nothing_is_raised(tmp_path_factory, changes, end):
    raw = bytearray(SOUND)
    for place, value in changes:
        raw[place] = value
    folder = tmp_path_factory.mktemp("fuzz")
    staging = folder / "staging"
    staging.mkdir()
    (folder / "a.zip").write_bytes(raw[:end] if end % 3 == 0 else raw)
    items = list(discover([folder / "a.zip"], SETTINGS, staging))
    assert items
    assert len([one for one in items if isinstance(one, Source)]) == len(list(staging.iterdir()))
    assert sorted(folder.iterdir()) == [folder / "a.zip", staging]
    for one in items:
        assert isinstance(one, Source) or (one.code and one.message and one.hint)
