"""Tell what a file really is by its bytes, and refuse what cannot be or should not be opened."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from ingest.partition.compound import compound_kind
from ingest.partition.failures import failure

if TYPE_CHECKING:
    from pathlib import Path

# Suffix → how it is read. The values are the partitioners' names.
FORMATS: dict[str, str] = {
    ".docx": "docx",
    ".pptx": "pptx",
    ".pdf": "pdf",
    ".xlsx": "xlsx",
    ".csv": "csv",
    ".md": "md",
    ".markdown": "md",
    ".txt": "txt",
    ".html": "html",
    ".htm": "html",
    ".srt": "subtitles",
    ".vtt": "subtitles",
    ".ass": "subtitles",
    ".ssa": "subtitles",
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"), "photo"),
}
# Suffix of an old office format → the suffix it should be saved as. What is in such a file only its bytes tell.
OLD_FORMATS: dict[str, str] = {
    ".doc": ".docx",
    ".ppt": ".pptx",
    ".xls": ".xlsx",
    ".wps": ".docx",
    ".dps": ".pptx",
    ".et": ".xlsx",
}

_NAMES = {
    "docx": "Word 文档",
    "pptx": "PPT 演示文稿",
    "xlsx": "Excel 表格",
    "pdf": " PDF 文件",
    "photo": "一张图片",
}
_OLD_KINDS = {"doc": ".docx", "ppt": ".pptx", "xls": ".xlsx"}
_MAIN_FOLDERS = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # all that the office formats allow
# What may stand before a document's first element, or its type declaration.
_PROLOG = re.compile(rb"\A(?:\s|\xef\xbb\xbf|\xff\xfe|\xfe\xff|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_BINARY = {
    b"Rar!": " RAR 压缩包",
    b"7z\xbc\xaf": " 7z 压缩包",
    b"\x1f\x8b": "一个压缩包",
    b"MZ": "一个程序",
    b"\x7fELF": "一个程序",
    b"ID3": "一段录音",
}
# PNG, JPEG, GIF, BMP, WebP and TIFF; whichever a picture is, it is read.
_PHOTO = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0{4}|RIFF.{4}WEBP|II\*\0|MM\0\*", re.DOTALL)
_HEIC = re.compile(rb".{4}ftyp(?:hei|hev|mif|avif)", re.DOTALL)
MAX_PARTS = 10_000
MAX_RATIO = 200  # ordinary office parts pack 5–30 times; a part of one repeated byte packs 1,000 times
SMALL_PART = 4 * 1024 * 1024
SMALL_PACKED = 64 * 1024  # nothing packed so small unpacks to more than 64 MB
BLOCK = 256 * 1024
LOCKED = 0x1  # flag of a part
HEAD = 2048
TAB = 9  # no text holds control characters below it
_CONTROLS = frozenset((*range(TAB), *range(14, 27), *range(28, 32)))
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def sniff(path: Path, *, max_xml_bytes: int, max_total_bytes: int) -> str:
    """Return the name of the partitioner, or of the old format, for a file whose content agrees with its suffix.

    Args:
        path: a regular file.
        max_xml_bytes: unpacked size allowed for one XML part of an office file.
        max_total_bytes: unpacked size allowed for the whole office file.

    Raises:
        SourceError: IN-01, 02, 04, 06, 07, 08, 09, or 14 for what was written before 1997.

    """
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError as error:
        raise failure("IN-02", detail=error.strerror or "读取失败") from error
    if not head:
        raise failure("IN-01")
    wanted = FORMATS.get(suffix)
    if wanted is None and suffix not in OLD_FORMATS:
        raise failure("IN-04", suffix=suffix or "没有后缀的")
    if head.startswith(_OLE):
        return _old_kind(path, suffix)
    actual = _actual(path, head, max_xml_bytes, max_total_bytes)
    if wanted is None:
        return _under_old_name(suffix, head, actual)
    if actual in _NAMES and actual != wanted:
        raise failure("IN-06", named=suffix, actual=_NAMES[actual])
    if wanted in _NAMES and actual not in _NAMES:
        _refuse_mislabelled(suffix, head, actual)
    if actual not in _NAMES and actual != "text":
        raise failure("IN-06", named=suffix, actual=actual)
    return wanted


def _actual(path: Path, head: bytes, max_xml_bytes: int, max_total_bytes: int) -> str:
    if head.startswith(b"PK"):
        return _zip_kind(path, max_xml_bytes, max_total_bytes)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if _PHOTO.match(head):
        return "photo"
    if _HEIC.match(head):
        return "一张 HEIC 图片"
    for magic, name in _BINARY.items():
        if head.startswith(magic) and not (magic == b"MZ" and b"\0" not in head):
            return name
    return "text"


def _refuse_mislabelled(suffix: str, head: bytes, actual: str) -> None:
    """Refuse an office or PDF name on something else: damaged when it is binary, mislabelled when it is text."""
    if actual != "text":
        raise failure("IN-06", named=suffix, actual=actual)
    if any(byte < TAB for byte in head):
        raise failure("IN-08")
    web = b"<html" in head.lower() or b"<!doctype html" in head.lower()
    raise failure("IN-06", named=suffix, actual="一个网页" if web else "纯文本")


def _under_old_name(suffix: str, head: bytes, actual: str) -> str:
    """Return how to read a file with an old name that is no compound file: many programs name web pages `.xls`."""
    newer = OLD_FORMATS[suffix]
    if actual == newer.removeprefix("."):
        return actual
    if actual != "text":
        raise failure("IN-06", named=suffix, actual=_NAMES.get(actual, actual))
    plain = head.replace(b"\0", b"").lower()
    if b"mime-version:" in plain:  # a page and its pictures in one file, its text encoded for mail
        raise failure("IN-14", suffix=suffix, newer=newer)
    if b"<w:worddocument" in plain and newer == ".docx":
        return "wordml"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in plain and newer == ".xlsx":
        return "excelml"
    if plain.startswith(b"{\\rtf") and newer == ".docx":
        return "rtf"
    if b"<html" in plain or b"<!doctype html" in plain or b"<table" in plain:
        return "html"
    if not (head.startswith(_UTF16_MARKS) or _CONTROLS.isdisjoint(head)):
        raise failure("IN-14", suffix=suffix, newer=newer)  # the formats of before 1997
    if newer == ".xlsx":
        return "csv"
    raise failure("IN-06", named=suffix, actual="纯文本")


def _old_kind(path: Path, suffix: str) -> str:
    """Return `doc`, `ppt` or `xls` for a compound file; refuse it when it is locked or named for something else."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise failure("IN-02", detail=error.strerror or "读取失败") from error
    if _ENCRYPTED_STREAM in body:
        raise failure("IN-07")
    newer = OLD_FORMATS.get(suffix)
    if newer is None:
        raise failure("IN-06", named=suffix, actual="旧版办公文件（.doc、.ppt 或 .xls）")
    kind = compound_kind(path)
    if not kind:
        raise failure("IN-14", suffix=suffix, newer=newer)
    if _OLD_KINDS[kind] != newer:
        raise failure("IN-06", named=suffix, actual=_NAMES[_OLD_KINDS[kind].removeprefix(".")])
    return kind


