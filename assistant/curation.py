"""What content staff ask of the library, as plain JSON values: lists, one document's story, states, corrections."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingest.catalogue import document_id_of
from ingest.classify import unknown_fields
from ingest.errors import LibraryError
from ingest.lifecycle import CHINESE, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ingest.library import Library
    from ingest.lifecycle import ListedDocument

Json = dict[str, Any]


class Curation:
    """Serve content staff from the library of this process."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def documents(self, state: str = "") -> Json:
        """Return the documents of a state, or all, with what is unknown about each."""
        wanted = _state(state) if state else None
        return {"documents": [_row(one) for one in self._library.lifecycle.listing(wanted)]}

    def document(self, path: Path) -> Json:
        """Return all that is known about one document.

        Raises:
            LibraryError: LB-12 when it is not in the library.

        """
        document_id = self._known(path)
        stored = next(one for one in self._library.lifecycle.listing() if one.id == document_id)
        version = self._library.version(stored.version_id)
        return {
            **_row(stored),
            "origins": {name: asdict(origin) for name, origin in version.origins.items()} if version else {},
            "versions": self._library.catalogue.versions(document_id),
            "events": [asdict(event) for event in self._library.lifecycle.events(document_id)],
            "corrections": self._library.lifecycle.corrections(document_id),
            "duplicates": [asdict(alike) for alike in self._library.likenesses().of(document_id)],
        }

    def set_state(self, paths: Sequence[Path], state: str, why: str) -> Json:
        """Give documents a state; every path gives one row, and one that cannot take it stops no other."""
        rows = []
        for path in paths:
            try:
                self._library.lifecycle.change(self._known(path), _state(state), user_name(), datetime.now(UTC), why)
            except LibraryError as error:
                rows.append({"path": str(path), "code": error.code, "message": error.message, "hint": error.hint})
            else:
                rows.append({"path": str(path), "code": "", "message": CHINESE[_state(state)], "hint": ""})
        return {"files": rows}

    def correct(self, path: Path, values: Mapping[str, str]) -> Json:
        """Replace what was read about a document by what a person knows."""
        self._library.lifecycle.correct(self._known(path), values, user_name(), datetime.now(UTC))
        return self.document(path)

    def _known(self, path: Path) -> str:
        document_id = document_id_of(path)
        if self._library.lifecycle.state(document_id) is None:
            raise LibraryError("LB-12", f"资料库里没有 {path}，什么都没有改动。", "用 zhujiao list 查看有哪些资料。")
        return document_id


def user_name() -> str:
    """Return who is logged in on this computer, for the record of changes."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for this user number
        return "本机用户"


def _row(one: ListedDocument) -> Json:
    return {
        "path": one.path,
        "state": one.state,
        "chunks": one.chunks,
        "metadata": asdict(one.metadata),
        "unknown": list(unknown_fields(one.metadata)),
    }


def _state(name: str) -> State:
    by_chinese = {chinese: state for state, chinese in CHINESE.items()}
    state = by_chinese.get(name, name)
    if state not in CHINESE:
        choices = "、".join(f"{one}（{chinese}）" for one, chinese in CHINESE.items())
        raise LibraryError("LB-12", f"没有「{name}」这种状态，什么都没有改动。", f"可用的状态：{choices}。")
    return state
