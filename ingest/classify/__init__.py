"""Say what a document is, and for each field where that was read and how sure it is; what is unsure stays unknown."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from ingest.classify.consent import consent_stated, read_consent
from ingest.classify.content import OF_REAL_CLASSES, read_grade, read_kind
from ingest.classify.form import head_of, read_author, read_head, recorder_schools
from ingest.classify.manifest import FIELD_COLUMNS, Manifests, row_metadata
from ingest.classify.name import read_author_of_name, read_folders, read_name
from ingest.classify.reading import LONGEST_WORDS, Reading, settle
from ingest.classify.subject import narrowed_science, read_subject
from ingest.classify.topic import read_topic
from ingest.document import Element, Metadata, Origin
from ingest.labels import PRIMARY, stage_of
from ingest.normalise import clean
from ingest.partition.headings import is_section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ingest.classify.form import Head

__all__ = ["FIELDS", "Manifests", "classify", "unknown_fields"]

# What a curator wants known of every document.
FIELDS: tuple[str, ...] = (
    "kind", "stage", "grade", "subject", "edition", "volume", "unit", "topic", "periods", "layer", "school", "author", "date",
)  # fmt: skip
FOLDERS_UP = 4
LONGEST_TITLE = 60
MOST_CHARACTERS = 100_000
DERIVED = 0.9  # what follows from another field is this much as sure as that
_SECONDARY = re.compile(r"(?:中学|初中|高中)(?!附属小学|附小)")
# Where primary school has five years, a sixth grade is in either.
_FIVE_FOUR = re.compile(r"五[·・]?四(?:学?制|[）)])|鲁教版")
_NUMBERED = re.compile(r"[一二三四五六七八九十]{1,3}[、．.]|[（(]|第.{1,3}[部环]|\d{1,2}[.、．]\s?\D{0,6}$")
_SPACED = re.compile(r"[\u4e00-\u9fff](?: [\u4e00-\u9fff]){2,}")
_STAGE_OF_SCHOOL = re.compile(r"(?P<小学>小学)$|(?P<初中>初级中学|初中)$|(?P<高中>高级中学|高中)$")
# The three layers of a school's resources: recorded lessons, adapted courseware and tiered exercises, the school's own.
_LAYER_OF_KIND = {"课堂实录": "基础层", "课件": "拓展层", "习题": "拓展层"}
_OWN = "定制层"

Readings = dict[str, list[Reading]]


def classify(
    path: Path, elements: Sequence[Element], row: Mapping[str, str] | None
) -> tuple[Metadata, dict[str, Origin]]:
    """Return the metadata of a file, and where each known field of it was read.

    Trusted in this order: the manifest, the name and what the document says at its head, the folders and what the
    content tells. Places of like trust that contradict each other leave a field unknown.

    Args:
        path: where it lies; its name and the four folders above it are read.
        elements: its content.
        row: its row in a manifest (`Manifests.row_for`), which wins where it says something.

    """
    stem = clean(path.stem)
    folders = [clean(part) for part in reversed(path.parent.parts[-FOLDERS_UP:])]
    head, text = head_of(elements), _text_of(elements)
    secondary = bool(_SECONDARY.search(" ".join((stem, *folders, head.text))))
    found: Readings = defaultdict(list)
    _add(found, _of_manifest(row or {}))
    _add(found, read_name(stem, secondary=secondary))
    _add(found, read_folders(folders, secondary=secondary))
    _add(found, read_head(head, secondary=secondary))
    _add(found, read_kind(elements, head, text, path.suffix.lower()))

    kind = settle(_without_vetoed(found["kind"]))
    if kind is not None and kind.value in OF_REAL_CLASSES:
        _add(found, read_grade(text, secondary=secondary))
    settled = {"kind": kind, "title": _title(path, elements)}
    _add(found, _of_people(stem, head, minutes=kind is not None and kind.value == "教研记录"))
    for field in ("edition", "volume", "unit", "periods", "school", "author", "date", "licence", "note", "scope"):
        settled[field] = settle(found[field])
    settled["grade"], settled["stage"] = _grade_and_stage(found, settled["school"])
    if settled["grade"] and settled["grade"].value == PRIMARY and _FIVE_FOUR.search(f"{stem} {head.text}"):
        settled["stage"] = settle([reading for reading in found["stage"] if reading.kind == "manifest"])
    settled["subject"] = _subject(found, text, settled)
    settled["topic"] = settle(found["topic"]) or read_topic(stem, str(kind.value) if kind else "", head)
    settled["layer"] = settle(found["layer"]) or _layer(kind, settled["school"])
    refused = row is not None and row.get("同意", "") and not consent_stated(row["同意"])
    settled["consent"] = None if refused else settle(found["consent"]) or read_consent(elements)
    return _metadata(settled)


def unknown_fields(metadata: Metadata) -> tuple[str, ...]:
    """Return which of `FIELDS` are unknown; one that cannot apply, the grade of a whole school's plan, counts as unknown."""
    return tuple(name for name in FIELDS if getattr(metadata, name) in {"", None})


