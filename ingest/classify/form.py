"""Read what a document says of itself at its head: title, labelled fields (课题：…), and the line of school and author."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.classify.reading import Reading
from ingest.classify.terms import dates, editions, grades, kind_in, periods, schools, stages, subjects, units, volumes
from ingest.labels import FORM_LABELS, NO_NAMES, STAGES, SURNAMES
from ingest.normalise import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.classify.terms import Found
    from ingest.document import Element

# How sure: a labelled field, the title, a short line, a name in such a line.
LABELLED, TITLE, LINE, SIGNED = 0.9, 0.85, 0.8, 0.75
MOST_ELEMENTS = 12
MOST_ROWS = 2000
LONGEST_ELEMENT = 4000
LONGEST_LINE = 80
LONGEST_FIELD = 400
LONGEST_VALUE = 120
LONGEST_PIECE = 12
# 「年级：三」: a bare number and what its label makes of it.
_BARE = re.compile(r"[一二三四五六七八九十]{1,3}|\d{1,2}|[上下]")
_WHOLE = {"年级": "{}年级", "单元": "第{}单元", "册次": "{}册", "册别": "{}册"}
OBSERVERS = frozenset({"听课人", "听课教师"})
_LABEL = re.compile(
    r"(?<![\u4e00-\u9fff])(?P<first>{names})(?:\s?[/／、]\s?(?P<second>{names}))?\s?[：:]".format(
        names="|".join(r"\s?".join(label) for label in sorted(FORM_LABELS, key=len, reverse=True))
    )
)
_VALUE_END = re.compile(r"[ \u3000]{2,}|[；;。]")
_WIDE = re.compile(r"[ \u3000]{2,}")
_SENTENCE = re.compile(r"[。；｜]")  # ｜ joins the cells of a row of data
_SPACED_OUT = re.compile(r"[\u4e00-\u9fff](?:[ \u3000][\u4e00-\u9fff]){2,}")  # 「听 课 记 录」
_EXERCISE = re.compile(r"[（(]?\d{1,3}\s?[.．、)）]|[A-D]\s?[.．、]")
_GAPS = re.compile(r"[\s|，,·—－:：；;]+")
_SPACED_NAME = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ \u3000]([\u4e00-\u9fff])(?![\u4e00-\u9fff])")
_NAME = re.compile(r"(?!.(?:老师|主任|校长|组长))[\u4e00-\u9fff]{2,3}")
_NAME_FIRST = re.compile(r"([\u4e00-\u9fff]{2,3})(?:老师)?(?=$|[\s（(，,、／/\d])(?P<rest>.*)", re.DOTALL)
_ANOTHER_NAME = re.compile(r"[\s、，,／/]+[\u4e00-\u9fff]{2,3}(?=$|[\s、，,／/])")
_IN_BRACKETS = re.compile(r"[（(]([^（）()]*)[）)]")
_OVERVIEW = re.compile(r"基本信息|基本情况|概况|课程信息")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a document: its title if it has one, its short lines, and its labelled fields as (label, value)."""

    title: str
    lines: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]

    @property
    def is_observation(self) -> bool:
        """Tell whether it is the head of notes on another one's lesson."""
        return any(label in OBSERVERS for label, _ in self.fields)

    @property
    def text(self) -> str:
        """Return all of it, a line each."""
        return "\n".join((self.title, *self.lines, *(value for _, value in self.fields)))


def head_of(elements: Sequence[Element]) -> Head:
    """Return what stands before the first section: it ends at the second heading, the first turn or exercise.

    Of a workbook it is the lines beside its rows.
    """
    if any(element.locator.sheet is not None for element in elements):
        return _beside_the_rows(elements)
    title = ""
    lines: list[str] = []
    fields: list[tuple[str, str]] = []
    for index, element in enumerate(_before_first_section(elements)):
        text = clean(element.text[:LONGEST_ELEMENT])
        if element.kind == "heading":
            title = title or ("".join(text.split()) if _SPACED_OUT.fullmatch(text) else " ".join(text.split("\n")))
        elif element.kind == "table":
            fields += _table_fields(text)
        else:
            fields += _line_fields(text)
            lines += [rest for line in text.split("\n") if (rest := _unlabelled(line))]
            if index == 0 and not title and lines:
                title = lines.pop(0)
    return Head(title, tuple(lines), tuple(fields))


