"""Headings that are only typed: 「一、教学目标」「（二）新授」「【板书设计】」 in files that have no heading styles."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

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
)
_SECTION = re.compile(
    r"(?:课标依据|课标要求|教材分析|学情分析|设计理念|教学(?:目标|重点|难点|重难点|重点与难点|准备|过程|反思|方法|内容|流程)|学习目标"
    r"|重点难点|板书设计|作业设计|评价设计|课后反思|参考答案|答案与解析)[：:]?"
)
_SECTION_FORM = 2  # a section's bare name ranks with 「一、」
_ENDS_SENTENCE = re.compile(r"[。！？；，,;?!：:]$")
FEWEST_HEADINGS = 2


def promote(elements: Sequence[Element]) -> list[Element]:
    """Return the elements with typed headings marked, unless the file has headings of its own beside a title.

    Levels count from below the title in the order in which the forms first appear; one lone match is not trusted.
    """
    own = [element.level or 1 for element in elements if element.kind == "heading"]
    if len(own) > 1:
        return list(elements)
    forms = [_form(element) for element in elements]
    present = list(dict.fromkeys(form for form in forms if form is not None))
    if sum(form is not None for form in forms) < FEWEST_HEADINGS:
        return list(elements)
    levels = {form: rank + 1 for rank, form in enumerate(present, start=max(own, default=0))}
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
    if _ENDS_SENTENCE.search(text):
        return None
    return next((index for index, form in enumerate(_FORMS) if form.fullmatch(text)), None)
