"""Headings that are only typed: 「一、教学目标」「（二）新授」「【板书设计】」 in files that have no heading styles."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.chunk.item_labels import part_of
from ingest.labels import chinese_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.document import Element

_NUMERAL = "[一二三四五六七八九十百]"
_FORMS = (
    re.compile(rf"第(?:{_NUMERAL}{{1,3}}|\d{{1,2}})(?:单元|章|编|部分)(?:[\s：:].{{0,30}})?"),
    re.compile(rf"第(?:{_NUMERAL}{{1,3}}|\d{{1,2}})(?:课时|课|节|讲)(?:[\s：:].{{0,30}})?"),
    re.compile(rf"{_NUMERAL}{{1,3}}[、．.]\s*\S.{{0,28}}"),
    re.compile(r"【[^【】]{2,14}】"),
    re.compile(rf"[（(]{_NUMERAL}{{1,3}}[）)]\s*\S.{{0,28}}"),
    re.compile(
        rf"(?:(?:教学|学习)?(?:环节|活动|任务|板块|步骤)\s?(?:{_NUMERAL}{{1,2}}|\d{{1,2}})|第(?:{_NUMERAL}{{1,2}}|\d{{1,2}})(?:步|环节))"
        r"(?![\u4e00-\u9fff\d]).{0,36}"
    ),
    re.compile(
        r"(?:(?:谈话|情境|复习|激趣|问题)?(?:导入|引入)(?:新课)?|新课?(?:讲授|教学|授)|(?:合作|自主)?探究(?:新知)?|巩固(?:练习|提升)?|课堂(?:练习|小结|总结)"
        rf"|(?:全课)?(?:小结|总结)|布置作业|拓展延伸)(?:{_NUMERAL})?(?:[：:].{{1,24}})?\s*(?:[（(][约共]?\s?\d{{1,2}}\s?分钟?[）)])?"
    ),
)
_SECTION = re.compile(
    r"(?:课标依据|课标要求|教材分析|学情分析|设计理念|教学(?:目标|重点|难点|重难点|重点与难点|准备|过程|反思|方法|内容|流程)|学习目标"
    r"|重点难点|板书设计|作业设计|评价设计|课后反思|参考答案|答案与解析)[：:]?"
)
_SECTION_FORM = 2  # a section's bare name ranks with 「一、」
# Below such a heading the steps of a lesson are often only typed, even where the file has headings of its own.
_PROCESS = re.compile(r"教学(?:过程|流程|环节|步骤|活动)|活动(?:过程|流程)|学习过程|课堂流程|第.{1,3}课时")
_STEP_FORMS = frozenset({2, 4, 5, 6})
_NUMBERED_FORMS = (2, 4)
_NUMBERED = re.compile(rf"[（(]?({_NUMERAL}{{1,3}})[）)、．.]\s*\S\S")
_ENDS_SENTENCE = re.compile(r"[。！？；，,;?!：:]$")
FEWEST_HEADINGS = 2


def promote(elements: Sequence[Element]) -> list[Element]:
    """Return the elements with typed headings marked; a file with headings of its own keeps to them but for typed steps.

    Levels count from below the title in the order in which the forms first appear; one lone match is not trusted.
    """
    own = [element.level or 1 for element in elements if element.kind == "heading"]
    if len(own) > 1:
        return _promote_steps(elements)
    forms = [_form(element) for element in elements]
    return _with_levels(elements, forms, max(own, default=0))


def _promote_steps(elements: Sequence[Element]) -> list[Element]:
    """Mark the typed steps below the heading 「教学过程」 of a file that has headings of its own."""
    found: list[Element] = []
    section: list[Element] = []
    above: int | None = None  # the level of the heading, while it is one above steps
    for element in [*elements, None]:
        if element is not None and element.kind != "heading":
            section.append(element)
            continue
        forms = [form if above and (form := _form(one)) in _STEP_FORMS else None for one in section]
        for form in _NUMBERED_FORMS:
            if not _counts_up([one.text for one, its in zip(section, forms, strict=True) if its == form]):
                forms = [None if its == form else its for its in forms]  # cells of a table, torn into lines
        found += _with_levels(section, forms, above or 0)
        section = []
        if element is not None:
            above = element.level or 1 if _PROCESS.search(element.text) else None
            found.append(element)
    return found


def _counts_up(texts: Sequence[str]) -> bool:
    """Tell whether numbered lines go 一, 二, 三, perhaps from 一 again in the next lesson."""
    last = 0
    for text in texts:
        match = _NUMBERED.match(text.strip())
        number = chinese_number(match[1]) if match else None
        if number is None or number not in {1, last + 1}:
            return False
        last = number
    return True


def _with_levels(elements: Sequence[Element], forms: Sequence[int | None], above: int) -> list[Element]:
    """Make headings of the elements that have a form, the form that comes first standing highest."""
    present = list(dict.fromkeys(form for form in forms if form is not None))
    if sum(form is not None for form in forms) < FEWEST_HEADINGS:
        return list(elements)
    levels = {form: rank for rank, form in enumerate(present, start=above + 1)}
    return [
        element if form is None else replace(element, kind="heading", level=levels[form])
        for element, form in zip(elements, forms, strict=True)
    ]


def is_section(text: str) -> bool:
    """Tell whether a line is nothing but the name of a lesson plan's section, 「教学目标」."""
    return _SECTION.fullmatch(text.strip()) is not None


def _form(element: Element) -> int | None:
    if element.kind not in {"text", "list"}:
        return None
    text = element.text.strip()
    if is_section(text):
        return _SECTION_FORM
    if _ENDS_SENTENCE.search(text) or part_of(text.strip("【】")) is not None:  # 【答案】 belongs to an exercise
        return None
    return next((index for index, form in enumerate(_FORMS) if form.fullmatch(text)), None)
