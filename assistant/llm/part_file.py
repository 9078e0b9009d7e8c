"""A file that grows by parts and survives a kill at any moment.

A part counts once its bytes are on disk and the state file says so; what stands behind the last counted part is cut
off at the next start.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class SourceFailure(Exception):  # noqa: N818  (not a program's error: the next source is tried)
    """Say why a source did not give the bytes; `offline` when nothing at all could be reached."""

    def __init__(self, reason: str, *, offline: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offline = offline


@dataclass(slots=True)
class PartFile:
    """A file that grows by parts, with its state beside it (`<name>.json`: parts done, bytes, plan)."""

    path: Path
    plan: str
    parts: int = 0
    offset: int = 0

    @classmethod
    def resume(cls, path: Path, plan: str) -> PartFile:
        """Open what an earlier run left, cut back to its last whole part; from zero if it was another plan."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part_file = cls(path, plan)
        try:
            state = json.loads(part_file.state_path.read_text(encoding="utf-8"))
            parts, offset = int(state["parts"]), int(state["offset"])
            if state["plan"] == plan and 0 <= offset <= path.stat().st_size:
                part_file.parts, part_file.offset = parts, offset
        except (OSError, ValueError, KeyError, TypeError):
            pass
        with path.open("ab") as stream:
            stream.truncate(part_file.offset)
        return part_file

    @property
    def state_path(self) -> Path:
        """Where the state is kept."""
        return self.path.with_name(self.path.name + ".json")

    def append(self, blocks: Iterator[bytes], limit: int, progress: Callable[[int], None]) -> None:
        """Add a part and count it; SourceFailure when the file would outgrow `limit` bytes."""
        with self.path.open("r+b") as stream:
            stream.seek(self.offset)
            stream.truncate()
            offset = self.offset
            for block in blocks:
                offset += len(block)
                if offset > limit:
                    raise SourceFailure("给出的内容比应有的大")
                stream.write(block)
                progress(offset)
            stream.flush()
            os.fsync(stream.fileno())
        self.parts, self.offset = self.parts + 1, offset
        self._save()

    def restart(self) -> None:
        """Go back to zero."""
        self.parts = self.offset = 0
        self._save()

    def discard(self) -> None:
        """Remove the file and its state."""
        self.path.unlink(missing_ok=True)
        self.state_path.unlink(missing_ok=True)

    def _save(self) -> None:
        state = {"plan": self.plan, "parts": self.parts, "offset": self.offset}
        write_durably(self.state_path, json.dumps(state).encode())


def write_durably(path: Path, data: bytes) -> None:
    """Replace a small file so that after a power cut either the old or the new one is there, whole."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in the folder last; a no-op where folders cannot be synced."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
