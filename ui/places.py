"""What a document is and where in it something stands, said as a teacher would."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.chat.answer import Evidence
    from ingest.document import Locator, Metadata
    from ui.words import Words

_DEEPEST = 3


def title_of(metadata: Metadata, words: Words) -> str:
    """Return the title in title marks; one that has its own needs no second pair."""
    if not metadata.title:
        return words("untitled")
    return metadata.title if "《" in metadata.title else words("title", title=metadata.title)


def grade_of(metadata: Metadata, words: Words) -> str:
    """Return 三年级, or an empty string when unknown."""
    return grade_name(metadata.grade, words) if metadata.grade is not None else ""


def grade_name(grade: int, words: Words) -> str:
    """Return 三年级 for 3; an empty string for what is no grade."""
    names = words("meta.grades").split(words("list.comma"))
    return names[grade - 1] if 1 <= grade <= len(names) else ""


def describe(metadata: Metadata, words: Words) -> list[str]:
    """Return what is known, in the order teachers look for it: kind, grade and subject, edition, school, author, date."""
    lesson = f"{grade_of(metadata, words)}{metadata.subject}"
    book = f"{metadata.edition}{metadata.volume}"
    parts = (
        metadata.kind,
        lesson,
        book,
        metadata.unit,
        metadata.layer,
        metadata.school,
        metadata.author,
        metadata.date,
    )
    return [part for part in parts if part]


def place_of(headings: tuple[str, ...], locator: Locator, words: Words) -> str:
    """Return the place: page, slide or time first, then the innermost headings; empty when nothing is known."""
    path = " › ".join(headings[-_DEEPEST:])
    return words("list.dot").join(part for part in (locator.label(), path) if part)


def count_kinds(evidence: tuple[Evidence, ...], words: Words) -> str:
    """Return 教案 3、课件 2: most frequent first, in the order found among equals."""
    counts = Counter(item.metadata.kind or words("kind.other") for item in evidence)
    return words.joined([words("kind.count", kind=kind, count=count) for kind, count in counts.most_common()])
