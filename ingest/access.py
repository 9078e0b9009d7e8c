"""Who may find what: the scope of a reader and the filters of a search, as one condition on the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ingest.errors import LibraryError
from ingest.labels import chinese_number

if TYPE_CHECKING:
    from collections.abc import Sequence

Scope = Literal["school", "alliance", "public"]
Filters = tuple[tuple[str, str | int], ...]
# From the narrowest to the widest: a reader of one scope may read it and every wider one.
SCOPES: tuple[Scope, ...] = ("school", "alliance", "public")
# What a search may be narrowed to: the names of Metadata, and as teachers write them.
FILTERS: dict[str, str] = {
    "kind": "种类", "stage": "学段", "grade": "年级", "subject": "学科", "edition": "教材版本", "volume": "册", "unit": "单元",
    "topic": "课题", "periods": "课时", "layer": "层次", "school": "学校", "author": "作者", "date": "日期",
}  # fmt: skip
_BY_CHINESE = {chinese: name for name, chinese in FILTERS.items()}


@dataclass(frozen=True, slots=True)
class Access:
    """What one search may find: published documents in the reader's scopes that have the values asked for."""

    reader: Scope = "school"
    filters: Filters = ()

    def may_open(self, scope: str) -> bool:
        """Tell whether a citation into a document of a scope opens for the reader, whatever its state."""
        return (scope or "school") in SCOPES[SCOPES.index(self.reader) :]

    def condition(self) -> tuple[str, tuple[str | int, ...]]:
        """Return an SQL condition on `version v` joined with `document d`, and the values it binds."""
        scopes = SCOPES[SCOPES.index(self.reader) :]
        marks = ", ".join("?" * len(scopes))
        terms = ["v.state = 'current'", "d.state = 'published'", f"d.scope IN ({marks})"]
        terms += [f"d.{name} = ?" for name, _ in self.filters if name in FILTERS]
        return " AND ".join(terms), (*scopes, *(value for name, value in self.filters if name in FILTERS))


# What a teacher of the school may find: everything that is published.
OWN = Access()


def parse_filters(words: Sequence[str]) -> Filters:
    """Read filters as they are typed: `grade=3`, `年级=三年级`, `学科=数学`.

    Raises:
        LibraryError: LB-10 for a name that is no filter or a grade that is no number.

    """
    return tuple(_parse(word) for word in words)


def _parse(word: str) -> tuple[str, str | int]:
    name, _, value = (part.strip() for part in word.partition("="))
    name = _BY_CHINESE.get(name, name.lower())
    if name not in FILTERS or not value:
        raise _unusable(word)
    if name != "grade":
        return name, value
    grade = chinese_number(value.removesuffix("年级"))
    if grade is None:
        raise _unusable(word)
    return name, grade


def _unusable(word: str) -> LibraryError:
    names = "、".join(f"{name}（{chinese}）" for name, chinese in FILTERS.items())
    return LibraryError("LB-10", f"筛选条件「{word}」不能用。", f"写成 名字=值，如 grade=3；可用的名字：{names}。")
