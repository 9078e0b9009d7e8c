"""The catalogue: documents, their versions and chunks in SQLite, with a full-text index. The source of truth."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from threading import RLock
from typing import TYPE_CHECKING, Any

from ingest.document import Block, Chunk, Document, Locator, Metadata, Span, content_id
from ingest.errors import LibraryError
from ingest.lexical import index_terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

SCHEMA_VERSION = 1
_METADATA = tuple(field.name for field in fields(Metadata))

_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE document (
  id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, current TEXT REFERENCES version(id),
  {", ".join(f"{name} {'INTEGER' if name == 'grade' else 'TEXT'}" for name in _METADATA)}
);
CREATE TABLE version (
  id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES document(id), number INTEGER NOT NULL,
  sha256 TEXT NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('pending', 'current', 'old')),
  text TEXT NOT NULL, blocks TEXT NOT NULL, metadata TEXT NOT NULL, created TEXT NOT NULL
);
CREATE TABLE chunk (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version_id TEXT NOT NULL REFERENCES version(id),
  ordinal INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
  headings TEXT NOT NULL, locator TEXT NOT NULL
);
CREATE INDEX chunk_version ON chunk(version_id);
CREATE VIRTUAL TABLE chunk_terms USING fts5(place, body, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE term USING fts5vocab(chunk_terms, row);
"""

_COPIES = ", ".join(f"{name} = json_extract(v.metadata, '$.{name}')" for name in _METADATA)
_ACTIVATE = (
    "UPDATE document SET current = ?, " + _COPIES + " FROM version v WHERE document.id = v.document_id AND v.id = ?"
)