def read_head(head: Head, *, secondary: bool) -> Iterator[Reading]:
    """Yield the readings of a head; `secondary` says that its school counts 一 … 三 as years of its own."""
    kind = kind_in(head.title) or next(filter(None, map(_kind_ending, head.lines)), None)
    if kind:
        yield Reading("kind", kind.value, "heading", TITLE, kind.words)
    for found in subjects(head.title):
        yield Reading("subject", found.value, "heading", TITLE, found.words)
    for field, found_all in (("periods", periods(head.title)), ("stage", stages(head.title))):
        yield from (Reading(field, value, "heading", TITLE, words) for value, words in found_all)
    for text, sure in ((head.title, TITLE), *((line, LINE) for line in head.lines)):
        yield from _read_terms(text, sure, ("edition", "grade", "volume", "unit", "school"), secondary=secondary)
    for line in head.lines:
        yield from _read_terms(line, LINE, ("date", "periods", "subject"), secondary=secondary)
    for label, value in head.fields:
        wanted = tuple(field for field in FORM_LABELS[label] if field != "school" or not head.is_observation)
        whole = _WHOLE.get(label, "{}").format(value) if _BARE.fullmatch(value) else value
        if label == "年级" and whole != value and secondary:  # 三 may be the school's own third year
            continue
        yield from _read_terms(whole, LABELLED, wanted, secondary=secondary, words=f"{label}：{value}")
        if "stage" in wanted and value in STAGES:
            yield Reading("stage", value, "heading", LABELLED, f"{label}：{value}")


def read_author(head: Head, *, minutes: bool) -> Iterator[Reading]:
    """Yield who made the document: of minutes who wrote them down, of others who taught or wrote; one name or none."""
    minutes = minutes or head.is_observation
    wanted = "recorder" if minutes else "author"
    for label, value in head.fields:
        if wanted in FORM_LABELS[label] or (minutes and label in {"执笔", "执笔人"}):
            for name in _one_name(value):
                yield Reading("author", name, "heading", LABELLED, f"{label}：{value}")
    if not minutes:
        names = [(name, line) for line in head.lines for name in _signed(line) if name not in head.title]
        if len({name for name, _ in names}) == 1:
            yield Reading("author", names[0][0], "heading", SIGNED, names[0][1])


def recorder_schools(head: Head) -> Iterator[Reading]:
    """Yield the school of who wrote the minutes: 「记录：韩梅（柳湾镇中心小学教导处）」."""
    for label, value in head.fields:
        if "recorder" in FORM_LABELS[label]:
            for bracket in _IN_BRACKETS.findall(value):
                for found in schools(bracket):
                    yield Reading("school", found.value, "heading", LINE, f"{label}：{value}")


def is_name(text: str) -> bool:
    """Tell whether a word of two or three characters looks like a person's name."""
    return _NAME.fullmatch(text) is not None and text[0] in SURNAMES and text not in NO_NAMES


def _kind_ending(line: str) -> Found | None:
    """Return the kind that a piece of a line ends with, 「校内公开课教案（修改稿）」."""
    for piece in _GAPS.split(_IN_BRACKETS.sub("", line)):
        kind = kind_in(piece) if len(piece) <= LONGEST_PIECE else None
        if kind and piece.endswith(kind.words):
            return kind
    return None


def _read_terms(
    text: str, sure: float, wanted: Iterable[str], *, secondary: bool, words: str = ""
) -> Iterator[Reading]:
    finders = {
        "edition": editions, "volume": volumes, "unit": units, "date": dates, "periods": periods, "subject": subjects,
    }  # fmt: skip
    for field in wanted:
        if field == "school":  # 「以县实验小学的教案为底稿」 names another one's
            found_schools = [
                found for piece in _GAPS.split(text) for found in schools(piece) if piece.startswith(found.words)
            ]
            yield from (Reading(field, value, "heading", sure, words or name) for value, name in found_schools[:1])
        elif field in finders:
            for found in finders[field](text)[: 1 if field == "date" else None]:
                yield Reading(field, found.value, "heading", sure, words or found.words)
        elif field == "grade":
            for grade in grades(text, secondary=secondary):
                yield Reading("grade", grade.grade, "heading", sure, words or grade.words)
                if grade.volume:
                    yield Reading("volume", grade.volume, "heading", sure, words or grade.words)


