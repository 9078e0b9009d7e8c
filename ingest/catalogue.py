"""The catalogue: documents, their versions and chunks in SQLite, with a full-text index. The source of truth."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ingest.database import METADATA, Database
from ingest.document import Block, Chunk, Document, Field, Locator, Metadata, Origin, Span, content_id
from ingest.embed import document_input
from ingest.findable import Findable
from ingest.lexical import index_terms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from ingest.access import Access

_COPIES = ", ".join(f"{name} = json_extract(v.metadata, '$.{name}')" for name in METADATA)
_ACTIVATE = (
    "UPDATE document SET current = ?, " + _COPIES + " FROM version v WHERE document.id = v.document_id AND v.id = ?"
)

_JOINED = "FROM chunk c JOIN version v ON v.id = c.version_id JOIN document d ON d.id = v.document_id "
_CHUNKS = f"""
SELECT c.id, c.version_id, c.ordinal, c.start, c.stop, c.headings, c.locator, c.kind, c.fields, v.document_id, v.number,
  d.path, v.metadata, substr(v.text, c.start + 1, c.stop - c.start)
{_JOINED}"""


# So many more rows than wanted are read, in case some score alike.
TIED = 32


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
    origins: Mapping[str, Origin]
    state: str
    scope: str


@dataclass(frozen=True, slots=True)
class Holding:
    """What some documents have in common, and how many they are; empty or None where it is not known."""

    kind: str = ""
    stage: str = ""
    grade: int | None = None
    subject: str = ""
    edition: str = ""
    volume: str = ""
    unit: str = ""
    layer: str = ""
    topic: str = ""
    documents: int = 0


class Catalogue:
    """Read and write the catalogue; safe to share between threads, for one process at a time."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    # --- meta -------------------------------------------------------------------------------------------------

    def get_meta(self, key: str) -> str | None:
        """Return a stored property of the library, None when unset."""
        row = self.database.one("SELECT value FROM meta WHERE key = ?", key)
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a property of the library."""
        with self.database.write(changes_answers=False) as db:
            db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", (key, value)
            )

    # --- write ------------------------------------------------------------------------------------------------

    def put_version(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        document_id: str,
        now: datetime,
        *,
        signature: bytes = b"",
        listed: str = "",
    ) -> None:
        """Store a document's new version with its chunks as pending, in one transaction.

        A pending version is found by nobody until `activate`; storing it again replaces it.

        Args:
            document: the document, masked and cleaned.
            chunks: its chunks in order.
            document_id: of the file's path.
            now: when it is stored.
            signature: what `likeness` compares.
            listed: a digest of the file's row in its manifest.

        """
        version_id = version_id_of(document_id, document.source.sha256)
        with self.database.write() as db:
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
            row = {
                "id": version_id,
                "document_id": document_id,
                "number": number,
                "sha256": document.source.sha256,
                "size": document.source.size,
                "state": "pending",
                "text": document.text,
                "blocks": _dump([_block_row(block) for block in document.blocks]),
                "metadata": _dump(asdict(document.metadata)),
                "created": now.isoformat(timespec="seconds"),
                "origins": _dump({name: asdict(origin) for name, origin in sorted(document.origins.items())}),
                "signature": signature,
                "listed": listed,
            }
            updates = ("state", "text", "blocks", "metadata", "origins", "signature", "listed")
            db.execute(
                f"INSERT INTO version ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)}) "
                f"ON CONFLICT(id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in updates)}",
                row,
            )
            for chunk in chunks:
                self._put_chunk(db, chunk, document.metadata.title)

    def activate(self, version_id: str) -> tuple[str, ...]:
        """Make a pending version the current one and return the chunk ids of the versions it replaces."""
        with self.database.write() as db:
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

    def shelve(self, version_id: str) -> None:
        """Give a version up that waits for an index it must not have; it can still be opened."""
        with self.database.write() as db:
            self._drop_chunks(db, version_id)
            db.execute("UPDATE version SET state = 'old' WHERE id = ?", (version_id,))

    def clear_index(self) -> None:
        """Forget all chunks and make every current version pending, so that it is indexed anew."""
        with self.database.write() as db:
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

    def current(self, path: str) -> tuple[str, str] | None:
        """Return (sha256, digest of the manifest's row) of the file at a path, None when it is not in the library."""
        row = self.database.one(
            "SELECT v.sha256, v.listed FROM document d JOIN version v ON v.id = d.current "
            "WHERE d.path = ? AND v.state = 'current'",
            path,
        )
        return (str(row[0]), str(row[1])) if row else None

    def inputs(self, version_id: str) -> dict[str, str]:
        """Return what each chunk of a version is embedded from, as a digest, by chunk id."""
        return dict(self.database.all("SELECT id, input FROM chunk WHERE version_id = ?", version_id))

    def paths(self) -> list[str]:
        """Return the path of every document that has a version, in order."""
        return [str(row[0]) for row in self.database.all("SELECT path FROM document ORDER BY path")]

    def pending(self) -> list[tuple[str, str, str, int]]:
        """Return (version id, path, sha256, size) of the versions whose vectors are not stored yet."""
        return self.database.all(
            "SELECT v.id, d.path, v.sha256, v.size FROM version v JOIN document d ON d.id = v.document_id WHERE v.state = 'pending' ORDER BY d.path"
        )

    def chunk_ids(self) -> set[str]:
        """Return the ids of every chunk stored."""
        return {row[0] for row in self.database.all("SELECT id FROM chunk")}

    def versions_of(self, chunk_ids: Sequence[str]) -> list[str]:
        """Return the versions that chunks belong to, each once, by the path of their documents."""
        rows = self.database.all(
            "SELECT DISTINCT v.id, d.path FROM chunk c JOIN version v ON v.id = c.version_id JOIN document d ON d.id = v.document_id "
            "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY d.path",
            _dump(list(chunk_ids)),
        )
        return [str(row[0]) for row in rows]

    def chunks_of(self, version_id: str) -> list[StoredChunk]:
        """Return the chunks of a version in order."""
        return [
            _stored_chunk(row)
            for row in self.database.all(_CHUNKS + "WHERE c.version_id = ? ORDER BY c.ordinal", version_id)
        ]

    def chunks(self, ids: Sequence[str], access: Access) -> dict[str, StoredChunk]:
        """Return those of the chunks that may be found, by id."""
        condition, values = access.condition()
        sql = f"{_CHUNKS}WHERE {condition} AND c.id IN (SELECT value FROM json_each(?))"
        found = map(_stored_chunk, self.database.all(sql, *values, _dump(list(ids))))
        return {stored.chunk.id: stored for stored in found}

    def match(self, terms: Sequence[str], k: int, access: Access, place_weight: float = 2.0) -> list[tuple[str, float]]:
        """Return at most k (chunk id, BM25 score ≥ 0) that hold any of the terms, best first, ties by id."""
        found = self.findable(access)
        if not terms or k < 1 or not found.chunks:
            return []
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        within, versions = found.condition()
        limit = k + TIED
        while True:
            # Only the ids of the best are read: to join every chunk that holds a term takes longer than to rate it.
            rows = self.database.all(
                "SELECT c.id, best.score FROM (SELECT rowid, -bm25(chunk_terms, ?, 1.0) AS score FROM chunk_terms "
                f"WHERE chunk_terms MATCH ? {within} ORDER BY score DESC LIMIT ?) best "
                "JOIN chunk c ON c.number = best.rowid ORDER BY best.score DESC, c.id",
                place_weight,
                query,
                *versions,
                limit,
            )
            # Of those that score like the last, some may have been left out.
            if len(rows) < limit or rows[k - 1][1] > rows[-1][1]:
                return [(str(chunk_id), float(score)) for chunk_id, score in rows[:k]]
            limit *= 4

    def findable(self, access: Access) -> Findable:
        """Return which of the indexed versions may be found and which may not."""
        return self.database.remembered(("findable", access), lambda: self._findable(access))

    def _findable(self, access: Access) -> Findable:
        condition, values = access.condition()
        rows = self.database.all(
            f"SELECT v.id, coalesce({condition}, 0), (SELECT count(*) FROM chunk c WHERE c.version_id = v.id) "
            "FROM version v JOIN document d ON d.id = v.document_id WHERE v.state IN ('current', 'pending') ORDER BY v.id",
            *values,
        )
        open_to, hidden = [row for row in rows if row[1]], [row for row in rows if not row[1]]
        return Findable(
            tuple(row[0] for row in open_to),
            tuple(row[0] for row in hidden),
            sum(row[2] for row in open_to),
            sum(row[2] for row in hidden),
        )

    def chunks_within(self, found: Findable) -> list[str]:
        """Return the ids of every chunk that may be found."""
        rows = self.database.all(
            "SELECT id FROM chunk WHERE version_id IN (SELECT value FROM json_each(?))", _dump(found.versions)
        )
        return [row[0] for row in rows]

    def those_within(self, ids: Sequence[str], access: Access) -> set[str]:
        """Return those of the chunks that may be found."""
        condition, values = access.condition()
        sql = f"SELECT c.id {_JOINED}WHERE {condition} AND c.id IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self.database.all(sql, *values, _dump(list(ids)))}

    def same_inputs(self, version_ids: Sequence[str]) -> dict[str, str]:
        """Return, for chunks of these versions, a chunk of another current version that is embedded from the same text."""
        rows = self.database.all(
            "SELECT c.id, min(o.id) FROM chunk c JOIN chunk o ON o.input = c.input AND o.input <> '' "
            "AND o.version_id <> c.version_id JOIN version v ON v.id = o.version_id AND v.state = 'current' "
            "WHERE c.version_id IN (SELECT value FROM json_each(?)) GROUP BY c.id",
            _dump(list(version_ids)),
        )
        return dict(rows)

    def document_frequency(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many chunks each term stands; unknown terms have 0."""
        counts = dict.fromkeys(terms, 0)
        found = self.database.all(
            "SELECT term, doc FROM term WHERE term IN (SELECT value FROM json_each(?))", _dump(list(terms))
        )
        counts.update(dict(found))
        return counts

    def version(self, version_id: str) -> StoredVersion | None:
        """Return a version, current or old; None when unknown."""
        row = self.database.one(
            "SELECT v.id, v.document_id, v.number, v.state, d.path, v.metadata, v.text, v.blocks, v.origins, d.state, d.scope "
            "FROM version v JOIN document d ON d.id = v.document_id WHERE v.id = ?",
            version_id,
        )
        if row is None:
            return None
        origins = {name: Origin(**origin) for name, origin in json.loads(row[8]).items()}
        return StoredVersion(
            id=row[0],
            document_id=row[1],
            number=row[2],
            is_current=row[3] == "current",
            path=row[4],
            metadata=Metadata(**json.loads(row[5])),
            text=row[6],
            blocks=tuple(_block(item) for item in json.loads(row[7])),
            origins=origins,
            state=row[9],
            scope=row[10] or "",
        )

    def versions(self, document_id: str) -> list[dict[str, Any]]:
        """Return the versions of a document, oldest first, without their texts."""
        rows = self.database.all(
            "SELECT id, number, sha256, size, state, created FROM version WHERE document_id = ? ORDER BY number",
            document_id,
        )
        return [dict(zip(("id", "number", "sha256", "size", "state", "created"), row, strict=True)) for row in rows]

    def counts(self, access: Access) -> dict[str, int]:
        """Return how many documents and chunks can be found, and how many versions wait for their index."""
        found = self.findable(access)
        pending = self.database.remembered(
            "pending", lambda: self.database.all("SELECT count(*) FROM version WHERE state = 'pending'")[0][0]
        )
        return {"documents": len(found.versions), "chunks": found.chunks, "pending": pending}

    def kinds(self, access: Access) -> dict[str, int]:
        """Return how many documents there are of each kind."""
        condition, values = access.condition()
        return dict(
            self.database.all(
                "SELECT d.kind, count(*) FROM document d JOIN version v ON v.id = d.current "
                f"WHERE {condition} GROUP BY d.kind ORDER BY d.kind",
                *values,
            )
        )

    def holdings(self, access: Access) -> tuple[Holding, ...]:
        """Return every combination of values that documents which may be found have, in order."""
        return self.database.remembered(("holdings", access), lambda: self._holdings(access))

    def _holdings(self, access: Access) -> tuple[Holding, ...]:
        condition, values = access.condition()
        names = ("kind", "stage", "grade", "subject", "edition", "volume", "unit", "layer", "topic")
        columns = ", ".join(name if name == "grade" else f"coalesce(d.{name}, '')" for name in names)
        rows = self.database.all(
            f"SELECT {columns}, count(*) FROM document d JOIN version v ON v.id = d.current "
            f"WHERE {condition} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 3, 4, 6, 7, 1, 9, 5, 8, 2",
            *values,
        )
        return tuple(Holding(*row) for row in rows)

    # --- inside -----------------------------------------------------------------------------------------------

    @staticmethod
    def _put_chunk(db: sqlite3.Connection, chunk: Chunk, title: str) -> None:
        row = {
            "id": chunk.id,
            "version_id": chunk.version_id,
            "ordinal": chunk.ordinal,
            "start": chunk.span.start,
            "stop": chunk.span.end,
            "headings": _dump(chunk.headings),
            "locator": _dump({name: value for name, value in asdict(chunk.locator).items() if value is not None}),
            "kind": chunk.kind,
            "fields": _dump([[field.name, field.span.start, field.span.end] for field in chunk.fields]),
            "input": input_digest(title, chunk),
        }
        cursor = db.execute(
            f"INSERT INTO chunk ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", row
        )
        db.execute(
            "INSERT INTO chunk_terms (rowid, place, body) VALUES (?, ?, ?)",
            (cursor.lastrowid, index_terms(" ".join((title, *chunk.headings))), index_terms(chunk.text)),
        )

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


def input_digest(title: str, chunk: Chunk) -> str:
    """Return a digest of what a chunk is embedded from: chunks with the same one have the same vector."""
    return content_id(document_input(title, chunk.headings, chunk.text))


def _stored_chunk(row: tuple[Any, ...]) -> StoredChunk:
    chunk_id, version_id, ordinal, start, stop, headings, locator, kind, fields, document_id, number, path, *rest = row
    metadata, text = rest
    return StoredChunk(
        chunk=Chunk(
            chunk_id,
            version_id,
            ordinal,
            Span(start, stop),
            text,
            tuple(json.loads(headings)),
            Locator(**json.loads(locator)),
            kind,
            tuple(Field(name, Span(first, last)) for name, first, last in json.loads(fields)),
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
