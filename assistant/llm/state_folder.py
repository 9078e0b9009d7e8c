"""States of system prompts on disk, so that a restarted assistant need not read them again.

Only what the program itself says to the model is written here, never a question or a document. A file is its SHA-256,
a line of JSON (whose state it is, tokens, pieces) and llama.cpp's bytes. llama.cpp does not check what it is given, so
nothing reaches it unless the hash is right and the file was written for this model file, build and settings.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING

from assistant.llm.prompt_states import PromptState, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX = ".state"
MOST_FILES = 4
MOST_BYTES = 256 * 1024 * 1024
_HASH_BYTES = 32


class StateFolder:
    """A folder of states; whatever in it is damaged or of another owner is passed over, and no error leaves here.

    Args:
        folder: made when something is written.
        owner: what the states depend on; states of another owner are not loaded.

    """

    def __init__(self, folder: Path, owner: dict[str, str]) -> None:
        self._folder = folder
        self._owner = owner
        self._known: set[Reading] = set()

    def load(self) -> Iterator[PromptState]:
        """Yield the usable states."""
        with contextlib.suppress(OSError):
            for path in sorted(self._folder.glob(f"*{SUFFIX}")):
                state = self._read(path)
                if state is not None:
                    self._known.add(state.reading)
                    yield state

    def keep(self, state: PromptState) -> None:
        """Write a state that is not there yet; the oldest files beyond `MOST_FILES` go."""
        if state.reading in self._known:
            return
        self._known.add(state.reading)  # also when writing fails: a full disk is not tried at every question
        head = {"owner": self._owner, "tokens": state.reading.tokens, "cuts": state.reading.cuts}
        line = json.dumps(head).encode() + b"\n"
        digest = hashlib.sha256(line)
        name = digest.hexdigest()[:16]
        digest.update(state.data)
        partial = self._folder / f"{name}.partial"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                out.write(digest.digest() + line)
                out.write(state.data)
            partial.replace(self._folder / f"{name}{SUFFIX}")
            files = sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
            for path in files[:-MOST_FILES]:
                path.unlink()
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()

    def _read(self, path: Path) -> PromptState | None:
        try:
            if path.stat().st_size > MOST_BYTES:
                return None
            raw = path.read_bytes()
        except OSError:
            return None
        end = raw.find(b"\n", _HASH_BYTES)
        if end < 0 or hashlib.sha256(memoryview(raw)[_HASH_BYTES:]).digest() != raw[:_HASH_BYTES]:
            return None
        try:
            head = json.loads(raw[_HASH_BYTES:end])
            reading = Reading(tuple(map(int, head["tokens"])), tuple(map(int, head["cuts"])))
            ours = head["owner"] == self._owner
        except (ValueError, TypeError, LookupError):
            return None
        return PromptState(reading, bytearray(raw[end + 1 :])) if ours else None