def _before_first_section(elements: Sequence[Element]) -> Iterator[Element]:
    taken = 0
    for element in elements:
        if element.kind == "note":
            continue
        is_another = element.kind == "heading" and not _OVERVIEW.search(element.text)
        is_exercise = element.kind in {"text", "list"} and _EXERCISE.match(element.text.strip())
        if element.kind in {"turn", "item"} or taken == MOST_ELEMENTS or (taken and (is_another or is_exercise)):
            return
        taken += 1
        yield element


def _beside_the_rows(elements: Sequence[Element]) -> Head:
    """Return the short lines and labelled fields of a workbook that are no row of a table: its title and notes."""
    texts = [clean(element.text[:LONGEST_ELEMENT]) for element in elements[:MOST_ROWS] if element.kind != "item"]
    lines = [line for text in texts for line in text.split("\n") if " | " not in line]
    beside = [line for line in lines if not (_EXERCISE.match(line) or "｜" in line)][:MOST_ELEMENTS]
    return Head(
        "",
        tuple(rest for line in beside if (rest := _unlabelled(line))),
        tuple(field for line in beside for field in _line_fields(line)),
    )


def _table_fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield (label, value) for cells that follow a label; rows of labels only are the head of a table of data."""
    for row in text.split("\n"):
        cells = [cell.strip() for cell in row.split(" | ")]
        for cell, value in pairwise(cells):
            if value and not _labels(value) and len(value) <= LONGEST_VALUE:
                for label in _labels(cell):
                    yield label, value


def _labels(cell: str) -> list[str]:
    """Return the labels a cell is made of, 「课型 / 课时」; nothing when it is no label."""
    names = ["".join(part.split()) for part in re.split("[/／、]", cell.rstrip("：:"))]
    return names if all(name in FORM_LABELS for name in names) else []


def _line_fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield (label, value) for each 「label：value」 of a paragraph; a value ends at the next label or at a gap."""
    if len(text) > LONGEST_FIELD or "｜" in text:
        return
    for line in text.split("\n"):
        matches = list(_LABEL.finditer(line))
        for match, following in zip(matches, [*matches[1:], None], strict=False):
            rest = line[match.end() : following.start() if following else len(line)].strip()
            value = _VALUE_END.split(rest, maxsplit=1)[0].strip()
            for name in (match["first"], match["second"]):
                if name and value:
                    yield "".join(name.split()), value[:LONGEST_VALUE]


def _unlabelled(line: str) -> str:
    """Return what of a short line is no labelled field; nothing of a longer one or of more than a sentence."""
    if len(line) > LONGEST_LINE or _SENTENCE.search(line) or _IN_BRACKETS.sub("", line).count("，") > 2:
        return ""
    matches = list(_LABEL.finditer(line))
    for match, following in reversed(list(zip(matches, [*matches[1:], None], strict=False))):
        end = following.start() if following else len(line)
        gap = _WIDE.search(line, match.end() + 1, end)
        line = line[: match.start()] + line[gap.start() if gap else end :]
    return line.strip(" \u3000—－-")


def _one_name(value: str) -> list[str]:
    value = _SPACED_NAME.sub(r"\1\2", value)
    match = _NAME_FIRST.match(value)
    if match is None or not is_name(match[1]) or _ANOTHER_NAME.match(match["rest"]):
        return []
    return [match[1]]


def _signed(line: str) -> list[str]:
    """Return the names in a line that also has a school, a class or a date."""
    if not (schools(line) or dates(line) or any(grade.words.endswith("班") for grade in grades(line))):
        return []
    return [word for word in _GAPS.split(_SPACED_NAME.sub(r"\1\2", line)) if is_name(word)]
