"""Files whose name says one thing and whose bytes another, and files of next to nothing."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from tests.ingest.hostile import bases
from tests.ingest.hostile.spec import TEXT, made, spec
from tests.ingest.hostile.zipcraft import Entry, zip_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ingest.hostile.spec import Spec

OFFICE: dict[str, Callable[[], bytes]] = {"docx": bases.docx, "pptx": bases.pptx, "xlsx": bases.xlsx}
BINARY: dict[str, Callable[[], bytes]] = {
    **OFFICE,
    "pdf": bases.pdf,
    "png": lambda: bases.PNG,
    "jpeg": lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)) * 4,
    "zip": lambda: zip_bytes([Entry("a.txt", b"abc")]),
    "rar": lambda: b"Rar!\x1a\7\1\0" + bytes(range(256)),
    "7z": lambda: b"7z\xbc\xaf\x27\x1c\0\4" + bytes(range(256)),
    "gz": lambda: gzip.compress(b"abc" * 99, mtime=0),
    "exe": lambda: b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + bytes(500),
    "elf": lambda: b"\x7fELF\2\1\1" + bytes(500),
    "mp3": lambda: b"ID3\4\0\0\0\0\0\x21" + bytes(range(256)) * 3,
    "ole": lambda: bases.OLE,
    "sqlite": lambda: b"SQLite format 3\0\x10\0\1\1\0" + bytes(400),
    "noise": lambda: bases.flipped(bytes(range(256)) * 8, 1, 4000),
}
PLAIN: dict[str, Callable[[], bytes]] = {
    "txt": bases.PROSE.encode,
    "gbk": lambda: bases.PROSE.encode("gbk"),
    "html": f"<!DOCTYPE html><html><body><p>{bases.PROSE}</p></body></html>".encode,
}
TEXT_NAMES = (".txt", ".md", ".csv", ".html", ".srt", ".vtt")
PACKED_NAMES = (".docx", ".pptx", ".xlsx", ".pdf")
# Nothing, one byte, or only what is no text.
NEXT_TO_NOTHING = {
    "zero": b"",
    "nul": b"\0",
    "letter": b"P",
    "bom8": b"\xef\xbb\xbf",
    "bom16le": b"\xff\xfe",
    "bom16be": b"\xfe\xff",
    "bom32": b"\xff\xfe\0\0",
    "spaces": b" \t\r\n" * 50,
    "wide-spaces": "\u3000\u00a0\u2003\n".encode() * 50,
    "zero-width": "\u200b\u2060\ufeff\n".encode() * 50,
    "marks": "……，。！？——\n".encode() * 50,
    "nuls": bytes(5000),
}


def specs() -> Iterator[Spec]:
    """Yield every content under every name that is not its own."""
    for kind, content in BINARY.items():
        for suffix in (*PACKED_NAMES, *TEXT_NAMES, ".zip"):
            if suffix in {f".{kind}", ".html" if kind == "html" else ""}:
                continue
            expect = {".zip": "IN-06 IN-08", ".pdf": "IN-06 IN-08"}.get(
                suffix, "IN-06 IN-08" if suffix in PACKED_NAMES else "IN-06 IN-13"
            )
            yield spec(f"{kind}-named-{suffix[1:]}", f"教案{suffix}", expect, made(content))
    for kind, content in PLAIN.items():
        for suffix in (*PACKED_NAMES, ".zip"):
            expect = "IN-08" if suffix == ".zip" else "IN-06"
            yield spec(f"{kind}-named-{suffix[1:]}", f"教案{suffix}", expect, made(content))
        for suffix in (".srt", ".vtt"):
            yield spec(f"{kind}-named-{suffix[1:]}", f"教案{suffix}", "IN-08", made(content))
        for suffix in (".txt", ".md", ".csv", ".html"):
            yield spec(f"{kind}-named-{suffix[1:]}", f"教案{suffix}", TEXT, made(content))
    for word, content in NEXT_TO_NOTHING.items():
        for suffix in (*PACKED_NAMES, *TEXT_NAMES, ".zip", ".doc", ".xls", ".png"):
            yield spec(f"{word}-{suffix[1:]}", f"空{suffix}", _nothing(word, suffix), content)


def _nothing(word: str, suffix: str) -> str:
    if word == "zero":
        return "IN-01" if suffix not in {".doc", ".xls", ".png"} else "IN-01 IN-04 IN-14"
    if suffix in {".doc", ".xls", ".png"}:
        # Text under an old name is a common export and read as what it is.
        return "IN-04 IN-06 IN-08 IN-11 IN-12 IN-14 IN-24" + (" text" if word == "letter" else "")
    if suffix in {*PACKED_NAMES, ".zip"}:
        return "IN-06 IN-08"
    return "text" if word == "letter" and suffix not in {".srt", ".vtt"} else "IN-06 IN-08 IN-11 IN-13"
