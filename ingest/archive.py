"""Zip archives, opened without trust: what stands inside, and a member's bytes into a file that we name."""

from __future__ import annotations

import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from ingest.partition.failures import failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ingest.errors import SourceError

DEEPEST = 3  # archives inside archives, the outermost counted
MOST_MEMBERS = 10_000
MOST_FOLDERS = 40
LONGEST_NAME = 1000  # characters; more than any disk keeps
MAX_RATIO = 200  # office files pack 1–3 times, plain text 3–30 times; one repeated byte packs 1,000 times
MEGABYTE = 1024 * 1024
BLOCK = MEGABYTE
SMALL_MEMBER = 4 * MEGABYTE
LARGEST_DIRECTORY = 4 * MEGABYTE  # of 10,000 members with names of 350 bytes each
LOCAL_HEADER = 30  # bytes before a member's name
UTF8_NAME, LOCKED = 0x800, 0x1  # flags of a member
FOLDER = 0x10  # attribute that all systems set
# The two that schools' programs write. zipfile unpacks a whole block of the others at once, however large it gets.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, LookupError, NotImplementedError,
    OverflowError, ValueError,
)  # fmt: skip
_OFFICE = {"word/": "Word 文档", "ppt/": "PPT 演示文稿", "xl/": "Excel 表格"}
_OTHERS = {b"Rar!": " RAR 压缩包", b"7z\xbc\xaf": " 7z 压缩包"}
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: folders and name, unpacked size in bytes, and the reason if it must not be taken out."""

    place: tuple[str, ...]
    size: int
    refused: SourceError | None
    info: zipfile.ZipInfo


class Allowance:
    """What an archive and all archives inside it may hold together: members, and megabytes when unpacked."""

    def __init__(self, most_mb: int) -> None:
        self._most_mb = most_mb
        self._members = self._bytes = 0

    def take(self, members: int, size: int) -> None:
        """Count members and their bytes in.

        Raises:
            SourceError: IN-18 too many members, IN-03 too many bytes; then these are not counted.

        """
        if self._members + members > MOST_MEMBERS:
            raise failure("IN-18", detail=f"里面有 {self._members + members} 个文件")
        if self._bytes + size > self._most_mb * MEGABYTE:
            raise failure("IN-03", size=-(-(self._bytes + size) // MEGABYTE), limit=self._most_mb)
        self._members += members
        self._bytes += size


class Archive:
    """An open archive; close it, or use it in a `with`.

    Raises:
        SourceError: IN-02 unreadable, IN-06 something else, IN-07 locked, IN-08 damaged, IN-09 made to burst, IN-18 too
            many members.

    """

    def __init__(self, path: Path) -> None:
        try:
            self._stream = _Stream(path)
        except OSError as error:
            raise failure("IN-02", detail=error.strerror or "读取失败") from error
        try:
            self._zip = zipfile.ZipFile(self._stream)
            self.members = _members(self._zip.infolist())
        except BaseException as error:
            head = _head(self._stream)
            self._stream.close()
            raise _translated(error, head) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._stream.close()

    def unpack(self, member: Member, target: Path) -> str:
        """Write a member's bytes into a new file and return their SHA-256; a failure leaves no file.

        Never more than `member.size` bytes are written, whatever the packed data hold: zipfile stops there.

        Raises:
            SourceError: the member's own refusal, or IN-08 damaged.
            OSError: when the archive cannot be read or the file cannot be written.

        """
        if member.refused is not None:
            raise member.refused
        digest = hashlib.sha256()
        size = 0
        target.touch(exist_ok=False)
        try:
            with self._zip.open(member.info) as packed, target.open("wb") as written:
                while block := packed.read(BLOCK):
                    digest.update(block)
                    size += written.write(block)
        except BaseException as error:
            target.unlink()
            if isinstance(error, _BROKEN):
                raise failure("IN-08") from error
            raise
        if size != member.size:
            target.unlink()
            raise failure("IN-08")
        return digest.hexdigest()


class _Stream(io.FileIO):
    """A file that gives no huge pieces: zipfile reads the list of members in one, and makes an object of each."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = LARGEST_DIRECTORY
        if size > LARGEST_DIRECTORY:
            raise failure("IN-18", detail="里面的文件太多")
        return super().read(size) or b""


def _translated(error: BaseException, head: bytes) -> BaseException:
    if isinstance(error, _BROKEN):
        actual = next((name for magic, name in _OTHERS.items() if head.startswith(magic)), None)
        return failure("IN-06", named=".zip", actual=actual) if actual else failure("IN-08")
    return failure("IN-02", detail=error.strerror or "读取失败") if isinstance(error, OSError) else error


