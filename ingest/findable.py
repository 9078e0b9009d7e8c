"""What a search may find: the versions that are open to it, and the shortest way to say so to the lexical index."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.access import Access
    from ingest.database import Database


@dataclass(frozen=True, slots=True)
class Findable:
    """The versions that one search may find and those it may not, and how many chunks either have."""

    versions: tuple[str, ...]
    hidden: tuple[str, ...]
    chunks: int
    hidden_chunks: int

    def condition(self) -> tuple[str, tuple[str, ...]]:
        """Return an SQL condition on a row of the lexical index, by the shorter list of versions, and what it binds."""
        if not self.hidden_chunks:
            return "", ()
        hides = self.hidden_chunks < self.chunks
        # The plus keeps SQLite from asking the index anew for each row of the list.
        condition = (
            f"AND +rowid {'NOT ' if hides else ''}IN "
            "(SELECT number FROM chunk WHERE version_id IN (SELECT value FROM json_each(?)))"
        )
        return condition, (json.dumps(self.hidden if hides else self.versions),)


def read_findable(database: Database, access: Access) -> Findable:
    """Return which of the indexed versions may be found and which may not."""
    condition, values = access.condition()
    rows = database.all(
        f"SELECT v.id, coalesce({condition}, 0), (SELECT count(*) FROM chunk c WHERE c.version_id = v.id) "
        "FROM version v JOIN document d ON d.id = v.document_id WHERE v.state IN ('current', 'pending') ORDER BY v.id",
        *values,
    )
    return Findable(
        tuple(row[0] for row in rows if row[1]),
        tuple(row[0] for row in rows if not row[1]),
        sum(row[2] for row in rows if row[1]),
        sum(row[2] for row in rows if not row[1]),
    )
