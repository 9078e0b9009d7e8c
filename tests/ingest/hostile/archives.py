"""Zip archives, and files of the other packers; how members must end is also tested one by one in test_archive.py."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.ingest.hostile import bases
from tests.ingest.hostile.spec import made, spec
from tests.ingest.hostile.zipcraft import LINK, LOCKED, STORED, Entry, deflated_zeros, overlapping, quoted, zip_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ingest.hostile.spec import Spec

MEGABYTE = 1024 * 1024
GOOD = Entry("教案.txt", bases.PROSE.encode())


def specs() -> Iterator[Spec]:
    """Yield the archives."""
    contents: dict[str, tuple[Callable[[], bytes], str]] = {
        "empty": (lambda: zip_bytes([]), "IN-22"),
        "good": (lambda: zip_bytes([GOOD, Entry("a/教案.docx", bases.docx(), STORED)]), "IN-22 text"),
        "gbk-names": (lambda: zip_bytes([Entry("第一课/教案.txt".encode("gbk"), GOOD.body)]), "IN-22 text"),
        "comment": (lambda: zip_bytes([GOOD], comment=b"PK\5\6" * 9000), "IN-08"),
        "junk-before": (lambda: bytes(900) + zip_bytes([GOOD]), "IN-08 IN-22 text"),
        "junk-after": (lambda: zip_bytes([GOOD]) + bytes(900), "IN-08 IN-22 text"),
        "traversal": (
            lambda: zip_bytes([GOOD, *(Entry("../" * n + f"outside{n}.txt", b"evil") for n in range(1, 9))]),
            "IN-22 IN-23 text",
        ),
        "absolute": (
            lambda: zip_bytes([Entry("/tmp/outside.txt"), Entry("C:\\outside.txt"), Entry("\\\\s\\x.txt")]),
            "IN-22 IN-23",
        ),
        "names-odd": (
            lambda: zip_bytes(
                [
                    Entry(n, GOOD.body)
                    for n in ("CON.txt", "a?.txt", "a:b.txt", " .txt", "a\0b.txt", "\u202etxt.exe.txt")
                ]
            ),
            "IN-19 IN-22 IN-23 text",
        ),
        "names-long": (
            lambda: zip_bytes([Entry("长" * 300 + ".txt", GOOD.body), Entry("x" * 65_000 + ".txt")]),
            "IN-18 IN-22 text",
        ),
        "names-same": (
            lambda: zip_bytes([GOOD, GOOD, Entry("a.TXT", GOOD.body), Entry("A.txt", GOOD.body)]),
            "IN-18 IN-22 text",
        ),
        "name-is-folder": (
            lambda: zip_bytes([Entry("a.txt", GOOD.body), Entry("a.txt/b.txt", GOOD.body)]),
            "IN-22 text",
        ),
        "folders-deep": (
            lambda: zip_bytes([Entry("深/" * 39 + "a.txt", GOOD.body), Entry("深/" * 300 + "a.txt")]),
            "IN-18 IN-22 text",
        ),
        "links": (lambda: zip_bytes([Entry("a.txt", b"/etc/passwd", attributes=LINK), GOOD]), "IN-16 IN-22 text"),
        "locked": (lambda: zip_bytes([Entry("a.txt", flags=LOCKED)]), "IN-07"),
        "locked-partly": (lambda: zip_bytes([Entry("a.txt", flags=LOCKED), GOOD]), "IN-07 IN-22 text"),
        "system-files": (
            lambda: zip_bytes([Entry("__MACOSX/._a.txt"), Entry(".DS_Store"), Entry("Thumbs.db"), GOOD]),
            "IN-05 IN-22 text",
        ),
        "bomb-flat": (
            lambda: zip_bytes([Entry(f"{n}.txt", packed=deflated_zeros(30), size=30 * MEGABYTE) for n in range(3)]),
            "IN-09 IN-22",
        ),
        "bomb-many": (
            lambda: zip_bytes(
                [Entry(f"{n}.txt", packed=deflated_zeros(4), size=4 * MEGABYTE, crc=0) for n in range(40)]
            ),
            "IN-03",
        ),
        "bomb-nested": (_nested_bomb, "IN-09 IN-22"),
        "bomb-same": (lambda: overlapping(500, 100_000), "IN-09"),
        "bomb-quoted": (lambda: quoted(60, 50_000), "IN-09"),
        "bomb-lying": (
            lambda: zip_bytes([Entry("a.txt", packed=deflated_zeros(900), size=99), GOOD]),
            "IN-08 IN-22 text",
        ),
        "bomb-declared": (lambda: zip_bytes([Entry("a.txt", b"x", size=0xFFFFFFF0), GOOD]), "IN-09 IN-22 text"),
        "members-12000": (lambda: zip_bytes([Entry(f"{n}.txt", b"", STORED) for n in range(12_000)]), "IN-18"),
        "members-wrong-count": (lambda: zip_bytes([GOOD, Entry("b.txt", GOOD.body)], count=60_000), "IN-08 IN-22 text"),
        "in-zip-3": (lambda: _zips(3), "IN-22 text"),
        "in-zip-9": (lambda: _zips(9), "IN-18 IN-22"),
        "in-zip-200": (lambda: _zips(200), "IN-18 IN-22"),
        "of-bad-files": (_bad_files, "IN-01 IN-04 IN-06 IN-08 IN-11 IN-22"),
        "of-office-parts": (bases.docx, "IN-06"),
        "renamed-rar": (lambda: b"Rar!\x1a\7\0" + os.urandom(500), "IN-06"),
    }
    for word, (content, expect) in contents.items():
        yield spec(f"zip-{word}", "资料.zip", expect, made(content))
    for suffix in ("rar", "7z", "tar", "gz", "tar.gz", "tgz", "iso", "exe", "apk", "jar"):
        expect = "IN-04" if suffix in {"iso", "exe", "apk", "jar"} else "IN-26"
        yield spec(f"packed-{suffix}", f"资料.{suffix}", expect, b"Rar!\x1a\7\0" + bytes(500))


def _zips(levels: int) -> bytes:
    raw = zip_bytes([GOOD])
    for level in range(levels - 1):
        raw = zip_bytes([Entry(f"{level}.zip", raw)])
    return raw


def _nested_bomb() -> bytes:
    inner = zip_bytes([Entry(f"{n}.txt", packed=deflated_zeros(10), size=10 * MEGABYTE) for n in range(4)])
    return zip_bytes([Entry(f"{n}.zip", inner) for n in range(4)])


def _bad_files() -> bytes:
    bad = {
        "空.txt": b"",
        "一.docx": b"PK",
        "乱.pdf": os.urandom(300),
        "白.txt": b" \n" * 99,
        "图.bmp": b"BM" + bytes(99),
        "章.xlsx": bases.docx(),
    }
    return zip_bytes([Entry(name, body) for name, body in bad.items()])
