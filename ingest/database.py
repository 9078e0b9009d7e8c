"""The SQLite file of the catalogue: its tables, their migrations, and transactions that may be nested."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import fields
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.document import Metadata
from ingest.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import Path

T = TypeVar("T")
# Answers that `remembered` keeps at most: one for each reader and set of filters.
MOST_REMEMBERED = 64
SCHEMA_VERSION = 2
METADATA = tuple(field.name for field in fields(Metadata))

_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE document (
  id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, current TEXT REFERENCES version(id),
  {", ".join(f"{name} {'INTEGER' if name == 'grade' else 'TEXT'}" for name in METADATA)},
  state TEXT NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'review', 'published', 'retired'))
);
CREATE TABLE version (
  id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES document(id), number INTEGER NOT NULL,
  sha256 TEXT NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('pending', 'current', 'old')),
  text TEXT NOT NULL, blocks TEXT NOT NULL, metadata TEXT NOT NULL, created TEXT NOT NULL,
  origins TEXT NOT NULL DEFAULT '{{}}', signature BLOB NOT NULL DEFAULT x'',
  listed TEXT NOT NULL DEFAULT ''
);
CREATE TABLE chunk (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version_id TEXT NOT NULL REFERENCES version(id),
  ordinal INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
  headings TEXT NOT NULL, locator TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'section', fields TEXT NOT NULL DEFAULT '[]', input TEXT NOT NULL DEFAULT ''
);
CREATE INDEX chunk_version ON chunk(version_id);
CREATE VIRTUAL TABLE chunk_terms USING fts5(place, body, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE term USING fts5vocab(chunk_terms, row);
"""
# What version 2 added beside columns; a new file gets it after the tables above, an older one after its new columns.
_ADDED = """
CREATE INDEX chunk_input ON chunk(input);
CREATE INDEX version_document ON version(document_id);
CREATE TABLE event (
  id INTEGER PRIMARY KEY, document_id TEXT NOT NULL REFERENCES document(id), before TEXT NOT NULL, state TEXT NOT NULL,
  who TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL
);
CREATE INDEX event_document ON event(document_id);
CREATE TABLE correction (
  document_id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (document_id, field)
);
CREATE TABLE likeness (
  one TEXT NOT NULL REFERENCES document(id), other TEXT NOT NULL REFERENCES document(id), share REAL NOT NULL,
  PRIMARY KEY (one, other)
);
CREATE INDEX likeness_other ON likeness(other);
"""
_FROM_1 = """
ALTER TABLE document ADD COLUMN scope TEXT;
ALTER TABLE document ADD COLUMN consent TEXT;
ALTER TABLE document ADD COLUMN state TEXT NOT NULL DEFAULT 'published'
  CHECK (state IN ('draft', 'review', 'published', 'retired'));
ALTER TABLE version ADD COLUMN origins TEXT NOT NULL DEFAULT '{}';
ALTER TABLE version ADD COLUMN signature BLOB NOT NULL DEFAULT x'';
ALTER TABLE version ADD COLUMN listed TEXT NOT NULL DEFAULT '';
ALTER TABLE chunk ADD COLUMN kind TEXT NOT NULL DEFAULT 'section';
ALTER TABLE chunk ADD COLUMN fields TEXT NOT NULL DEFAULT '[]';
ALTER TABLE chunk ADD COLUMN input TEXT NOT NULL DEFAULT '';
UPDATE document SET scope = 'school', consent = '';
"""


class Database:
    """Read and write the file; safe to share between threads, for one process at a time.

    Raises:
        LibraryError: LB-01 the file cannot be opened or read, LB-02 it was made by a newer program, LB-03 it cannot
            be written.

    """

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._depth = 0
        self._remembered: dict[Hashable, Any] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            made = {0: _SCHEMA + _ADDED, 1: _FROM_1 + _ADDED}.get(version)
            if made is not None:
                self._db.executescript(f"BEGIN IMMEDIATE; {made} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        except (sqlite3.Error, OSError) as error:
            raise LibraryError(
                "LB-01", f"资料库目录打不开：{error}。", f"检查 {path.parent} 能否读写、磁盘是否已满，再试一次。"
            ) from error
        if version not in (0, 1, SCHEMA_VERSION):
            self._db.close()
            raise LibraryError(
                "LB-02", "资料库是另一个版本的程序建立的，没有改动。", "请使用建立它的那个版本的程序打开。"
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def write(self, *, changes_answers: bool = True) -> Iterator[sqlite3.Connection]:
        """Open a transaction; inside another one it is part of that.

        One that does not change what `remembered` answers says so, and its answers are kept.
        """
        with self._lock:
            if self._depth:
                yield self._db
                return
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._depth = 1
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                finally:
                    self._depth = 0
                    if changes_answers:
                        self._remembered.clear()
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise LibraryError(
                    "LB-03",
                    f"资料库写入失败：{error}。之前的内容没有丢失。",
                    "检查磁盘空间和文件夹权限后重试。",
                    retryable=True,
                ) from error

    def remembered(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what `read` gives, read once between two writes; never change it. This process alone writes."""
        with self._lock:
            if self._depth:
                return read()
            if key not in self._remembered:
                if len(self._remembered) >= MOST_REMEMBERED:
                    self._remembered.clear()
                self._remembered[key] = read()
            answer: T = self._remembered[key]
            return answer

    def all(self, sql: str, *values: str | float) -> list[Any]:
        """Return every row of a query."""
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise LibraryError("LB-01", f"资料库读取失败：{error}。", "运行 zhujiao doctor 查看原因。") from error

    def one(self, sql: str, *values: str | float) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None
