"""Exact and near duplicates: MinHash signatures of documents, and the links between documents that are alike."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ingest.database import Database

# Broder (1997), "On the resemblance and containment of documents": the share of equal minima estimates the Jaccard
# likeness of the sets of shingles; with 128 minima its standard error at 0.8 is 0.035.
PERMUTATIONS = 128
SEED = 1
SHINGLE = 5
# Documents that share this part of their shingles are copies with changes. In the sample library a plan and its revision
# by another school share 0.59; of all other pairs the likest, a plan and its slides, 0.18.
NEAR = 0.5
SAME, NEARLY_SAME = 1.0, 0.9999
DIGEST = 32
# Below this many characters two texts are alike by chance.
FEWEST_CHARACTERS = 60
_IGNORED = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another document that is the same (share 1) or nearly so."""

    path: str
    share: float


def signature(text: str) -> bytes:
    """Return what is compared of a text: its SHA-256 and, unless it is too short, 128 minima of 4 bytes.

    White space and punctuation do not count for the minima.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    plain = _IGNORED.sub("", text.lower())
    if len(plain) < FEWEST_CHARACTERS:
        return digest
    from datasketch import MinHash  # with scipy 0.4 s

    shingles = {plain[i : i + SHINGLE].encode("utf-8", "surrogatepass") for i in range(len(plain) - SHINGLE + 1)}
    minima = MinHash(num_perm=PERMUTATIONS, seed=SEED)
    minima.update_batch(sorted(shingles))
    return digest + bytes(minima.hashvalues.astype("<u4").tobytes())


class Likenesses:
    """The links between documents that are alike, renewed as each document is stored; make one for each run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._signed: dict[str, tuple[str, str, bytes]] | None = None

    def link(self, document_id: str, path: str, sha256: str, signed: bytes) -> list[Likeness]:
        """Compare a document with the newest version of every other, keep the links, and return them, likest first."""
        known = self._known()
        known[document_id] = (path, sha256, signed)
        shares = _shares(signed, [other[2] for other in known.values()])
        found = []
        with self._database.write() as db:
            db.execute("DELETE FROM likeness WHERE ? IN (one, other)", (document_id,))
            for (other, (other_path, other_sha256, _)), estimate in zip(known.items(), shares, strict=True):
                share = SAME if other_sha256 == sha256 else estimate
                if other != document_id and share >= NEAR:
                    first, second = sorted((document_id, other))
                    db.execute("INSERT INTO likeness VALUES (?, ?, ?)", (first, second, share))
                    found.append(Likeness(other_path, share))
        return sorted(found, key=lambda one: (-one.share, one.path))

    def of(self, document_id: str) -> list[Likeness]:
        """Return the documents that are like one, likest first."""
        rows = self._database.all(
            "SELECT d.path, l.share FROM likeness l JOIN document d ON d.id = CASE WHEN l.one = ?1 THEN l.other ELSE l.one END "
            "WHERE ?1 IN (l.one, l.other) ORDER BY l.share DESC, d.path",
            document_id,
        )
        return [Likeness(*row) for row in rows]

    def same(self, document_id: str) -> set[str]:
        """Return the other documents that have the same bytes or the same text."""
        rows = self._database.all(
            "SELECT CASE WHEN one = ?1 THEN other ELSE one END FROM likeness WHERE ?1 IN (one, other) AND share = ?2",
            document_id,
            SAME,
        )
        return {row[0] for row in rows}

    def _known(self) -> dict[str, tuple[str, str, bytes]]:
        if self._signed is None:
            rows = self._database.all(
                "SELECT d.id, d.path, v.sha256, v.signature FROM document d JOIN version v ON v.document_id = d.id "
                # A version that waits comes after the current one and takes its place.
                "WHERE v.state IN ('current', 'pending') ORDER BY d.path, v.state"
            )
            self._signed = {row[0]: (row[1], row[2], row[3]) for row in rows}
        return self._signed


def _shares(signed: bytes, others: list[bytes]) -> list[float]:
    """Return how like each of the others is; comparing 5,000 documents takes 2 ms."""
    size = DIGEST + 4 * PERMUTATIONS
    table = np.frombuffer(b"".join(other.ljust(size, b"\0") for other in others), "<u4").reshape(len(others), size // 4)
    minima = np.frombuffer(signed.ljust(size, b"\0"), "<u4")[DIGEST // 4 :]
    estimates = (table[:, DIGEST // 4 :] == minima).mean(axis=1).round(4)
    return [
        SAME
        if signed[:DIGEST] == other[:DIGEST]
        # Texts that differ in one number have like minima: only the digest says that nothing differs.
        else min(float(estimate), NEARLY_SAME)
        if len(signed) == len(other) == size
        else 0.0
        for other, estimate in zip(others, estimates, strict=True)
    ]
