"""Read the kind and the grade of a document from how it is built, where nothing states them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ingest.classify.reading import Reading
from ingest.classify.terms import grades

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.classify.form import Head
    from ingest.document import Element

TURNS_SHARE = 0.5
ITEMS_SHARE = 0.4
FEWEST_ITEMS = 5
FEWEST_BLANKS = 8
FEWEST_ROWS = 3
FEWEST_MENTIONS = 2
# Exercises make classes up, lesson plans tell of other years.
OF_REAL_CLASSES = frozenset({"课堂实录", "教研记录", "成绩"})
_BULLET = r"^(?:[^\w\n]|[\d一二三四五六七八九十]){0,12}"  # 「一、」「【」「1. 」 before the name of a section
_SECTION = re.compile(
    rf"{_BULLET}(?:(?P<goals>(?:教学|学习|素养|育人|单元|课时)目标)|(?P<course>教学(?:过程|流程|环节|步骤))"
    r"|(?P<rest>教材分析|学情分析|课标(?:依据|要求)|(?:教学)?重[点、]?难点|教学重点|教学准备|板书设计|作业设计|教学反思|课后反思|设计意图))",
    re.MULTILINE,
)
_TALK_ABOUT_LESSON = re.compile(r"说教材|说学情|说教法|说教学|说课标")
_NUMBERED = re.compile(r"^(?:题号：)?[（(]?\d{1,3}\s?[.．、)）｜]", re.MULTILINE)
_ANSWER = re.compile(r"(?:^|｜)[【（(]?(?:参考)?答案?[】）)]?\s?[：:]|^【答案】", re.MULTILINE)
_PART_OF_ITEM = re.compile(
    r"^(?:[（(]?\d{1,3}\s?[.．、)）]|[A-DＡ-Ｄ]\s?[.．、]|[【（(]?(?:参考答案|答案|答|解析|分析|知识点|层次|难度|考点|题型|观察点|常见错|出处)[】）)]?\s?[：:])"
)
_BLANK = re.compile(r"_{2,}|＿+|[（(][ \u3000]*[）)]|□|(?:[ \u3000]{4,})")
_MINUTES = (
    frozenset({"主持", "主持人"}),
    frozenset({"记录", "记录人"}),
    frozenset({"参加", "参加人员", "出席", "列席"}),
    frozenset({"议题"}),
    frozenset({"听课人", "听课教师"}),
)
_SURVEY = re.compile(r"单选|多选|量表|(?:很|非常|比较|不太)(?:符合|同意|满意|不)|开放题|不记名|匿名|您")
_PUPIL_COLUMN = re.compile(r"(?:^|\| )(?:姓名|学生姓名|学号|考号|准考证号)(?: \||$)")
_MARK_COLUMN = re.compile(
    r"(?:\| )(?:总分|得分|成绩|分数|等级|名次|排名|第?\d{1,2}题|题\d{1,2}|语文|数学|英语)(?: \||$)"
)
_STANDARD = re.compile(
    rf"{_BULLET}(课程性质|课程理念|课程目标|课程内容|学业质量|学业要求|内容要求|教学提示|课程实施)[^\w\n]*$",
    re.MULTILINE,
)


def read_kind(elements: Sequence[Element], head: Head, text: str, suffix: str) -> Iterator[Reading]:
    """Yield the kind that a document's build tells; rules that contradict each other both speak, so nothing holds.

    `text` is the cleaned text, a line for each paragraph and each row; `suffix` is the file's, with its dot.
    """
    if suffix in {".ppt", ".pptx"}:  # slides quote all other kinds
        yield _kind("课件", 0.7, suffix)
        return
    spoken = Counter((element.speaker or "")[:1] for element in elements if element.kind == "turn")
    both = any(spoken[name] for name in "师教老T") and any(spoken[name] for name in "生学同S")
    if elements and both and spoken.total() - spoken[""] >= TURNS_SHARE * len(elements):
        yield _kind("课堂实录", 0.85, f"师生话轮{spoken.total()}个")
        return
    yield from _plan(text)
    yield from _exercises(elements, text)
    labels = {label for label, _ in head.fields}
    roles = [min(names & labels) for names in _MINUTES if names & labels]
    if len(roles) > 1:
        yield _kind("教研记录", 0.75, "、".join(roles))
    if "问卷" in text and len(found := set(_SURVEY.findall(text))) > 2:
        yield _kind("问卷", 0.75, "、".join(["问卷", *sorted(found)]))
    header = next((line for line in text.split("\n") if _PUPIL_COLUMN.search(line) and _MARK_COLUMN.search(line)), None)
    if header is not None and sum(bool(re.search(r"\| \d", line)) for line in text.split("\n")) >= FEWEST_ROWS:
        yield _kind("成绩", 0.8, header)
    parts = list(dict.fromkeys(_STANDARD.findall(text)))
    if len(parts) > 2:
        yield _kind("课标", 0.75, "、".join(parts))


def read_grade(text: str, *, secondary: bool) -> Iterator[Reading]:
    """Yield the grade of the classes a record of real classes names, 三（2）班: twice or more, and of one grade only."""
    found = [grade for grade in grades(text, secondary=secondary) if grade.words.endswith("班")]
    if len(found) >= FEWEST_MENTIONS and len({grade.grade for grade in found}) == 1:
        yield Reading("grade", found[0].grade, "content", 0.65, f"{found[0].words}等{len(found)}处")


def _plan(text: str) -> Iterator[Reading]:
    found = list(_SECTION.finditer(text))
    names = list(dict.fromkeys(match[match.lastgroup or 0] for match in found))
    groups = {match.lastgroup for match in found}
    if {"goals", "course"} <= groups and not _TALK_ABOUT_LESSON.search(text):
        yield _kind("教案", 0.85 if "rest" in groups else 0.75, "、".join(names))


def _exercises(elements: Sequence[Element], text: str) -> Iterator[Reading]:
    items = sum(element.kind == "item" for element in elements)
    bodies = sum(element.kind != "heading" for element in elements)
    if items >= FEWEST_ITEMS and items >= TURNS_SHARE * bodies:
        yield _kind("习题", 0.85, f"{items}道题")
        return
    lines = [line for line in text.split("\n") if line]
    numbered = [line for line in lines if _NUMBERED.match(line)]
    answers = len(_ANSWER.findall(text))
    share = sum(bool(_PART_OF_ITEM.match(line) or _NUMBERED.match(line)) for line in lines) / max(1, len(lines))
    if len(numbered) >= FEWEST_ITEMS and answers >= 0.5 * len(numbered) and share >= ITEMS_SHARE:
        yield _kind("习题", 0.8, f"{len(numbered)}个题号，{answers}处答案")
    elif len(numbered) >= FEWEST_BLANKS and share >= ITEMS_SHARE:
        blanks = sum(bool(_BLANK.search(line)) for line in numbered)
        if blanks >= 0.5 * len(numbered):
            yield _kind("习题", 0.7, f"{len(numbered)}个题号，{blanks}处留空")


def _kind(value: str, sure: float, words: str) -> Reading:
    return Reading("kind", value, "content", sure, words)