_CHUNKS = """
SELECT c.id, c.version_id, c.ordinal, c.start, c.stop, c.headings, c.locator, v.document_id, v.number, d.path, v.metadata,
  substr(v.text, c.start + 1, c.stop - c.start)
FROM chunk c JOIN version v ON v.id = c.version_id JOIN document d ON d.id = v.document_id
"""
_CHUNKS_OF_VERSION = _CHUNKS + "WHERE c.version_id = ? ORDER BY c.ordinal"
_CURRENT_CHUNKS = _CHUNKS + "WHERE v.state = 'current' AND c.id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with the document version it belongs to."""

    chunk: Chunk
    document_id: str
    version: int
    path: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version of a document: its text and blocks, and whether it is the current one."""

    id: str
    document_id: str
    number: int
    is_current: bool
    path: str
    metadata: Metadata
    text: str
    blocks: tuple[Block, ...]


class Catalogue:
    """Read and write the catalogue; safe to share between threads, for one process at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version == 0:
                self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        except (sqlite3.Error, OSError) as error:
            raise LibraryError(
                "LB-01", f"资料库目录打不开：{error}。", f"检查 {path.parent} 能否读写、磁盘是否已满，再试一次。"
            ) from error
        if version not in (0, SCHEMA_VERSION):
            raise LibraryError(
                "LB-02", "资料库是另一个版本的程序建立的，没有改动。", "请使用建立它的那个版本的程序打开。"
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # --- meta -------------------------------------------------------------------------------------------------

    def get_meta(self, key: str) -> str | None:
        """Return a stored property of the library, None when unset."""
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a property of the library."""
        with self._write() as db:
            db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", (key, value)
            )

    # --- write ------------------------------------------------------------------------------------------------

    def put_version(self, document: Document, chunks: Sequence[Chunk], document_id: str, now: datetime) -> None:
        """Store a document's new version with its chunks as pending, in one transaction.

        A pending version is found by nobody until `activate`; storing it again replaces it.
        """
        version_id = version_id_of(document_id, document.source.sha256)
        metadata = asdict(document.metadata)
        with self._write() as db:
            db.execute(
                "INSERT INTO document (id, path) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (document_id, str(document.source.path)),
            )
            self._drop_chunks(db, version_id)
            (number,) = db.execute(
                "SELECT coalesce((SELECT number FROM version WHERE id = ?), "
                "(SELECT max(number) + 1 FROM version WHERE document_id = ?), 1)",
                (version_id, document_id),
            ).fetchone()
            db.execute(
                "INSERT INTO version VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET "
                "state = 'pending', text = excluded.text, blocks = excluded.blocks, metadata = excluded.metadata",
                (
                    version_id,
                    document_id,
                    number,
                    document.source.sha256,
                    document.source.size,
                    document.text,
                    _dump([_block_row(block) for block in document.blocks]),
                    _dump(metadata),
                    now.isoformat(timespec="seconds"),
                ),
            )
            for chunk in chunks:
                cursor = db.execute(
                    "INSERT INTO chunk (id, version_id, ordinal, start, stop, headings, locator) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        chunk.id,
                        version_id,
                        chunk.ordinal,
                        chunk.span.start,
                        chunk.span.end,
                        _dump(chunk.headings),
                        _dump(asdict(chunk.locator)),
                    ),
                )
                place = " ".join((document.metadata.title, *chunk.headings))
                db.execute(
                    "INSERT INTO chunk_terms (rowid, place, body) VALUES (?, ?, ?)",
                    (cursor.lastrowid, index_terms(place), index_terms(chunk.text)),
                )

    def activate(self, version_id: str) -> tuple[str, ...]:
        """Make a pending version the current one and return the chunk ids of the versions it replaces."""
        with self._write() as db:
            (document_id,) = db.execute("SELECT document_id FROM version WHERE id = ?", (version_id,)).fetchone()
            others = [
                row[0]
                for row in db.execute(
                    "SELECT id FROM version WHERE document_id = ? AND id <> ? AND state <> 'old'",
                    (document_id, version_id),
                )
            ]
            replaced: list[str] = []
            for other in others:
                replaced += [row[0] for row in db.execute("SELECT id FROM chunk WHERE version_id = ?", (other,))]
                self._drop_chunks(db, other)
                db.execute("UPDATE version SET state = 'old' WHERE id = ?", (other,))
            db.execute("UPDATE version SET state = 'current' WHERE id = ?", (version_id,))
            db.execute(_ACTIVATE, (version_id, version_id))
        return tuple(replaced)

    def clear_index(self) -> None:
        """Forget all chunks and make every current version pending, so that it is indexed anew."""
        with self._write() as db:
            db.execute("DELETE FROM chunk_terms")
            db.execute("DELETE FROM chunk")
            # One version of a document is made anew: an unfinished newer one comes back with its file.
            db.execute(
                "UPDATE version SET state = 'old' WHERE state = 'pending' "
                "AND document_id IN (SELECT document_id FROM version WHERE state = 'current')"
            )
            db.execute("UPDATE version SET state = 'pending' WHERE state = 'current'")
            db.execute("DELETE FROM meta")

    # --- read -------------------------------------------------------------------------------------------------

    def current_sha256(self, path: str) -> str | None:
        """Return the hash of the current version of the file at a path, None when it is not in the library."""
        row = self._one(
            "SELECT v.sha256 FROM document d JOIN version v ON v.id = d.current WHERE d.path = ? AND v.state = 'current'",
            path,
        )
        return str(row[0]) if row else None

    def pending(self) -> list[tuple[str, str, str, int]]:
        """Return (version id, path, sha256, size) of the versions whose vectors are not stored yet."""
        return self._all(
            "SELECT v.id, d.path, v.sha256, v.size FROM version v JOIN document d ON d.id = v.document_id WHERE v.state = 'pending' ORDER BY d.path"
        )

    def chunk_ids(self) -> set[str]:
        """Return the ids of every chunk stored."""
        return {row[0] for row in self._all("SELECT id FROM chunk")}

    def versions_of(self, chunk_ids: Sequence[str]) -> list[str]:
        """Return the versions that chunks belong to, each once, by the path of their documents."""
        rows = self._all(
            "SELECT DISTINCT v.id, d.path FROM chunk c JOIN version v ON v.id = c.version_id JOIN document d ON d.id = v.document_id "
            "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY d.path",
            _dump(list(chunk_ids)),
        )
        return [str(row[0]) for row in rows]

    def chunks_of(self, version_id: str) -> list[StoredChunk]:
        """Return the chunks of a version in order."""
        return [_stored_chunk(row) for row in self._all(_CHUNKS_OF_VERSION, version_id)]

    def chunks(self, ids: Sequence[str]) -> dict[str, StoredChunk]:
        """Return the chunks of current versions among the ids, by id."""
        found = map(_stored_chunk, self._all(_CURRENT_CHUNKS, _dump(list(ids))))
        return {stored.chunk.id: stored for stored in found}

    def match(self, terms: Sequence[str], k: int, place_weight: float = 2.0) -> list[tuple[str, float]]:
        """Return at most k (chunk id, BM25 score ≥ 0) that hold any of the terms, best first, ties by id."""
        if not terms:
            return []
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        rows = self._all(
            "SELECT c.id, -bm25(chunk_terms, ?, 1.0) AS score FROM chunk_terms JOIN chunk c ON c.number = chunk_terms.rowid "
            "JOIN version v ON v.id = c.version_id AND v.state = 'current' "
            "WHERE chunk_terms MATCH ? ORDER BY score DESC, c.id LIMIT ?",
            place_weight,
            query,
            k,
        )
        return [(str(chunk_id), float(score)) for chunk_id, score in rows]

    def document_frequency(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many chunks each term stands; unknown terms have 0."""
        counts = dict.fromkeys(terms, 0)
        found = self._all(
            "SELECT term, doc FROM term WHERE term IN (SELECT value FROM json_each(?))", _dump(list(terms))
        )
        counts.update(dict(found))
        return counts

    def version(self, version_id: str) -> StoredVersion | None:
        """Return a version, current or old; None when unknown."""
        row = self._one(
            "SELECT v.id, v.document_id, v.number, v.state, d.path, v.metadata, v.text, v.blocks FROM version v "
            "JOIN document d ON d.id = v.document_id WHERE v.id = ?",
            version_id,
        )
        if row is None:
            return None
        return StoredVersion(
            id=row[0],
            document_id=row[1],
            number=row[2],
            is_current=row[3] == "current",
            path=row[4],
            metadata=Metadata(**json.loads(row[5])),
            text=row[6],
            blocks=tuple(_block(item) for item in json.loads(row[7])),
        )

    def counts(self) -> dict[str, int]:
        """Return how many documents can be found, and how many chunks."""
        row = self._one(
            "SELECT (SELECT count(*) FROM version WHERE state = 'current'), "
            "(SELECT count(*) FROM chunk c JOIN version v ON v.id = c.version_id WHERE v.state = 'current'), "
            "(SELECT count(*) FROM version WHERE state = 'pending')"
        )
        documents, chunks, pending = row or (0, 0, 0)
        return {"documents": documents, "chunks": chunks, "pending": pending}

    def kinds(self) -> dict[str, int]:
        """Return how many documents there are of each kind."""
        return dict(
            self._all(
                "SELECT d.kind, count(*) FROM document d JOIN version v ON v.id = d.current WHERE v.state = 'current' GROUP BY d.kind ORDER BY d.kind"
            )
        )

    # --- inside -----------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise LibraryError(
                    "LB-03",
                    f"资料库写入失败：{error}。之前的内容没有丢失。",
                    "检查磁盘空间和文件夹权限后重试。",
                    retryable=True,
                ) from error

    def _all(self, sql: str, *values: str | float) -> list[Any]:
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise LibraryError("LB-01", f"资料库读取失败：{error}。", "运行 zhujiao doctor 查看原因。") from error

    def _one(self, sql: str, *values: str | float) -> tuple[Any, ...] | None:
        rows = self._all(sql, *values)
        return rows[0] if rows else None

    @staticmethod
    def _drop_chunks(db: sqlite3.Connection, version_id: str) -> None:
        db.execute(
            "DELETE FROM chunk_terms WHERE rowid IN (SELECT number FROM chunk WHERE version_id = ?)", (version_id,)
        )
        db.execute("DELETE FROM chunk WHERE version_id = ?", (version_id,))


def document_id_of(path: Path) -> str:
    """Return the id of the document at a path: it stays when the file's content changes."""
    return content_id("document", str(path))


def version_id_of(document_id: str, sha256: str) -> str:
    """Return the id of the version of a document that has these bytes."""
    return content_id("version", document_id, sha256)


def _stored_chunk(row: tuple[Any, ...]) -> StoredChunk:
    chunk_id, version_id, ordinal, start, stop, headings, locator, document_id, number, path, metadata, text = row
    return StoredChunk(
        chunk=Chunk(
            chunk_id,
            version_id,
            ordinal,
            Span(start, stop),
            text,
            tuple(json.loads(headings)),
            Locator(**json.loads(locator)),
        ),
        document_id=document_id,
        version=number,
        path=path,
        metadata=Metadata(**json.loads(metadata)),
    )


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _block_row(block: Block) -> list[Any]:
    where = {name: value for name, value in asdict(block.locator).items() if value is not None}
    return [block.span.start, block.span.end, block.kind, where, block.headings, block.level, block.speaker]


def _block(row: list[Any]) -> Block:
    start, end, kind, where, headings, level, speaker = row
    return Block(Span(start, end), kind, Locator(**where), tuple(headings), level, speaker)
