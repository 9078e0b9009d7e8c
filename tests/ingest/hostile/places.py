"""Awkward names and places: what a disk can hold beside ordinary files."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ingest.hostile.bases import PROSE, docx
from tests.ingest.hostile.spec import TEXT, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ingest.hostile.spec import Spec

NAMES = {
    "right-to-left": "教案\u202etxt.exe.txt",
    "hebrew": "שיעור שטח.txt",
    "arabic": "درس المساحة.txt",
    "emoji": "👩‍🏫第一课🎉.txt",
    "astral": "𠮷野家𝕏.txt",
    "decomposed": "re\u0301sume\u0301 が.txt",
    "zero-width": "教\u200b案\ufeff.txt",
    "long": "长" * 83 + ".txt",
    "long-latin": "x" * 251 + ".txt",
    "spaces": "  教案  (1) .txt",
    "full-width": "教案　（终稿）．ｔｘｔ.txt",
    "dots": "..教案...txt",
    "dash": "-rf --help.txt",
    "quotes": "教'案\"`$(touch x)`;&|<>*?.txt",
    "percent": "%00%2e%2e%2f教案%s{0}{code}.txt",
    "backslash": "..\\..\\教案.txt",
    "newline": "教\n案\t\x1b[2J.txt",
    "colon": "C:教案.txt",
    "reserved-con": "CON.txt",
    "reserved-nul": "nul.docx",
    "reserved-com": "COM1.md",
    "upper": "教案.TXT",
    "many-suffixes": "教案.docx.pdf.txt",
    "suffix-space": "教案.txt ",
    "suffix-dot": "教案.txt.",
    "only-suffix": ".txt",
    "numbers": "9" * 200 + ".txt",
    "odd-digits": "第²٣Ⅳ課.txt",
}
EXPECT = {"only-suffix": "IN-05", "dots": "IN-05", "backslash": "IN-05", "suffix-space": "IN-04", "suffix-dot": "IN-04"}


def specs() -> Iterator[Spec]:
    """Yield the names and places."""
    for word, name in NAMES.items():
        content = docx() if name.endswith(".docx") else PROSE.encode()
        yield spec(f"name-{word}", name, EXPECT.get(word, TEXT), content)
    yield spec("name-no-text", os.fsdecode(b"\xbd\xcc\xb0\xb8.txt"), "IN-19", PROSE.encode())
    yield spec("name-half-pair", "教\udced\udca0\udc80案.txt", "IN-19", PROSE.encode())
    yield spec("place-no-rights", "教案.txt", "text IN-02", lambda path: (path.write_text(PROSE), path.chmod(0)))
    yield spec("place-folder-no-rights", "文件夹", "text IN-02", _closed_folder)
    yield spec("place-pipe", "教案.txt", "IN-04", lambda path: _or_nothing(path, "mkfifo"))
    yield spec("place-socket", "教案.txt", "IN-04", _socket)
    yield spec("place-folder-named-docx", "教案.docx", TEXT, lambda path: _file(path / "a.txt"))
    yield spec("place-folder-named-zip", "教案.zip", TEXT, lambda path: _file(path / "a.txt"))
    yield spec("place-empty-folder", "文件夹", "", lambda path: path.mkdir())
    yield spec("place-hidden-folder", "文件夹", "IN-05", lambda path: _file(path / ".git" / "a.txt"))
    yield spec("place-links", "文件夹", "IN-16", _links)
    yield spec("place-link-given", "教案.txt", TEXT, lambda path: path.symlink_to(_file(path.parent / "真.txt")))
    yield spec("place-link-dangling", "教案.txt", "IN-17", lambda path: path.symlink_to("没有.txt"))
    yield spec("place-link-loop", "教案.txt", "IN-02", lambda path: path.symlink_to(path.name))
    yield spec("place-device", "教案.txt", "IN-04", lambda path: path.symlink_to(os.devnull))
    yield spec("place-missing", "教案.txt", "IN-17", lambda path: path.parent.mkdir(exist_ok=True))
    yield spec("place-deep", "文件夹", "text IN-18", lambda path: _deep(path, 60, "深"))
    yield spec("place-deeper-than-paths", "文件夹", "text IN-02 IN-18", lambda path: _deep(path, 39, "深" * 80))
    yield spec("place-hard-links", "文件夹", TEXT, lambda path: os.link(_file(path / "a.txt"), path / "b.txt"))
    yield spec(
        "place-many-files", "文件夹", TEXT, lambda path: [_file(path / f"{number}.txt") for number in range(300)]
    )
    yield spec("place-hole", "教案.txt", "IN-06 IN-10", _hole)


def _file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROSE, encoding="utf-8")
    return path


def _closed_folder(path: Path) -> None:
    _file(path / "a.txt")
    path.chmod(0o000)


def _or_nothing(path: Path, call: str) -> None:
    getattr(os, call)(path)


def _socket(path: Path) -> None:
    """Leave a socket behind; its path may be too long for one, so it is made from inside the folder."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def _links(path: Path) -> None:
    path.mkdir()
    (path / "loop").symlink_to(path)
    (path / "up").symlink_to("..")
    (path / "a.txt").symlink_to("/etc/passwd")
    (path / "self.txt").symlink_to("self.txt")


def _deep(path: Path, levels: int, name: str) -> None:
    """Nest folders below each other from inside: the whole path may be longer than any call takes."""
    path.mkdir()
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path)
        for _ in range(levels):
            os.mkdir(name)  # noqa: PTH102  (the working folder is what counts)
            os.chdir(name)
            with open("a.txt", "w", encoding="utf-8") as stream:  # noqa: PTH123
                stream.write(PROSE)
    finally:
        os.fchdir(before)
        os.close(before)


def _hole(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(PROSE.encode())
        stream.truncate(3_000_000)
