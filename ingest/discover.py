"""Find files: every one gives exactly one `Source`, or one row that says why it was left out."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from ingest.archive import DEEPEST as DEEPEST_ARCHIVE
from ingest.archive import Allowance, Archive
from ingest.document import Source
from ingest.errors import SourceError
from ingest.partition import SUFFIXES
from ingest.partition.failures import failure
from ingest.report import FileRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ingest.archive import Member
    from ingest.settings import IngestSettings

MANIFEST = "manifest.csv"
ARCHIVE = ".zip"
OTHER_ARCHIVES = frozenset({".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
MEGABYTE = 1024 * 1024
BLOCK = 1024 * 1024
DEEPEST = 40
UNPACKED = 4  # times max_file_mb: what an archive may unpack to in all
_HELPERS = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "lost+found", MANIFEST})
_HELPER_PREFIXES = (".", "~$", "~wrl", "~wrd")
_HELPER_SUFFIXES = (".tmp", ".temp", ".bak", ".crdownload", ".part", ".lnk", ".asd", ".wbk")
_SKIPPED = frozenset(
    {"IN-04", "IN-05", "IN-16", "IN-22", "IN-26"}
)  # nothing went wrong with the file; all others failed
_TROUBLES = {
    errno.ENOENT: "文件刚刚被移走",
    errno.EBUSY: "正被别的程序占用",
    errno.EIO: "磁盘或网盘读写出错",
    errno.ENOSPC: "磁盘空间不够",
    errno.ENAMETOOLONG: "路径太长",
    errno.ELOOP: "链接绕成了圈",
}


def discover(
    paths: Sequence[Path], settings: IngestSettings, staging: Path | None = None
) -> Iterator[Source | FileRow]:
    """Yield what stands in the given files and folders, in the order a person would list them.

    Folders are entered; links are not followed (a link given by name is); a file reached twice is given once. A hidden
    folder gives one row and is not entered. Nothing is raised for a single file: it becomes a row.

    A zip gives a row of its own (IN-22), then one item for each file in it. Their bytes are unpacked into `staging`
    one at a time as they are asked for, under numbers; whoever made the folder deletes it. Without it a zip is skipped.
    """
    walk = _Walk(settings, staging)
    for path in paths:
        yield from walk.visit(path, depth=0)


class Absent:
    """Say which known documents are gone for certain, after one discovery that ran to its end.

    Feed it everything that `discover(roots, …)` gave. A path counts as gone when it lies under a root in which
    something was found, neither it nor a folder or archive above it was left out for any reason, and it was not found.
    """

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = {PurePath(root): False for root in roots}  # → whether anything was found in it
        self._found: set[PurePath] = set()
        self._closed: set[PurePath] = set()

    def saw(self, item: Source | FileRow) -> None:
        """Take note of one item of the discovery."""
        path = PurePath(item.path)
        row = item if isinstance(item, FileRow) else None
        if row is None or row.code == "IN-22":
            self._found.add(path)
        else:
            self._closed.add(path)  # what is only left out now, and everything below it, may still be there
        for root, alive in self._roots.items():
            if not alive and path.is_relative_to(root):
                self._roots[root] = _proves_life(row, path, root)

    def missing(self, known: Iterable[str]) -> list[str]:
        """Return those of the known document paths that are gone, in the order given."""
        return [path for path in known if self._is_gone(PurePath(path))]

    def _is_gone(self, path: PurePath) -> bool:
        if path in self._found or not any(alive and root in path.parents for root, alive in self._roots.items()):
            return False
        return self._closed.isdisjoint((path, *path.parents))


def _proves_life(row: FileRow | None, path: PurePath, root: PurePath) -> bool:
    """Tell whether an item shows that its root is there with its files: an unmounted share may keep system files."""
    if row is None or row.code == "IN-22":
        return True
    return path != root and row.code not in {"IN-02", "IN-05", "IN-17"}


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order names as people do: 第2课 before 第10课."""
    pieces = re.split(r"(\d{1,15})", name.casefold())
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces if piece)


