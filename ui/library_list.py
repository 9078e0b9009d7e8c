"""The list of documents: what a row shows, and which rows a filter, a state and a page leave; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ingest.document import Metadata, content_id
from ui.places import grade_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.library_contracts import Json
    from ui.words import Words

PAGE_ROWS = 50
FILTER_LIMIT = 100
STANDINGS = ("draft", "review", "published", "retired")
_FIELDS = tuple(field.name for field in fields(Metadata))
_SEARCHED = ("title", "kind", "subject", "edition", "volume", "unit", "topic", "layer", "school", "author", "date")


@dataclass(frozen=True, slots=True)
class Row:
    """One document of the list; `key` names it on the page instead of its path."""

    key: str
    path: str
    state: str
    chunks: int
    metadata: Metadata
    unknown: tuple[str, ...]

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return PurePath(self.path).name


@dataclass(frozen=True, slots=True)
class ListView:
    """What a reader chose to see: words to find, a state, only what is incomplete, and a page counted from 0."""

    words: str = ""
    state: str = ""
    incomplete: bool = False
    page: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of one page, how many fit in all, and how many of each state fit the words."""

    rows: tuple[Row, ...]
    view: ListView
    total: int
    of_state: Mapping[str, int]
    incomplete: int
    library: int


def key_of(path: str) -> str:
    """Return the name of a document on the page: buttons carry references, not paths."""
    return content_id(path)[:20]


def row_of(document: Json) -> Row:
    """Read a row of `Curator.documents`."""
    return Row(
        key_of(str(document["path"])),
        str(document["path"]),
        str(document["state"]),
        int(document["chunks"]),
        metadata_of(document["metadata"]),
        tuple(str(name) for name in document["unknown"]),
    )


def metadata_of(values: Mapping[str, Any]) -> Metadata:
    """Return metadata of its JSON; names this version does not know are left out."""
    return Metadata(**{name: values[name] for name in _FIELDS if name in values})


def select(documents: Sequence[Row], view: ListView, words: Words) -> Listing:
    """Return the page of the rows that a view shows; a page behind the last one is the last one."""
    wanted = view.words.casefold().split()
    found = [row for row in documents if all(word in _text(row, words) for word in wanted)] if wanted else documents
    of_state = Counter(row.state for row in found)
    if view.state:
        found = [row for row in found if row.state == view.state]
    incomplete = [row for row in found if row.unknown]
    if view.incomplete:
        found = incomplete
    page = min(max(view.page, 0), max(len(found) - 1, 0) // PAGE_ROWS)
    shown = tuple(found[page * PAGE_ROWS : (page + 1) * PAGE_ROWS])
    chosen = ListView(view.words, view.state, view.incomplete, page)
    return Listing(shown, chosen, len(found), of_state, len(incomplete), len(documents))


def _text(row: Row, words: Words) -> str:
    said = [str(getattr(row.metadata, name)) for name in _SEARCHED]
    return "\n".join((*said, grade_of(row.metadata, words), row.file)).casefold()
