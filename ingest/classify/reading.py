"""Readings: what one place says about a field of the metadata; and how readings that differ are settled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.document import OriginKind

# Places of like trust. Within one, two values cancel each other; between two, the former wins.
TIERS: tuple[tuple[OriginKind, ...], ...] = (("manifest",), ("name", "heading"), ("folder", "content"))
FLOOR = 0.6
MOST_SURE = 0.99
LONGEST_WORDS = 80
_DROPPED = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """A value for a field, with the kind of place it was read from, 0 to 1 how sure, and the words it was read from."""

    field: str
    value: str | int
    kind: OriginKind
    confidence: float
    words: str


def settle(readings: Sequence[Reading]) -> Reading | None:
    """Return the reading of one field that holds, or None when it is to stay unknown.

    Readings below `FLOOR` do not count. The most trusted places that say anything decide; when they contradict each
    other, less trusted ones may say which of their values it is, but not bring another. Agreement makes surer.
    """
    open_values: set[str] | None = None
    for tier in TIERS:
        mine = [reading for reading in readings if reading.kind in tier and reading.confidence >= FLOOR]
        values = {fold(reading.value) for reading in mine}
        if open_values is not None:
            values &= open_values
        if len(values) == 1:
            (value,) = values
            return _strengthened([reading for reading in readings if fold(reading.value) == value], tier)
        if values:
            open_values = values
    return None


def fold(value: str | int) -> str:
    """Make spellings comparable: 长方形、正方形 and 长方形正方形 are one value, so are ＡBC and abc."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", str(value))).casefold() or str(value)


def _strengthened(agreeing: Sequence[Reading], tier: Sequence[OriginKind]) -> Reading:
    """Return the first of the surest readings of the tier, as sure as it and one from each other kind of place make it."""
    best = max((reading for reading in agreeing if reading.kind in tier), key=lambda reading: reading.confidence)
    if best.confidence >= 1:
        return best
    doubt = 1.0
    for kind in {reading.kind for reading in agreeing}:
        doubt *= 1 - max(reading.confidence for reading in agreeing if reading.kind == kind)
    sure = min(MOST_SURE, round(1 - doubt, 2))
    # A name cannot hold some marks: the document's own spelling is the fuller one.
    spelled = max(agreeing, key=lambda reading: (reading.kind == "heading", reading.confidence))
    value = spelled.value if isinstance(best.value, str) else best.value
    return Reading(best.field, value, best.kind, sure, best.words)
