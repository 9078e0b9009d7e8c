"""The key to masked names: which pupil is 学生A. A file apart that only its owner can read; never logged, never indexed."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ingest.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write two characters for a line end


class Pseudonyms:
    """Give each name one label for the whole library, in the order of first request: 学生A … 学生Z, 学生AA and on.

    The file holds one JSON object a line and is only ever appended to. A name's line is on the disk before its label is
    handed out, so a label once seen keeps its meaning after a kill; a last line that was cut off was never handed out
    and is cut away. One process uses the file at a time, as with the library; its threads may share this object.

    Args:
        path: the key's file; its folder should hold nothing else, because it is closed to other users.

    Raises:
        LibraryError: LB-11 when the file cannot be read or written, or is damaged anywhere but at its end.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._labels: dict[str, str] = {}
        self._names: dict[str, str] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _close_to_others(path.parent, 0o700)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
            try:
                _close_to_others(path, 0o600)
                with os.fdopen(os.dup(descriptor), "rb") as file:
                    raw = file.read()
                whole = raw[: raw.rfind(b"\n") + 1]
                if len(whole) < len(raw):
                    os.ftruncate(descriptor, len(whole))
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            _sync_folder(path.parent)
        except OSError as error:
            raise _unusable(path, error.strerror or "读写失败") from error
        for line in whole.splitlines():
            self._remember(line)

    def __repr__(self) -> str:
        """Say how many names there are, never which."""
        return f"Pseudonyms({len(self._labels)} names)"

    def label_of(self, name: str) -> str:
        """Return the label of a name; a new name gets the next one, written before it is returned.

        Raises:
            LibraryError: LB-11 when the file cannot be written; no label is given then.

        """
        self.enrol((name,))
        return self._labels[name]

    def enrol(self, names: Iterable[str]) -> None:
        """Give labels to all names that have none, in order, with one write: a class costs one sync of the disk.

        Raises:
            LibraryError: LB-11 when the file cannot be written; none of the names has a label then.

        """
        with self._lock:
            new = [name for name in dict.fromkeys(names) if name not in self._labels]
            if not new:
                return
            given = [(_label(len(self._labels) + offset), name) for offset, name in enumerate(new)]
            lines = (json.dumps({"label": label, "name": name}, ensure_ascii=False) + "\n" for label, name in given)
            self._append("".join(lines).encode("utf-8", "surrogatepass"))
            for label, name in given:
                self._labels[name], self._names[label] = label, name

    def name_of(self, label: str) -> str | None:
        """Return whose label it is, for an administrator; None for a label never given."""
        return self._names.get(label)

    def _remember(self, line: bytes) -> None:
        try:
            row = json.loads(line.decode("utf-8", "surrogatepass"))
            label, name = row["label"], row["name"]
        except (ValueError, TypeError, KeyError) as error:
            raise _unusable(self._path, "内容已损坏") from error
        # Lines out of step would give one label to two pupils.
        if label != _label(len(self._labels)) or name in self._labels:
            raise _unusable(self._path, "内容已损坏")
        self._labels[name], self._names[label] = label, name

    def _append(self, data: bytes) -> None:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, 0o600)
            try:
                before = os.fstat(descriptor).st_size
                try:
                    written = 0
                    while written < len(data):
                        written += os.write(descriptor, data[written:])
                    os.fsync(descriptor)
                except OSError:
                    with suppress(OSError):  # a full disk: take back what was written of it
                        os.ftruncate(descriptor, before)
                    raise
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unusable(self._path, error.strerror or "读写失败") from error


def _label(index: int) -> str:
    """Return 学生A for 0, 学生Z for 25, 学生AA for 26."""
    letters = ""
    index += 1
    while index:
        index, place = divmod(index - 1, len(_ALPHABET))
        letters = _ALPHABET[place] + letters
    return f"学生{letters}"


def _close_to_others(path: Path, mode: int) -> None:
    with suppress(OSError, NotImplementedError):  # file systems without rights, and Windows, keep what they have
        path.chmod(mode)


def _sync_folder(folder: Path) -> None:
    """Make sure the new file's name is on the disk; Windows cannot, and does it by itself."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unusable(path: Path, detail: str) -> LibraryError:
    return LibraryError(
        "LB-11",
        f"姓名对照表 {path} 不能使用（{detail}），没有收录新资料，原有资料没有改动。",
        "请检查这个文件和所在文件夹的权限、磁盘空间；内容损坏时请从备份恢复，不要删除它。",
    )
