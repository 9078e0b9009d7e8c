"""The life of a document: draft → in review → published → retired, who and when; and what curators corrected."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal, cast

from ingest.access import FILTERS, SCOPES
from ingest.document import Metadata, Origin
from ingest.errors import LibraryError
from ingest.labels import GRADES, KINDS, LAYERS, STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ingest.database import Database

State = Literal["draft", "review", "published", "retired"]
# From a state to those that a person may give it.
STEPS: dict[State, tuple[State, ...]] = {
    "draft": ("review", "published", "retired"),
    "review": ("draft", "published", "retired"),
    "published": ("draft", "retired"),
    "retired": ("draft", "published"),
}
CHINESE: dict[State, str] = {"draft": "草稿", "review": "待审核", "published": "已发布", "retired": "已停用"}
CORRECTABLE = (*FILTERS, "scope", "consent", "licence", "note")
_ALLOWED: dict[str, Sequence[str]] = {"kind": KINDS, "stage": STAGES, "layer": LAYERS, "scope": SCOPES}
# Reasons the program itself gives; a document that comes back takes its state of before.
FILE_GONE, FILE_BACK, NO_CONSENT = "文件已不在原处", "文件又回到原处", "没有登记录制同意"
FIRST, CHANGED = "收录", "文件有改动，等待审核"


@dataclass(frozen=True, slots=True)
class Event:
    """One change of state: from what to what, by whom, when (ISO 8601, UTC), and why."""

    before: str
    state: State
    who: str
    at: str
    why: str


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document as a curator's list shows it."""

    id: str
    path: str
    state: State
    version_id: str
    metadata: Metadata
    chunks: int


