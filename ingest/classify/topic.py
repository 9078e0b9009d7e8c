"""Read the topic of a lesson: what the document calls it, and what is left of its name when all else is taken away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.classify.form import is_name
from ingest.classify.reading import Reading, fold
from ingest.classify.terms import dates, editions, grades, kind_in, periods, schools, units, volumes
from ingest.labels import FORM_LABELS, SUBJECT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.classify.form import Head

# How sure: in 《》, by its label, left of the name and found in the head too, left of the name where there is no head.
QUOTED, LABELLED, LEFT, ALONE = 0.9, 0.85, 0.8, 0.7
LONGEST = 40
_LESSON_KINDS = frozenset({"教案", "课件", "习题", "课堂实录"})
_QUOTED = re.compile(r"《([^《》]{1,40})》")
# 「（一）」 is part of a topic, 「（公式推导）」 an addition.
_ADDED = re.compile(r"[（(](?![一二三四五六七八九十\d]{1,2}[）)])[^（）()]*(?:[）)]|$)")
_EXPLAINED = re.compile(r"——.*|(?<=[^探究实验新授复习]{2})[：:].*")
_ONLY_QUOTED = re.compile(r"(?:《[^《》]+》[、，]?)+")
_LESSON_TYPE = re.compile(r".{0,4}课|探究|实验|.{0,4}设计|分层|综合")
_COUNTED = re.compile(r"第.{1,3}[课节]|\d+题?|[A-Z]")
_LEADING = re.compile(
    r"^\d{1,2}(?=[\u4e00-\u9fff])(?![的个加减乘除以和与倍])|^(?:探究|实验|复习)[：:]|^(?:Unit|Module)\s?\d{1,2}\s*",
    re.IGNORECASE,
)
_HAN_ONLY = re.compile(r"[\u4e00-\u9fff]+")
_NO_TOPIC = re.compile(r"课程标准|教科书|教学用书|[^《》]单$|[表册]$")


def read_topic(stem: str, kind: str, head: Head) -> Reading | None:
    """Return the topic that a file's name and its head agree on; None when they say different things or nothing.

    What is left of a name is its topic only where the head has the same words, or where there is no head to ask.
    """
    stated = list(_stated(head))
    if any(not _related(reading, stated[0]) for reading in stated[1:]):
        return None
    quoted = [Reading("topic", found[1], "name", QUOTED, found[0]) for found in _QUOTED.finditer(stem)][:1]
    left = _left_of_name(stem) if kind in _LESSON_KINDS and not quoted else []
    if quoted:
        named: list[Reading] = quoted
    elif confirmed := _confirmed(left, head):
        named = [Reading("topic", confirmed, "name", LEFT, confirmed)]
    elif len(left) == 1 and not head.text.strip():
        named = [Reading("topic", left[0], "name", ALONE, left[0])]
    else:
        named = []
    if not named:
        fits = not left or any(
            _related(Reading("topic", part, "name", LEFT, part), stated[0]) for part in left if stated
        )
        return stated[0] if stated and fits else None
    if stated and quoted and not _related(quoted[0], stated[0]):
        return None
    return named[0]


def _stated(head: Head) -> Iterator[Reading]:
    """Yield the topic of a labelled field, then the one the title has in 《》 beside nothing but known words."""
    for label, value in head.fields:
        if "topic" not in FORM_LABELS[label]:
            continue
        words = f"{label}：{value}"
        plain = _ADDED.sub("", value)
        quoted = _QUOTED.findall(plain)
        bare = _EXPLAINED.sub("", _LEADING.sub("", plain)).strip(" \u3000，,")
        if len(quoted) == 1 and (label == "课例" or grades(plain) or editions(plain)):
            yield Reading("topic", quoted[0], "heading", LABELLED, words)
        elif _ONLY_QUOTED.fullmatch(bare):
            yield Reading("topic", "、".join(quoted), "heading", LABELLED, words)
        elif fold(bare) and len(bare) <= LONGEST:
            yield Reading("topic", bare, "heading", LABELLED, words)
    quoted = [title for title in _QUOTED.findall(head.title) if not _NO_TOPIC.search(title)]
    if len(quoted) == 1 and _is_accounted_whole(_QUOTED.sub(" ", head.title)):
        yield Reading("topic", quoted[0], "heading", LABELLED, head.title)


def _is_accounted_whole(text: str) -> bool:
    """Tell whether nothing but a grade, a unit, a kind and the like is in a text."""
    for find in (editions, units, periods, volumes, schools):
        for _, words in find(text):
            text = text.replace(words, " ")
    for grade in grades(text):
        text = text.replace(grade.words, " ")
    kind = kind_in(text)
    text = text.replace(kind.words, " ") if kind else text
    return all(_LESSON_TYPE.fullmatch(part) or _COUNTED.fullmatch(part) for part in re.split(r"[\W_]+", text) if part)


def _left_of_name(stem: str) -> list[str]:
    """Return the parts between the one that names the grade and the one that names the kind, known words taken away."""
    separated = re.search("[_＿]", stem)
    parts = [part.strip() for part in re.split(r"[_＿]+" if separated else r"[ \u3000]+", stem) if part.strip()]
    if not parts or not grades(parts[0]):
        return []
    ends = [index for index, part in enumerate(parts) if kind_in(part)]
    between = _words_joined(parts[1 : ends[0] if ends else len(parts)])
    left = [_LEADING.sub("", part) for part in between if not _is_accounted(part)]
    # Spaces also stand within a topic, above all an English one.
    return left if separated or (len(left) == 1 and _HAN_ONLY.fullmatch(left[0])) else []


def _words_joined(parts: list[str]) -> list[str]:
    """Join words of English that stand apart: What, would, you, like."""
    joined: list[str] = []
    for part in parts:
        if joined and part.isascii() and joined[-1].isascii() and not part.isdecimal():
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def _is_accounted(part: str) -> bool:
    if part in SUBJECT_NAMES or _LESSON_TYPE.fullmatch(part) or _COUNTED.fullmatch(part) or is_name(part):
        return True
    return any(find(part) for find in (grades, volumes, units, periods, dates, schools, editions))


def _confirmed(parts: list[str], head: Head) -> str:
    """Return the parts that stand in the title or in a field for the topic; what is in brackets there is an addition."""
    said = [head.title, *(value for label, value in head.fields if "topic" in FORM_LABELS[label])]
    for text in (fold("，".join(_ADDED.sub("", value) for value in said)), fold("，".join(said))):
        found = [part for part in parts if fold(part) in text]
        if found:
            return " ".join(found)
    return ""


def _related(one: Reading, other: Reading) -> bool:
    first, second = fold(one.value), fold(other.value)
    return first in second or second in first
