"""What a search may find: the versions that are open to it, and the shortest way to say so to the lexical index."""

from __future__ import annotations

import json
from dataclasses import dataclass


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
        condition = "(SELECT number FROM chunk WHERE version_id IN (SELECT value FROM json_each(?)))"
        if hides:
            return f"AND +rowid NOT IN {condition}", (json.dumps(self.hidden),)
        return f"AND +rowid IN {condition}", (json.dumps(self.versions),)
