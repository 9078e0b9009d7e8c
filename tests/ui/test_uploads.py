from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ui.errors import PageError
from ui.uploads import LONGEST_NAME, Upload, keep_uploads, safe_name
from ui.words import words_for

if TYPE_CHECKING:
    from pathlib import Path

WORDS = words_for("zh")


def sent(incoming: Path, name: str, content: bytes = b"x", folder: str = "a") -> Upload:
    path = incoming / folder / "received"
    path.parent.mkdir(parents=True, exist_ok=True)
    path = path.with_name(f"{len(list(path.parent.iterdir()))}")
    path.write_bytes(content)
    return Upload(path, name)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("《望天门山》教案（第1课时）.docx", "《望天门山》教案（第1课时）.docx"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/abs/olute.txt", "olute.txt"),
        ("C:\\x\\教案.docx", "教案.docx"),
        ("a\x00b\x1f.txt", "ab.txt"),
        ("\u202etxt.exe.docx", "txt.exe.docx"),
        ('a<b>:"|?*.docx', "a_b______.docx"),
        ("CON.txt", "_CON.txt"),
        ("com1", "_com1"),
        ("  教案 .docx . ", "教案.docx"),
        (".hidden", "hidden"),
        ("教案", "教案"),
        ("..", ""),
        ("", ""),
        ("/", ""),
        ("\u200b\u202e", ""),
        ("e\u0301t\u00e9.txt", "\u00e9t\u00e9.txt"),
        ("emoji😀.txt", "emoji😀.txt"),
        ("\ud800.txt", "txt"),
    ],
)
def test_a_name_is_safe_everywhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_suffix_and_whole_characters() -> None:
    safe = safe_name("教" * 500 + ".docx")
    assert safe.endswith("教.docx")
    assert LONGEST_NAME - 3 < len(safe.encode()) <= LONGEST_NAME
    assert len(safe_name("a." + "b" * 500).encode()) <= LONGEST_NAME


def test_files_are_kept_and_a_new_one_replaces_the_old(tmp_path: Path) -> None:
    incoming, folder = tmp_path / "in", tmp_path / "home" / "uploads"
    first = sent(incoming, "教案.docx", b"one")
    assert keep_uploads([first], incoming, folder, 1, WORDS) == [folder / "教案.docx"]
    keep_uploads([sent(incoming, "教案.docx", b"two")], incoming, folder, 1, WORDS)
    assert (folder / "教案.docx").read_bytes() == b"two"
    assert [path.name for path in folder.iterdir()] == ["教案.docx"]
    assert first.path.read_bytes() == b"one"


def test_two_files_of_one_name_sent_together_are_both_kept(tmp_path: Path) -> None:
    incoming, folder = tmp_path / "in", tmp_path / "uploads"
    files = [sent(incoming, name, name.encode()) for name in ("教案.docx", "x/教案.docx", "教案.DOCX")]
    kept = keep_uploads(files, incoming, folder, 1, WORDS)
    assert len({path.name.casefold() for path in kept}) == 3
    assert [path.read_bytes() for path in kept] == [name.name.encode() for name in files]


@pytest.mark.parametrize("where", ["outside", "link", "gone", "folder"])
def test_only_what_came_through_the_page_is_read(tmp_path: Path, where: str) -> None:
    incoming, folder = tmp_path / "in", tmp_path / "uploads"
    incoming.mkdir()
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    path = {"outside": secret, "link": incoming / "link", "gone": incoming / "gone", "folder": incoming}[where]
    if where == "link":
        path.symlink_to(secret)
    with pytest.raises(PageError) as error:
        keep_uploads([Upload(path, "教案.docx")], incoming, folder, 1, WORDS)
    assert error.value.code == "PG-06"
    assert not folder.exists()


def test_a_climbing_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(PageError):
        keep_uploads(
            [Upload(tmp_path / "in" / ".." / "secret.txt", "a.txt")], tmp_path / "in", tmp_path / "up", 1, WORDS
        )


def test_nothing_is_kept_when_one_is_too_large(tmp_path: Path) -> None:
    incoming, folder = tmp_path / "in", tmp_path / "uploads"
    files = [sent(incoming, "小.docx"), sent(incoming, "大.docx", bytes((1 << 20) + 1))]
    with pytest.raises(PageError) as error:
        keep_uploads(files, incoming, folder, 1, WORDS)
    assert "《大.docx》" in error.value.message
    assert "1 MB" in error.value.message
    assert not folder.exists()


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    incoming, folder = tmp_path / "in", tmp_path / "uploads"
    files = [sent(incoming, "甲.docx"), sent(incoming, "乙.docx")]

    def full(source: object, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ui.uploads.shutil.copyfile", full)
    with pytest.raises(PageError) as error:
        keep_uploads(files, incoming, folder, 1, WORDS)
    assert error.value.code == "PG-06"
    assert list(folder.iterdir()) == []
