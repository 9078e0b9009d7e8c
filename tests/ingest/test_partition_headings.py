from __future__ import annotations

from ingest.document import Element
from ingest.partition.headings import promote


def outline(elements):
    return [(one.level, one.text) for one in promote(elements) if one.kind == "heading"]


def heading(text, level=1):
    return Element("heading", text, level=level)


def texts(*lines):
    return [Element("text", line) for line in lines]


def test_typed_steps_become_headings_below_the_lesson_even_where_a_file_has_headings_of_its_own():
    plan = [
        heading("教案"),
        heading("教学过程", 2),
        *texts("环节一　导入（5分钟）", "出示两个图形。", "环节二：摆一摆", "学生摆方片。"),
        heading("板书设计", 2),
        *texts("环节一 只是板书上的字", "环节二 也是"),
    ]
    assert outline(plan) == [
        (1, "教案"), (2, "教学过程"), (3, "环节一　导入（5分钟）"), (3, "环节二：摆一摆"), (2, "板书设计"),
    ]  # fmt: skip


def test_steps_within_steps_and_a_second_lesson():
    plan = [
        heading("教案"),
        heading("教学过程", 2),
        *texts(
            "一、导入新课", "（一）听一听", "听录音。", "（二）说一说", "二、新授", "读课文。", "一、复习", "背一背。"
        ),
    ]
    assert outline(plan)[2:] == [
        (3, "一、导入新课"), (4, "（一）听一听"), (4, "（二）说一说"), (3, "二、新授"), (3, "一、复习"),
    ]  # fmt: skip


def test_numbers_that_do_not_count_from_one_are_no_steps():
    plan = [
        heading("教案"),
        heading("教学过程", 2),
        *texts("三、编口诀", "编一编。", "五、玩中", "学"),
        heading("反思", 2),
    ]
    assert outline(plan) == [(1, "教案"), (2, "教学过程"), (2, "反思")]


def test_bare_names_of_steps_count_but_sentences_do_not():
    plan = texts(
        "教学目标",
        "会算。",
        "教学过程",
        "情境导入（5分钟）",
        "看图。",
        "巩固练习",
        "做第3题。",
        "课堂小结",
        "小结时请学生说一说。",
    )
    assert outline(plan) == [
        (1, "教学目标"), (1, "教学过程"), (2, "情境导入（5分钟）"), (2, "巩固练习"), (2, "课堂小结"),
    ]  # fmt: skip


def test_one_lone_match_is_not_trusted():
    assert outline(texts("一、这一行像标题", "正文一句。", "正文又一句。")) == []
