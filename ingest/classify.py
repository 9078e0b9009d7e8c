"""Say what a document is: by its manifest row where there is one, else by its name and folders; never by guessing."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from ingest.document import Element, Metadata
from ingest.labels import EDITIONS, GRADES, KIND_WORDS, SUBJECTS, chinese_number, number_in_chinese, stage_of
from ingest.manifest import Manifests, iso_date, row_metadata
from ingest.normalise import clean
from ingest.partition.headings import is_section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Manifests", "classify"]

_NUMERAL = "[一二三四五六七八九十]|\\d{1,2}"
_ONE_GRADE = r"(?<![至到、—~～\d-])(?<![0-9一二三四五六七八九])[一二三四五六七八九1-9]"
_GRADE = re.compile(
    rf"(?P<grade>{_ONE_GRADE})(?:年级|年)?(?P<volume>[上下])(?:册|学期)?(?![午一面])"
    rf"|(?P<alone>{_ONE_GRADE})年级|(?P<junior>初[一二三])(?!中)"
)
_VOLUME = re.compile(r"([上下])册|全一册")
_UNIT = re.compile(rf"第((?:{_NUMERAL}){{1,3}})(单元|章)")
_ENGLISH_UNIT = re.compile(r"(?<![A-Za-z])(Unit|Module)\s?(\d{1,2})(?!\d|\s?[-—~～至]\s?\d)", re.IGNORECASE)
_PERIOD = re.compile(rf"第(?:{_NUMERAL}){{1,2}}课时|[一二两三四五六七八九\d]{{1,2}}课时")
_TOPIC = re.compile(r"《([^《》]{1,40})》")
_SCHOOL = re.compile(r"[\u4e00-\u9fff]{2,14}?(?:实验小学|中心小学|初级中学|小学|中学|学校)")
_COMPACT_DATE = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_NUMBERED = re.compile(r"[一二三四五六七八九十]{1,3}[、．.]|[（(]|第.{1,3}[部环]|\d{1,2}[.、．]\s?\D{0,6}$")
_PARTS = re.compile(r"[_＿\s—－·（）()【】\[\]-]+")
_LESSON_KINDS = frozenset({"教案", "课件", "习题", "课堂实录"})
_SPACED = re.compile(r"[\u4e00-\u9fff](?: [\u4e00-\u9fff]){2,}")
FOLDERS_UP = 4
LONGEST_TITLE = 60
TURNS_SHARE = 0.5


def classify(path: Path, elements: Sequence[Element], row: Mapping[str, str] | None) -> Metadata:
    """Return the metadata of a file.

    Args:
        path: where it lies; its name and the four folders above it are read.
        elements: its content, for the title and to know transcripts.
        row: its row in a manifest (`Manifests.row_for`), which wins where it says something.

    """
    found = _by_name(path, elements)
    if row is None:
        return found
    said = row_metadata(row)
    known = {field.name: value for field in fields(said) if (value := getattr(said, field.name)) not in {"", None}}
    return replace(found, **known)


def _by_name(path: Path, elements: Sequence[Element]) -> Metadata:
    stem = clean(path.stem)
    folders = [clean(part) for part in reversed(path.parent.parts[-FOLDERS_UP:])]
    names = [stem, *folders]
    grade, volume = _grade(names)
    edition = "PEP" if re.search(r"(?<![A-Za-z])PEP(?![A-Za-z])", stem) else _first(EDITIONS, names)
    period = _PERIOD.search(stem)
    school = next((match[0] for part in _PARTS.split(stem) if (match := _SCHOOL.search(part))), "")
    kind = _kind(path, names, elements)
    return Metadata(
        title=_title(stem, elements),
        kind=kind,
        stage=stage_of(grade),
        grade=grade,
        subject=_first(SUBJECTS, names),
        edition=edition,
        volume=volume,
        unit=_unit(stem),
        topic=_topic(stem, kind),
        periods=period[0] if period else "",
        school=school,
        date=_date(stem),
    )


def _title(stem: str, elements: Sequence[Element]) -> str:
    """Return the first topmost heading, unless it is only a section's; else the name with spaces for underscores."""
    for element in elements:
        text = " ".join(clean(element.text).split())
        if element.kind == "heading" and element.level == 1 and text:
            if is_section(text) or _NUMBERED.match(text) or len(text) > LONGEST_TITLE:
                break
            return text.replace(" ", "") if _SPACED.fullmatch(text) else text
    return " ".join(re.sub(r"[_＿]+", " ", stem).split())


def _kind(path: Path, names: Sequence[str], elements: Sequence[Element]) -> str:
    for name in names:
        places = [(name.rfind(word) + len(word), len(word), kind) for word, kind in KIND_WORDS if word in name]
        if places:
            return max(places)[2]
    if path.suffix.lower() == ".pptx":
        return "课件"
    spoken = sum(element.kind == "turn" and element.speaker is not None for element in elements)
    return "课堂实录" if elements and spoken >= TURNS_SHARE * len(elements) else ""


def _grade(names: Sequence[str]) -> tuple[int | None, str]:
    """Return (grade, volume) from the nearest name that tells the grade."""
    for name in names:
        match = _GRADE.search(name)
        if match is None:
            continue
        junior = match["junior"]
        grade = 6 + (chinese_number(junior[1]) or 0) if junior else chinese_number(match["grade"] or match["alone"])
        volume = _VOLUME.search(name)
        side = match["volume"] or (volume[1] if volume else None)
        return (grade if grade in GRADES else None), f"{side}册" if side else ""
    return None, ""


def _unit(stem: str) -> str:
    match = _UNIT.search(stem)
    if match:
        value = chinese_number(match[1])
        return f"第{number_in_chinese(value)}{match[2]}" if value else ""
    english = _ENGLISH_UNIT.search(stem)
    return f"{english[1].capitalize()} {int(english[2])}" if english else ""


def _topic(stem: str, kind: str) -> str:
    """Return what stands in 《》, else the one part between the grade and the kind, 「三下_面积_教案」."""
    quoted = _TOPIC.search(stem)
    if quoted:
        return quoted[1]
    parts = [part for part in re.split(r"[_＿]+", stem) if part]
    if kind not in _LESSON_KINDS or not parts or not _GRADE.search(parts[0]):
        return ""
    ends = [index for index, part in enumerate(parts) if any(word in part for word, _ in KIND_WORDS)]
    between = [part for part in parts[1 : ends[0] if ends else len(parts)] if not _is_accounted(part)]
    return between[0] if len(between) == 1 else ""


def _is_accounted(part: str) -> bool:
    known = any(edition in part for edition in EDITIONS)
    patterns = (_GRADE, _UNIT, _ENGLISH_UNIT, _PERIOD, _COMPACT_DATE, _SCHOOL)
    return known or part in SUBJECTS or any(pattern.search(part) for pattern in patterns) or part.isdecimal()


def _date(stem: str) -> str:
    compact = _COMPACT_DATE.search(stem)
    return "-".join(compact.groups()) if compact else iso_date(stem)


def _first(words: Sequence[str], names: Sequence[str]) -> str:
    return next((word for name in names for word in words if word in name), "")
