"""Tell what a file really is by its bytes, and refuse what cannot be or should not be opened."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

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
}
OLD_FORMATS: dict[str, str] = {
    ".doc": ".docx",
    ".ppt": ".pptx",
    ".xls": ".xlsx",
    ".wps": ".docx",
    ".dps": ".pptx",
    ".et": ".xlsx",
}

_NAMES = {"docx": "Word 文档", "pptx": "PPT 演示文稿", "xlsx": "Excel 表格", "pdf": " PDF 文件"}
_MAIN_FOLDERS = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_BINARY = {
    b"\x89PNG": "一张图片",
    b"\xff\xd8\xff": "一张图片",
    b"GIF8": "一张图片",
    b"Rar!": " RAR 压缩包",
    b"7z\xbc\xaf": " 7z 压缩包",
    b"\x1f\x8b": "一个压缩包",
    b"MZ": "一个程序",
    b"\x7fELF": "一个程序",
    b"ID3": "一段录音",
}
MAX_PARTS = 10_000
MAX_RATIO = 200  # ordinary office parts pack 5–30 times; a part of one repeated byte packs 1,000 times
SMALL_PART = 4 * 1024 * 1024
HEAD = 2048
TAB = 9  # no text holds control characters below it


def sniff(path: Path, *, max_xml_bytes: int, max_total_bytes: int) -> str:
    """Return the name of the partitioner for a file whose content agrees with its suffix.

    Args:
        path: a regular file.
        max_xml_bytes: unpacked size allowed for one XML part of an office file.
        max_total_bytes: unpacked size allowed for the whole office file.

    Raises:
        SourceError: IN-01, 02, 04, 06, 07, 08, 09 or 14.

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
        _refuse_ole(path, suffix)
    if wanted is None:
        raise failure("IN-14", suffix=suffix, newer=OLD_FORMATS[suffix])
    actual = _actual(path, head, max_xml_bytes, max_total_bytes)
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


def _refuse_ole(path: Path, suffix: str) -> None:
    """Refuse a compound file: a locked new office file, or an old one."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise failure("IN-02", detail=error.strerror or "读取失败") from error
    if _ENCRYPTED_STREAM in body:
        raise failure("IN-07")
    if suffix in OLD_FORMATS:
        raise failure("IN-14", suffix=suffix, newer=OLD_FORMATS[suffix])
    raise failure("IN-06", named=suffix, actual="旧版办公文件（.doc、.ppt 或 .xls）")


def _zip_kind(path: Path, max_xml_bytes: int, max_total_bytes: int) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            _refuse_bomb(parts, max_xml_bytes, max_total_bytes)
            names = [part.filename for part in parts]
            for folder, kind in _MAIN_FOLDERS.items():
                if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
                    _refuse_entities(package, parts)
                    return kind
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, zlib.error) as error:
        raise failure("IN-08") from error
    except RuntimeError as error:  # zipfile's way to say that a member wants a password
        raise failure("IN-07") from error
    return "一个压缩包"


def _refuse_bomb(parts: list[zipfile.ZipInfo], max_xml_bytes: int, max_total_bytes: int) -> None:
    """Trust the declared sizes: zipfile never unpacks more than was declared."""
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > max_total_bytes:
        raise failure("IN-09")
    for part in parts:
        xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
        packed_hard = part.file_size > SMALL_PART and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        if packed_hard or (xml and part.file_size > max_xml_bytes):
            raise failure("IN-09")


def _refuse_entities(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse document type declarations: no office program writes one, and entities can grow without end."""
    for part in parts:
        if not part.filename.lower().endswith((".xml", ".rels")):
            continue
        with package.open(part) as stream:
            head = stream.read(HEAD).replace(b"\0", b"")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise failure("IN-09")