def _zip_kind(path: Path, max_xml_bytes: int, max_total_bytes: int) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            _refuse_bomb(parts, max_xml_bytes, max_total_bytes)
            _refuse_liars(path, parts)
            names = [part.filename for part in parts]
            for folder, kind in _MAIN_FOLDERS.items():
                if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
                    _refuse_entities(package, parts)
                    _refuse_macros(package, kind)
                    return kind
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        OSError,
        struct.error,
        zlib.error,
    ) as error:
        raise failure("IN-08") from error
    except RuntimeError as error:  # zipfile's way to say that a member wants a password
        raise failure("IN-07") from error
    return "一个压缩包"


def _refuse_bomb(parts: list[zipfile.ZipInfo], max_xml_bytes: int, max_total_bytes: int) -> None:
    """Refuse by the declared sizes."""
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > max_total_bytes:
        raise failure("IN-09")
    for part in parts:
        if part.compress_type not in _METHODS:
            raise failure("IN-08")
        xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
        packed_hard = part.file_size > SMALL_PART and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        if packed_hard or (xml and part.file_size > max_xml_bytes):
            raise failure("IN-09")


def _refuse_macros(package: zipfile.ZipFile, kind: str) -> None:
    """Refuse a .docm named .docx, which python-docx takes for damaged; the others' readers do not mind."""
    if kind == "docx" and b"ms-word.document.macroEnabled" in package.read("[Content_Types].xml"):
        raise failure("IN-06", named=".docx", actual="带宏的 Word 文档（.docm）")


def _refuse_liars(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse parts that unpack to more than they say: readers ask for a part whole, and get all of it at once."""
    with path.open("rb") as stream:
        for part in parts:
            if (
                part.compress_type != zipfile.ZIP_DEFLATED
                or part.compress_size < SMALL_PACKED
                or part.flag_bits & LOCKED
            ):
                continue
            stream.seek(part.header_offset + 26)  # where the lengths of its name and extra field stand
            stream.seek(sum(struct.unpack("<HH", stream.read(4))), 1)
            if _unpacks_beyond(stream, part.compress_size, part.file_size):
                raise failure("IN-09")


def _unpacks_beyond(stream: BinaryIO, packed_size: int, most: int) -> bool:
    """Tell whether the next bytes of a stream unpack to more than `most`; damaged ones are left to the reader."""
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        while packed_size > 0 and not inflater.eof and (packed := stream.read(min(packed_size, BLOCK))):
            packed_size -= len(packed)
            while packed and size <= most:
                size += len(inflater.decompress(packed, BLOCK))
                packed = inflater.unconsumed_tail
    except zlib.error:
        return False
    return size > most


def _refuse_entities(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse document type declarations: no office program writes one, and entities can grow without end."""
    for part in parts:
        if not part.filename.lower().endswith((".xml", ".rels")):
            continue
        with package.open(part) as stream:
            head = stream.read(HEAD).replace(b"\0", b"")
        start = _PROLOG.sub(b"", head, count=1)
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head or start.startswith((b"<!", b"<?")):
            raise failure("IN-09")  # a comment that fills the head hides what comes after it