def _metadata(settled: Mapping[str, Reading | None]) -> tuple[Metadata, dict[str, Origin]]:
    known = {field: reading for field, reading in settled.items() if reading is not None}
    values: dict[str, Any] = {field: reading.value for field, reading in known.items()}
    origins = {
        field: Origin(reading.kind, reading.confidence, " ".join(reading.words.split())[:LONGEST_WORDS])
        for field, reading in known.items()
    }
    return replace(Metadata(), **values), origins


def _add(found: Readings, readings: Iterable[Reading]) -> None:
    for reading in readings:
        found[reading.field].append(reading)


def _text_of(elements: Sequence[Element]) -> str:
    lines: list[str] = []
    length = 0
    for element in elements:
        lines.append(clean(element.text[:MOST_CHARACTERS]))
        length += len(lines[-1])
        if length > MOST_CHARACTERS:
            break
    return "\n".join(lines)[:MOST_CHARACTERS]


def _of_manifest(row: Mapping[str, str]) -> Iterable[Reading]:
    said = row_metadata(row)
    for field in fields(said):
        value = getattr(said, field.name)
        column = FIELD_COLUMNS.get(field.name, "")
        if value not in {"", None} and row.get(column):
            yield Reading(field.name, value, "manifest", 1.0, f"{column}：{row[column]}")


def _without_vetoed(readings: Sequence[Reading]) -> list[Reading]:
    """Drop what a name vetoes that is near a kind and is not it (说课稿), or a title what folder and content tell."""
    vetoed: set[str] = set()
    if any(not reading.value and reading.kind == "name" for reading in readings):
        vetoed = {"name", "heading", "folder", "content"}
    elif any(not reading.value and reading.kind == "heading" for reading in readings):
        vetoed = {"folder", "content"}
    return [reading for reading in readings if reading.value and reading.kind not in vetoed]


def _of_people(stem: str, head: Head, *, minutes: bool) -> Iterable[Reading]:
    yield from read_author(head, minutes=minutes)
    if minutes or head.is_observation:
        yield from recorder_schools(head)
    else:
        yield from read_author_of_name(stem)


def _grade_and_stage(found: Readings, school: Reading | None) -> tuple[Reading | None, Reading | None]:
    """Return both, or neither where what states the stage contradicts the grade and neither is in the manifest."""
    grade, stage = settle(found["grade"]), settle(found["stage"])
    if grade is None:
        return None, stage or _stage_of_school(school)
    implied = replace(grade, field="stage", value=stage_of(int(grade.value)))
    if stage is None or stage.value == implied.value or stage.kind in {"folder", "content"}:
        return grade, implied
    if stage.kind == "manifest" or grade.kind == "manifest":
        return (None, stage) if stage.kind == "manifest" and grade.kind != "manifest" else (grade, stage)
    return None, None


def _stage_of_school(school: Reading | None) -> Reading | None:
    match = _STAGE_OF_SCHOOL.search(str(school.value)) if school else None
    if school is None or match is None:
        return None
    return replace(school, field="stage", value=match.lastgroup or "", confidence=round(DERIVED * school.confidence, 2))


def _subject(found: Readings, text: str, settled: Mapping[str, Reading | None]) -> Reading | None:
    grade, stage, edition = (
        "" if reading is None else reading.value for reading in map(settled.get, ("grade", "stage", "edition"))
    )
    readings = narrowed_science(found["subject"], stage=str(stage), edition=str(edition))
    if stage or settled["kind"]:  # a text that is no school's paper has a topic, not a subject
        readings += read_subject(text, grade=int(grade) if grade else None, stage=str(stage), edition=str(edition))
    return settle(readings)


def _layer(kind: Reading | None, school: Reading | None) -> Reading | None:
    """Return the layer a kind belongs to by definition; what is left is the school's own where a school is named."""
    if kind is None:
        return None
    layer = _LAYER_OF_KIND.get(str(kind.value), _OWN if school else "")
    return replace(kind, field="layer", value=layer, confidence=round(DERIVED * kind.confidence, 2)) if layer else None


def _title(path: Path, elements: Sequence[Element]) -> Reading:
    """Return the first topmost heading, unless it is only a section's; else the name with spaces for underscores.

    A name of nothing but blanks is shown with its suffix: something must stand where a title stands.
    """
    for element in elements:
        text = " ".join(clean(element.text[:MOST_CHARACTERS]).split())
        if element.kind == "heading" and element.level == 1 and text:
            if is_section(text) or _NUMBERED.match(text) or len(text) > LONGEST_TITLE:
                break
            title = text.replace(" ", "") if _SPACED.fullmatch(text) else text
            return Reading("title", title, "heading", 0.9, text)
    name = " ".join(re.sub(r"[_＿]+", " ", clean(path.stem)).split())
    return Reading("title", name or clean(path.name), "name", 0.9, clean(path.name))