class Lifecycle:
    """Read and change the states of documents, and keep what curators corrected across new versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self, document_id: str) -> State | None:
        """Return the state of a document, None when it is unknown."""
        row = self._database.one("SELECT state FROM document WHERE id = ?", document_id)
        return row[0] if row else None

    def events(self, document_id: str) -> list[Event]:
        """Return what happened to a document, oldest first."""
        rows = self._database.all(
            "SELECT before, state, who, at, why FROM event WHERE document_id = ? ORDER BY id", document_id
        )
        return [Event(*row) for row in rows]

    def admit(self, document_id: str, new_files: State, who: str, now: datetime) -> None:
        """Give a document whose new version is being stored its state, as the setting for new files says.

        Where new files start as drafts, a changed one goes back to review; a retired one stays retired, unless only its
        file had gone.
        """
        events = self.events(document_id)
        if not events:
            self._set(document_id, new_files, who, now, FIRST)
            return
        state = events[-1].state
        if state == "retired":
            self.come_back(document_id, who, now)
        elif state == "published" and new_files == "draft":
            self._set(document_id, "review", who, now, CHANGED)

    def change(self, document_id: str, state: State, who: str, now: datetime, why: str) -> None:
        """Take a step a person asks for; the same state again changes nothing.

        Raises:
            LibraryError: LB-12 for an unknown document or a step that is not allowed.

        """
        before = self.state(document_id)
        if before is None:
            raise LibraryError("LB-12", "资料库里没有这份资料，什么都没有改动。", "用 zhujiao list 查看有哪些资料。")
        if state == before:
            return
        if state not in STEPS[before]:
            steps = "、".join(CHINESE[step] for step in STEPS[before])
            raise LibraryError(
                "LB-12",
                f"这份资料现在是「{CHINESE[before]}」，不能直接改为「{CHINESE[state]}」，没有改动。",
                f"可以改为：{steps}。",
            )
        self._set(document_id, state, who, now, why)

    def retire_gone(self, document_ids: Sequence[str], who: str, now: datetime) -> list[str]:
        """Retire documents whose files are gone; return those that were not retired before."""
        gone = [one for one in document_ids if self.state(one) not in {None, "retired"}]
        with self._database.write():
            for document_id in gone:
                self._set(document_id, "retired", who, now, FILE_GONE)
        return gone

    def come_back(self, document_id: str, who: str, now: datetime) -> bool:
        """Give a document whose file had gone, or wanted consent, its state of before; what a person retired stays so."""
        events = self.events(document_id)
        if not events or events[-1].state != "retired" or events[-1].why not in {FILE_GONE, NO_CONSENT}:
            return False
        self._set(document_id, cast("State", events[-1].before), who, now, FILE_BACK)
        return True

    def refuse(self, document_id: str, who: str, now: datetime) -> bool:
        """Retire a recording that has no consent any more; tell whether it could be found until now."""
        if self.state(document_id) in {None, "retired"}:
            return False
        self._set(document_id, "retired", who, now, NO_CONSENT)
        return True

    # --- corrections ------------------------------------------------------------------------------------------

    def corrections(self, document_id: str) -> dict[str, str]:
        """Return what curators said a document's fields are, by field."""
        rows = self._database.all(
            "SELECT field, value FROM correction WHERE document_id = ? ORDER BY field", document_id
        )
        return dict(rows)

    def correct(self, document_id: str, values: Mapping[str, str], who: str, now: datetime) -> None:
        """Keep a curator's values and write them into the current version; an empty value means unknown.

        Raises:
            LibraryError: LB-13 for a field that cannot be corrected or a value it cannot have.

        """
        for name, value in values.items():
            _check(name, value)
        with self._database.write() as db:
            for name, value in values.items():
                db.execute(
                    "INSERT INTO correction VALUES (?, ?, ?, ?, ?) ON CONFLICT(document_id, field) DO UPDATE SET "
                    "value = excluded.value, who = excluded.who, at = excluded.at",
                    (document_id, name, value, who, now.isoformat(timespec="seconds")),
                )
            row = db.execute(
                "SELECT v.id, v.metadata, v.origins FROM version v JOIN document d ON d.id = v.document_id "
                "WHERE d.id = ? AND v.state IN ('current', 'pending') ORDER BY v.number DESC LIMIT 1",
                (document_id,),
            ).fetchone()
            if row is None:
                return
            metadata = json.loads(row[1])
            origins = json.loads(row[2])
            for name, value in values.items():
                metadata[name] = _typed(name, value)
                origins[name] = {"kind": "curator", "confidence": 1.0, "words": who}
                db.execute(f"UPDATE document SET {name} = ? WHERE id = ?", (metadata[name], document_id))
            db.execute(
                "UPDATE version SET metadata = ?, origins = ? WHERE id = ?",
                (json.dumps(metadata, ensure_ascii=False), json.dumps(origins, ensure_ascii=False), row[0]),
            )

    def listing(self, state: State | None = None) -> list[ListedDocument]:
        """Return the documents of a state, or all, in the order of their paths."""
        rows = self._database.all(
            "SELECT d.id, d.path, d.state, v.id, v.metadata, (SELECT count(*) FROM chunk c WHERE c.version_id = v.id) "
            "FROM document d JOIN version v ON v.id = d.current "
            + ("WHERE d.state = ? ORDER BY d.path" if state else "ORDER BY d.path"),
            *([state] if state else []),
        )
        return [
            ListedDocument(document_id, path, state, version_id, Metadata(**json.loads(metadata)), chunks)
            for document_id, path, state, version_id, metadata, chunks in rows
        ]

    def _set(self, document_id: str, state: State, who: str, now: datetime, why: str) -> None:
        with self._database.write() as db:
            (before,) = db.execute("SELECT state FROM document WHERE id = ?", (document_id,)).fetchone()
            first = db.execute("SELECT 1 FROM event WHERE document_id = ?", (document_id,)).fetchone() is None
            db.execute("UPDATE document SET state = ? WHERE id = ?", (state, document_id))
            db.execute(
                "INSERT INTO event (document_id, before, state, who, at, why) VALUES (?, ?, ?, ?, ?, ?)",
                (document_id, "" if first else before, state, who, now.isoformat(timespec="seconds"), why),
            )


def corrected(
    metadata: Metadata, origins: Mapping[str, Origin], corrections: Mapping[str, str]
) -> tuple[Metadata, dict[str, Origin]]:
    """Return metadata in which what curators said replaces what was read."""
    known = {field.name for field in fields(Metadata)} & corrections.keys()
    values = {name: _typed(name, corrections[name]) for name in sorted(known)}
    said = {name: Origin("curator", 1.0, corrections[name]) for name in values}
    return replace(metadata, **values), {**origins, **said}  # type: ignore[arg-type]  # values have their fields' types


def _check(name: str, value: str) -> None:
    allowed = _ALLOWED.get(name)
    is_grade = name != "grade" or not value or (value.isdecimal() and int(value) in GRADES)
    if name not in CORRECTABLE or (allowed and value and value not in allowed) or not is_grade:
        choices = f"可选：{'、'.join(allowed)}。" if allowed else "年级写 1 到 12。" if name == "grade" else ""
        raise LibraryError(
            "LB-13",
            f"{FILTERS.get(name, f'「{name}」')}不能改为「{value}」，没有改动。",
            choices or "检查名字和值后重试。",
        )


def _typed(name: str, value: str) -> str | int | None:
    if name != "grade":
        return value
    return int(value) if value else None
