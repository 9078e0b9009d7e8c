"""Find a school's terms in a line of text: grades, units, periods, dates, subjects, editions, schools, kinds.

Each function returns what it found in order, every value with the words it was read from; more than one value means
that the line does not tell which.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.labels import (
    ABOUT_STANDARDS,
    AFTER_SUBJECT,
    ANOTHER_THING,
    BEFORE_SUBJECT,
    EDITION_NAMES,
    JUNIOR,
    KIND_WORDS,
    OTHER_PAPERS,
    PLAIN_WORDS,
    PRIMARY,
    SUBJECT_NAMES,
    chinese_number,
    number_in_chinese,
)


class Found(NamedTuple):
    """A value and the words it was read from."""

    value: str
    words: str


class FoundGrade(NamedTuple):
    """A grade 1 … 12, the side of its year when the same words tell it (上册, 下册 or empty), and the words."""

    grade: int
    volume: str
    words: str


_ONE = "[一二三四五六七八九1-9]"
_NUMERAL = r"(?:[一二三四五六七八九十]{1,3}|\d{1,2})"
# 三至六年级 is no grade, 2013年 no third year, 第三 no grade.
_FREE = r"(?<![至到—~～\-－–/／、.．第0-9０-９一二三四五六七八九十])"
# 三下 only where a word may begin: not in 想一下.
_BREAK = r"(?:^|(?<=[版本册学文语理史治术乐技]|[\W_A-Za-z]))"
_SIDE = (
    r"(?P<side>[上下])(?:册|学期|半学期|半年)?(?![午一面次网学来去雨楼班完子儿，。！？,])(?!课(?!件|文|标|时(?!间)))"
)
_GRADE = re.compile(
    rf"(?P<level>小学|初中|高中)(?P<nth>[一二三四五六])年级"
    rf"|(?<![最当提年月])(?P<school>[初高])(?P<year>[一二三])(?:年级)?(?!中|点|些|等|次|步|期|部|级)"
    rf"|{_FREE}(?P<grade>{_ONE})年级(?![段组]?[至到—~～\-－–])"
    rf"|{_BREAK}{_FREE}(?P<term>{_ONE})(?:年级|年)?{_SIDE}"
)
_CLASS = re.compile(
    rf"(?<![第0-9一二三四五六七八九十初高])({_ONE})"
    r"(?:(?:年级|年)?\s?[（(]\s?\d{1,2}\s?[）)]|(?:年级|年)\s?(?:\d{1,2}|[一二三四五六七八九十]{1,2})|(?<=[一二三四五六七八九])\s?\d{1,2})\s?班"
)
_BEFORE_LEVEL = {"小学": 0, "初": PRIMARY, "初中": PRIMARY, "高": JUNIOR, "高中": JUNIOR}
_VOLUME = re.compile(r"[上下]册|全一册")
_TERM = re.compile(r"第[一二]学期|[上下]学期")
_UNIT = re.compile(rf"第\s?({_NUMERAL}(?:[、和与]{_NUMERAL})*)\s?(单元|章)")
_ENGLISH_UNIT = re.compile(r"(?<![A-Za-z])(Unit|Module)\s?(\d{1,2})(?!\d|\s?[-—–~～至&和]\s?\d)", re.IGNORECASE)
_NTH_PERIOD = re.compile(rf"第\s?({_NUMERAL})\s?课时")
_PERIODS = re.compile(r"(?<![第\d一二三四五六七八九十])([一二两三四五六七八九十]|\d{1,2})\s?课时")
_NTH_LESSON = re.compile(rf"第\s?{_NUMERAL}\s?课(?!时)")
_BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
_COMPACT_DATE = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[-./年]\s?(\d{1,2})(?!\d)(?:\s?[-./月]\s?(\d{1,2})(?!\d)日?)?")
_SCHOOL = re.compile(r"[\u4e00-\u9fff]{2,16}?(?:实验小学|中心小学|初级中学|高级中学|小学|中学|学校)(?!生)")
_NO_SCHOOL = re.compile(r"[版册组各所从在我的该每以据说]|[年班]级|大学校|学期|单元|本校|全国|其他|兄弟|联盟")
_SUBJECT = re.compile("|".join(sorted(SUBJECT_NAMES, key=len, reverse=True)))
_NO_SUBJECT = re.compile("[强深优消转变净文简内同异量]化学|化学[习生校]")  # 强化学习 is not chemistry
_BEFORE_SUBJECT = re.compile(f"(?:{BEFORE_SUBJECT})$")
_AFTER_SUBJECT = re.compile(rf"$|[^\u4e00-\u9fff]|{AFTER_SUBJECT}")
_STAGE = re.compile(r"(?<![大中升])(?P<小学>小学)(?!生)|(?P<初中>初中)|(?P<高中>高中|(?:选择性)?必修)")
_EDITION = re.compile(
    "|".join(sorted(EDITION_NAMES, key=len, reverse=True)).replace("|PEP", r"|(?<![A-Za-z])PEP(?![A-Za-z])")
)
_YEAR_OF_EDITION = re.compile(r"\s?[（(]\s?(?:19|20)\d\d[^（）()]{0,8}[）)]")
_KIND_OF: tuple[tuple[str, str], ...] = tuple(
    sorted(
        [(word, kind) for kind, words in KIND_WORDS.items() for word in words] + [(word, "") for word in OTHER_PAPERS],
        key=lambda pair: -len(pair[0]),
    )
)
_KIND = re.compile("|".join(f"({word})" for word, _ in _KIND_OF))
_ABOUT_STANDARDS = re.compile(ABOUT_STANDARDS)
_ANOTHER_THING = re.compile(ANOTHER_THING)
_LESSON = re.compile("课(?!件)")
_JOINED = re.compile(r"\s?[和与及、+＋&/]\s?")
_TITLES = re.compile(r"《[^《》]*》")


def grades(text: str, *, secondary: bool = False) -> list[FoundGrade]:
    """Return the grades a line names; 三（2）班 counts as the third grade, unless the school is a `secondary` one."""
    found = []
    for match in _GRADE.finditer(text):
        level = match["level"] or match["school"]
        number = chinese_number(match["nth"] or match["year"] or match["grade"] or match["term"]) or 0
        side = match["side"]
        found.append(FoundGrade(_BEFORE_LEVEL.get(level, 0) + number, f"{side}册" if side else "", match[0]))
    for match in _CLASS.finditer(text):
        number = chinese_number(match[1]) or 0
        if number > 3 or not secondary:  # a secondary school may call its own first three years so
            found.append(FoundGrade(number, "", match[0]))
    return found


def volumes(text: str) -> list[Found]:
    """Return 上册, 下册 or 全一册 where they are written out."""
    return [Found(match[0], match[0]) for match in _VOLUME.finditer(text)]


def terms(text: str) -> list[Found]:
    """Return the volume that belongs to a school term: 上册 for the first, 下册 for the second."""
    return [
        Found("上册" if match[0][0] == "上" or "一" in match[0] else "下册", match[0]) for match in _TERM.finditer(text)
    ]


def units(text: str) -> list[Found]:
    """Return units as 第五单元, 第二章 or 第一章、第二章; a larger part hides the smaller ones in it."""
    found = [
        (match[2], Found("、".join(f"第{number_in_chinese(n)}{match[2]}" for n in numbers), match[0]))
        for match in _UNIT.finditer(text)
        if (numbers := _numbers(match[1]))
    ]
    found += [
        (match[1].capitalize(), Found(f"第{number_in_chinese(int(match[2]))}单元", match[0]))
        for match in _ENGLISH_UNIT.finditer(text)
        if int(match[2])
    ]
    words = {word for word, _ in found}
    hidden = ({"章"} if "单元" in words else set()) | ({"Unit"} if "Module" in words else set())
    return [unit for word, unit in found if word not in hidden]


def periods(text: str) -> list[Found]:
    """Return 第4课时 for one period of a unit, 2课时 for a plan of two; what stands in brackets is an addition."""
    plain = _BRACKETED.sub("", text)
    nth = {f"第{chinese_number(match[1])}课时": match[0] for match in _NTH_PERIOD.finditer(plain)}
    if not nth and "课时" not in plain:
        nth = {f"第{chinese_number(match[1])}课时": match[0] for match in _NTH_PERIOD.finditer(text)}
    if nth:
        return [Found(value, words) for value, words in nth.items()]
    if _NTH_LESSON.search(plain):  # 「第2课（1课时）」: which of the unit's periods, it does not say
        return []
    counts = {match[1].replace("两", "二"): match[0] for match in _PERIODS.finditer(plain)}
    return [Found(f"{chinese_number(number)}课时", words) for number, words in counts.items()]


def dates(text: str) -> list[Found]:
    """Return dates as 2025-04-16, or 2025-04 when there is no day."""
    found = [Found("-".join(match.groups()), match[0]) for match in _COMPACT_DATE.finditer(text)]
    for match in _DATE.finditer(text):
        month, day = int(match[2]), int(match[3] or 1)
        if 1 <= month <= 12 and 1 <= day <= 31:
            found.append(Found(f"{match[1]}-{month:02d}" + (f"-{day:02d}" if match[3] else ""), match[0]))
    return found


def iso_date(text: str) -> str:
    """Return the first date of a text as 2025-04-16, or 2025-04 when there is no day; empty when there is none."""
    found = dates(text)
    return found[0].value if found else ""


def subjects(text: str) -> list[Found]:
    """Return the subjects a line names, outside of 《titles》 and not as plain words (生物的进化)."""
    plain = _NO_SUBJECT.sub("，", _TITLES.sub("，", text))
    return [Found(SUBJECT_NAMES[match[0]], match[0]) for match in _SUBJECT.finditer(plain) if _stands_as_subject(match)]


def stages(text: str) -> list[Found]:
    """Return 小学, 初中 and 高中 where a line names them; 必修 is 高中."""
    return [Found(match.lastgroup or "", match[0]) for match in _STAGE.finditer(text)]


def editions(text: str) -> list[Found]:
    """Return textbook editions, each by the one name used for it; 「人教版（2024）」 is 人教版."""
    plain = _YEAR_OF_EDITION.sub("", text)
    return [Found(EDITION_NAMES[match[0]], match[0]) for match in _EDITION.finditer(plain)]


def schools(text: str) -> list[Found]:
    """Return the names of schools."""
    return [Found(match[0], match[0]) for match in _SCHOOL.finditer(text) if not _NO_SCHOOL.search(match[0])]


def kind_in(text: str) -> Found | None:
    """Return the kind a name or title ends with; an empty kind when it names another thing, None when it names nothing.

    Words outside of 《titles》 count first: 「《练习》教案」 is a lesson plan. 练习课 names a lesson, not a paper.
    """
    matches = _kinds(_TITLES.sub("，", text)) or _kinds(text)
    if not matches:
        return None
    (kind, last), before = matches[-1], matches[:-1]
    if _ANOTHER_THING.match(last.string, last.end()) or (kind == "课标" and _ABOUT_STANDARDS.search(text)):
        kind = ""
    if before and before[-1][0] != kind and _JOINED.fullmatch(last.string, before[-1][1].end(), last.start()):
        kind = ""
    return Found(kind, last[0])


def _stands_as_subject(match: re.Match[str]) -> bool:
    if match[0] not in PLAIN_WORDS or _AFTER_SUBJECT.match(match.string, match.end()):
        return True
    return _BEFORE_SUBJECT.search(match.string[: match.start()]) is not None


def _kinds(text: str) -> list[tuple[str, re.Match[str]]]:
    found = [(_KIND_OF[(match.lastindex or 1) - 1][1], match) for match in _KIND.finditer(text)]
    return [(kind, match) for kind, match in found if not _LESSON.match(text, match.end())]


def _numbers(text: str) -> list[int]:
    """Return the numbers of 五, 12, 一、二 and 一二 (two that follow each other); nothing when it is no number."""
    found: list[int] = []
    for part in re.split("[、和与]", text):
        value = chinese_number(part)
        singles = [chinese_number(digit) or 0 for digit in part] if value is None else [value]
        if value is None and singles != list(range(singles[0], singles[0] + len(singles))):
            return []
        found += singles
    return [value for value in found if value] if all(found) else []