class _Walk:
    """One discovery: its limits, what it has seen, and where archives are unpacked."""

    def __init__(self, settings: IngestSettings, staging: Path | None) -> None:
        self._settings, self._staging = settings, staging
        self._seen: set[tuple[int, int] | str] = set()
        self._numbers = count(1)

    def visit(self, path: Path, depth: int) -> Iterator[Source | FileRow]:
        """Yield what a path holds, folders and archives entered."""
        try:
            status = path.lstat() if depth else path.stat()
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError | ValueError)
            yield _row(path, "IN-17" if missing else "IN-02", detail=_why(error))
            return
        if stat.S_ISLNK(status.st_mode):
            yield _row(path, "IN-16")
        elif not self._is_new(path, status):
            return
        elif depth and _is_helper(path.name):
            yield _row(path, "IN-05")
        elif stat.S_ISDIR(status.st_mode):
            yield from self._folder(path, depth)
        elif stat.S_ISREG(status.st_mode):
            yield from self._file(path, status.st_size)
        else:  # pipes and devices would never end
            yield _row(path, "IN-04", suffix="没有内容的特殊")

    def _is_new(self, path: Path, status: os.stat_result) -> bool:
        # A file system may give no inode numbers (some network drives): then the resolved path tells files apart.
        numbered = status.st_ino and status.st_nlink == 1 and not stat.S_ISDIR(status.st_mode)
        identity = (status.st_dev, status.st_ino) if numbered else str(path.resolve())
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True

    def _folder(self, path: Path, depth: int) -> Iterator[Source | FileRow]:
        if depth >= DEEPEST:
            yield _row(path, "IN-18", detail="文件夹套得太深")
            return
        try:
            children = sorted(path.iterdir(), key=lambda child: _place_key([child.name]))
        except OSError as error:
            yield _row(path, "IN-02", detail=_why(error))
            return
        for child in children:
            yield from self.visit(child, depth + 1)

    def _file(self, path: Path, size: int) -> Iterator[Source | FileRow]:
        refused = self._refusal(path.name, str(path), size)
        if refused is not None:
            yield _failed(path, refused)
        elif path.suffix.lower() == ARCHIVE:
            yield from self._archive(path, path, Allowance(UNPACKED * self._settings.max_file_mb), level=1)
        else:
            yield self._hashed(path)

    def _hashed(self, path: Path) -> Source | FileRow:
        digest = hashlib.sha256()
        size = 0
        try:
            with path.open("rb") as stream:
                while block := stream.read(BLOCK):
                    digest.update(block)
                    size += len(block)
                    if size > self._settings.max_file_mb * MEGABYTE:  # it grows while it is read
                        return _row(path, "IN-03", size=size // MEGABYTE, limit=self._settings.max_file_mb)
        except OSError as error:
            return _row(path, "IN-02", detail=_why(error))
        return Source(path, digest.hexdigest(), size)

    def _archive(self, path: Path, file: Path, allowance: Allowance, level: int) -> Iterator[Source | FileRow]:
        """Yield the archive's row and its members; `file` is where its bytes lie, `level` counts from 1."""
        try:
            archive = Archive(file)
        except SourceError as error:
            yield _failed(path, error)
            return
        with archive:
            members = sorted(archive.members, key=lambda member: _place_key(member.place))
            refusals = [member.refused or self._member_refusal(member, level) for member in members]
            wanted = [member for member, refused in zip(members, refusals, strict=True) if refused is None]
            try:
                allowance.take(len(members), sum(member.size for member in wanted))
            except SourceError as error:
                yield _failed(path, error)
                return
            yield _row(path, "IN-22", count=len(members))
            for member, refused in zip(members, refusals, strict=True):
                shown = path.joinpath(*member.place)
                if refused is not None:
                    yield _failed(shown, refused)
                else:
                    yield from self._member(shown, archive, member, allowance, level)

    def _member(
        self, path: Path, archive: Archive, member: Member, allowance: Allowance, level: int
    ) -> Iterator[Source | FileRow]:
        suffix = path.suffix.lower()
        target = self._new_file(suffix)
        try:
            sha256 = archive.unpack(member, target)
        except SourceError as error:
            yield _failed(path, error)
        except OSError as error:
            yield _row(path, "IN-02", detail=_why(error))
        else:
            if suffix != ARCHIVE:
                yield Source(path, sha256, member.size, unpacked=target)
                return
            try:
                yield from self._archive(path, target, allowance, level + 1)
            finally:
                target.unlink(missing_ok=True)

    def _new_file(self, suffix: str) -> Path:
        assert self._staging is not None  # noqa: S101  (archives are refused without it)
        names = (self._staging / f"{number:06d}{suffix}" for number in self._numbers)
        return next(path for path in names if not path.exists())

    def _member_refusal(self, member: Member, level: int) -> SourceError | None:
        name = member.place[-1]
        if any(_is_helper(part) for part in member.place):
            return failure("IN-05")
        if name.lower().endswith(ARCHIVE) and level >= DEEPEST_ARCHIVE:
            return failure("IN-18", detail="压缩包套得太深")
        return self._refusal(name, "", member.size)

    def _refusal(self, name: str, path: str, size: int) -> SourceError | None:
        """Return why a file need not be read to be left out."""
        if _is_helper(name):
            return failure("IN-05")
        if not _is_text(name + path):
            return failure("IN-19")
        suffix = PurePath(name).suffix.lower()
        opened = suffix == ARCHIVE and self._staging is not None
        if suffix not in SUFFIXES and not opened:
            return _unknown(suffix)
        if size == 0:
            return failure("IN-01")
        if size > self._settings.max_file_mb * MEGABYTE and not opened:
            return failure("IN-03", size=-(-size // MEGABYTE), limit=self._settings.max_file_mb)
        return None


def _place_key(place: Sequence[str]) -> list[tuple[tuple[tuple[int, int, str], ...], str]]:
    return [(natural_key(name), name) for name in place]


def _unknown(suffix: str) -> SourceError:
    if suffix in OTHER_ARCHIVES:
        return failure("IN-26", suffix=suffix)
    return failure("IN-04", suffix=suffix or "没有后缀的")


def _is_helper(name: str) -> bool:
    folded = name.casefold()
    return folded in _HELPERS or folded.startswith(_HELPER_PREFIXES) or folded.endswith(_HELPER_SUFFIXES)


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "没有读取权限"
    if not isinstance(error, OSError):
        return "路径不能用"
    return _TROUBLES.get(error.errno or 0) or error.strerror or "路径不能用"


def _row(path: Path, code: str, **facts: object) -> FileRow:
    return _failed(path, failure(code, **facts))


def _failed(path: Path, error: SourceError) -> FileRow:
    # A name that is no text (an old drive's GBK names) still has to fit into the report.
    shown = os.fsencode(path).decode("utf-8", "replace")
    status: Literal["skipped", "failed"] = "skipped" if error.code in _SKIPPED else "failed"
    return FileRow(shown, status, code=error.code, message=error.message, hint=error.hint)