def _head(stream: io.FileIO) -> bytes:
    try:
        stream.seek(0)
        return stream.read(8) or b""
    except OSError:
        return b""


def _members(entries: Sequence[zipfile.ZipInfo]) -> tuple[Member, ...]:
    """Return the files of an archive; folders are no members of their own."""
    _refuse_overlaps(entries)
    names = _names(entries)
    _refuse_office(names)
    files = [(name, entry) for name, entry in zip(names, entries, strict=True) if not _is_folder(name, entry)]
    if files and all(entry.flag_bits & LOCKED for _, entry in files):
        raise failure("IN-07")
    last = {_place(name): index for index, (name, _) in enumerate(files)}
    return tuple(
        _member(name, entry, replaced=last[_place(name)] != index) for index, (name, entry) in enumerate(files)
    )


def _member(name: str, entry: zipfile.ZipInfo, *, replaced: bool) -> Member:
    place = _place(name)
    bad = _bad_name(name, place)
    if bad is not None:  # no place inside the archive, and none may be reached outside
        return Member((_safe(name),), entry.file_size, bad, entry)
    twin = failure("IN-18", detail="压缩包里有同名的文件，收录的是最后一个") if replaced else None
    return Member(place, entry.file_size, twin or _bad_entry(entry), entry)


def _names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Read the names; those not marked as UTF-8 are UTF-8 all the same or, from Windows and WPS, GB18030.

    All such names of an archive are read alike: a short GBK name may happen to be UTF-8, 「一」 as Cyrillic.
    """
    raw = [None if entry.flag_bits & UTF8_NAME else entry.orig_filename.encode("cp437") for entry in entries]
    for encoding in ("utf-8", "gb18030"):
        try:
            return [
                entry.orig_filename if name is None else name.decode(encoding)
                for entry, name in zip(entries, raw, strict=True)
            ]
        except UnicodeDecodeError:
            continue
    return [entry.orig_filename for entry in entries]


def _is_folder(name: str, entry: zipfile.ZipInfo) -> bool:
    marked = name.endswith(("/", "\\")) or bool(entry.external_attr & FOLDER)
    return marked and entry.file_size == 0


def _place(name: str) -> tuple[str, ...]:
    """Split a name into folders and file; older Windows programs write backslashes between them."""
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})


def _safe(name: str) -> str:
    """Write a name so that it can be shown and leads nowhere."""
    return _CONTROL.sub("□", name[:LONGEST_NAME].replace("\\", "/").replace("/", "／")) or "□"


def _bad_name(name: str, place: tuple[str, ...]) -> SourceError | None:
    if _leads_out(name, place):
        return failure("IN-23", name=_safe(name))
    if not place or _CONTROL.search(name):
        return failure("IN-19")
    if len(name) > LONGEST_NAME:
        return failure("IN-18", detail="文件名太长")
    return failure("IN-18", detail="文件夹套得太深") if len(place) > MOST_FOLDERS else None


def _bad_entry(entry: zipfile.ZipInfo) -> SourceError | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)  # Unix programs keep the kind of file here, others nothing
    if kind == stat.S_IFLNK:
        return failure("IN-16")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return failure("IN-04", suffix="没有内容的特殊")
    if entry.flag_bits & LOCKED:
        return failure("IN-07")
    if entry.compress_type not in _METHODS or entry.header_offset < 0:
        return failure("IN-08")
    if entry.file_size > max(SMALL_MEMBER, MAX_RATIO * entry.compress_size):
        return failure("IN-09")
    return None


def _leads_out(name: str, place: tuple[str, ...]) -> bool:
    """Tell names that mean a place outside the archive: from the root, on a drive, or upwards."""
    if name.startswith(("/", "\\")) or any(_DRIVE.match(part) for part in place):
        return True
    return any(len(part) > 1 and not part.strip(" .") for part in place)  # Windows takes `.. ` for `..`


def _refuse_overlaps(entries: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse members that share packed bytes: no program writes such, and each byte would be unpacked many times."""
    for entry, following in pairwise(sorted(entries, key=lambda entry: entry.header_offset)):
        if entry.header_offset + LOCAL_HEADER + entry.compress_size > following.header_offset:
            raise failure("IN-09")


def _refuse_office(names: Sequence[str]) -> None:
    """Refuse an office file named .zip: its parts are no files of anybody's."""
    if "[Content_Types].xml" not in names:
        return
    for folder, actual in _OFFICE.items():
        if any(name.startswith(folder) for name in names):
            raise failure("IN-06", named=".zip", actual=actual)
