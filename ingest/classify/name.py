"""Read a file's name and the folders it lies in."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.classify.form import is_name
from ingest.classify.reading import Reading
from ingest.classify.terms import (
    dates,
    editions,
    grades,
    kind_in,
    periods,
    schools,
    stages,
    subjects,
    terms,
    units,
    volumes,
)
from ingest.labels import LAYERS, SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.document import OriginKind

# How sure: said by the name, by the nearest folder that says anything, implied, a person's name found by its place.
NAMED, FOLDER, IMPLIED, PLACED = 0.9, 0.75, 0.7, 0.7
_PARTS = re.compile(r"[_＿\s—－·（）()【】\[\]-]+")
_LAYER = re.compile("|".join(LAYERS))
_SCOPE_IN_NAME = re.compile("链内|链外")
_SCOPE_FOLDER = re.compile(
    "(?:(?P<school>本校|校内)|(?P<alliance>链内|联盟|校际|教育链|教育集团)|(?P<public>链外|公共))(?:共享|公开)?(?:资源|资料|文件|材料)?库?"
)


def read_name(stem: str, *, secondary: bool) -> Iterator[Reading]:
    """Yield what a file's name says, given without its suffix."""
    yield from _read_terms(stem, "name", NAMED, secondary=secondary)
    for field, found in (("periods", periods(stem)), ("date", dates(stem)[:1])):
        yield from (Reading(field, value, "name", NAMED, words) for value, words in found)
    for part in _PARTS.split(stem):
        yield from (Reading("school", value, "name", NAMED, words) for value, words in schools(part))
    if grades(stem, secondary=secondary):
        yield from (Reading("volume", value, "name", IMPLIED, words) for value, words in terms(stem))
    yield from (Reading("scope", SCOPES[word], "name", NAMED, word) for word in _SCOPE_IN_NAME.findall(stem))


def read_folders(folders: Sequence[str], *, secondary: bool) -> Iterator[Reading]:
    """Yield what the folders say, nearest first; for each field only the nearest that says anything counts."""
    told: set[str] = set()
    for folder in folders:
        found = [*_read_terms(folder, "folder", FOLDER, secondary=secondary), *_read_folder(folder)]
        yield from (reading for reading in found if reading.field not in told)
        told |= {reading.field for reading in found}


def read_author_of_name(stem: str) -> Iterator[Reading]:
    """Yield the teacher whom a recorded lesson's name tells between its kind and its date: 「…_课堂实录_周敏_20250416」."""
    kind = kind_in(stem)
    if kind is None or kind.value != "课堂实录":
        return
    parts = _PARTS.split(stem[stem.rfind(kind.words) + len(kind.words) :])
    for part, following in pairwise(parts):
        if is_name(part) and dates(following):
            yield Reading("author", part, "name", PLACED, part)


def _read_terms(text: str, kind: OriginKind, sure: float, *, secondary: bool) -> Iterator[Reading]:
    paper = kind_in(text)
    if paper:
        yield Reading("kind", paper.value, kind, sure, paper.words)
    for grade in grades(text, secondary=secondary):
        yield Reading("grade", grade.grade, kind, sure, grade.words)
        if grade.volume:
            yield Reading("volume", grade.volume, kind, sure, grade.words)
    for field, found in (
        ("volume", volumes(text)),
        ("subject", subjects(text)),
        ("edition", editions(text)),
        ("unit", units(text)),
        ("stage", stages(text)),
    ):
        yield from (Reading(field, value, kind, sure, words) for value, words in found)
    yield from (Reading("layer", word, kind, sure, word) for word in _LAYER.findall(text))


def _read_folder(folder: str) -> Iterator[Reading]:
    for value, words in schools(folder):
        if words == folder:
            yield Reading("school", value, "folder", FOLDER, words)
    scope = _SCOPE_FOLDER.fullmatch(folder)
    if scope:
        yield Reading("scope", scope.lastgroup or "", "folder", FOLDER, folder)
