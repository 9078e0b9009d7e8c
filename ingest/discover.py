"""Find files: every one gives exactly one `Source`, or one row that says why it was left out."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import TYPE_CHECKING, Literal

from ingest.document import Source
from ingest.partition import SUFFIXES
from ingest.partition.failures import reason
from ingest.partition.sniff import OLD_FORMATS
from ingest.report import FileRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ingest.settings import IngestSettings

MANIFEST = "manifest.csv"
MEGABYTE = 1024 * 1024
BLOCK = 1024 * 1024
DEEPEST = 40
_HELPERS = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "lost+found", MANIFEST})
_HELPER_PREFIXES = (".", "~$", "~wrl", "~wrd")
_HELPER_SUFFIXES = (".tmp", ".temp", ".bak", ".crdownload", ".part", ".lnk", ".asd", ".wbk")


def discover(paths: Sequence[Path], settings: IngestSettings) -> Iterator[Source | FileRow]:
    """Yield what stands in the given files and folders, in the order a person would list them.

    Folders are entered; links are not followed (a link given by name is); a file reached twice is given once. A hidden
    folder gives one row and is not entered. Nothing is raised for a single file: it becomes a row.
    """
    seen: set[tuple[int, int] | str] = set()
    for path in paths:
        yield from _visit(path, settings, seen, depth=0)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order names as people do: 第2课 before 第10课."""
    pieces = re.split(r"(\d{1,15})", name.casefold())
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces if piece)


def _visit(
    path: Path, settings: IngestSettings, seen: set[tuple[int, int] | str], depth: int
) -> Iterator[Source | FileRow]:
    if depth and path.is_symlink():
        yield _row(path, "skipped", "IN-16")
        return
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError | ValueError)
        yield _row(path, "failed", "IN-17" if missing else "IN-02", detail=_why(error))
        return
    # A file system may give no inode numbers (some network drives): then the resolved path tells files apart.
    identity = (status.st_dev, status.st_ino) if status.st_ino and status.st_nlink == 1 else str(path.resolve())
    if stat.S_ISDIR(status.st_mode):
        identity = str(path.resolve())
    if identity in seen:
        return
    seen.add(identity)
    if depth and _is_helper(path.name):
        yield _row(path, "skipped", "IN-05")
    elif stat.S_ISDIR(status.st_mode):
        yield from _folder(path, settings, seen, depth)
    elif stat.S_ISREG(status.st_mode):
        yield _file(path, status.st_size, settings)
    else:  # pipes and devices would never end
        yield _row(path, "skipped", "IN-04", suffix="没有内容的特殊")


def _folder(
    path: Path, settings: IngestSettings, seen: set[tuple[int, int] | str], depth: int
) -> Iterator[Source | FileRow]:
    if depth >= DEEPEST:
        yield _row(path, "failed", "IN-18", detail="文件夹套得太深")
        return
    try:
        children = sorted(path.iterdir(), key=lambda child: (natural_key(child.name), child.name))
    except OSError as error:
        yield _row(path, "failed", "IN-02", detail=_why(error))
        return
    for child in children:
        yield from _visit(child, settings, seen, depth + 1)


def _file(path: Path, size: int, settings: IngestSettings) -> Source | FileRow:
    suffix = path.suffix.lower()
    row = _refusal(path, suffix, size, settings)
    if row is not None:
        return row
    digest = hashlib.sha256()
    count = 0
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
                count += len(block)
                if count > settings.max_file_mb * MEGABYTE:  # it grows while it is read
                    return _row(path, "failed", "IN-03", size=count // MEGABYTE, limit=settings.max_file_mb)
    except OSError as error:
        return _row(path, "failed", "IN-02", detail=_why(error))
    return Source(path, digest.hexdigest(), count)


def _refusal(path: Path, suffix: str, size: int, settings: IngestSettings) -> FileRow | None:
    """Return the row of a file that need not be read to be left out."""
    if _is_helper(path.name):
        return _row(path, "skipped", "IN-05")
    if not _is_text(str(path)):
        return _row(path, "failed", "IN-19")
    if suffix not in SUFFIXES:
        return _unknown(path, suffix)
    if size == 0:
        return _row(path, "failed", "IN-01")
    if size > settings.max_file_mb * MEGABYTE:
        return _row(path, "failed", "IN-03", size=-(-size // MEGABYTE), limit=settings.max_file_mb)
    return None


def _unknown(path: Path, suffix: str) -> FileRow:
    if suffix in OLD_FORMATS:
        return _row(path, "failed", "IN-14", suffix=suffix, newer=OLD_FORMATS[suffix])
    return _row(path, "skipped", "IN-04", suffix=suffix or "没有后缀的")


def _is_helper(name: str) -> bool:
    folded = name.casefold()
    return folded in _HELPERS or folded.startswith(_HELPER_PREFIXES) or folded.endswith(_HELPER_SUFFIXES)


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "没有读取权限"
    return (error.strerror if isinstance(error, OSError) else None) or "路径不能用"


def _row(path: Path, status: Literal["failed", "skipped"], code: str, **facts: object) -> FileRow:
    message, hint = reason(code, **facts)
    # A name that is no text (an old drive's GBK names) still has to fit into the report.
    shown = os.fsencode(path).decode("utf-8", "replace")
    return FileRow(shown, status, code=code, message=message, hint=hint)
