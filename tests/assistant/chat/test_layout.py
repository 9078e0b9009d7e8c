"""Shaped answers over a small real library: files are read and found as a teacher's are, only vectors and model are fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.chat.answer import Answer, Checked, Search
from assistant.chat.layout import lay_out
from tests.fakes.engine import FakeEngine
from tests.fakes.local import local_assistant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assistant.chat.local import LocalAssistant
    from ingest.settings import Settings

PLAN = """# 勾股定理教案

## 教学目标

能说出勾股定理。

## 教学过程

### （一）导入：折断的旗杆（5分钟）

教师活动：旗杆在离地3米处折断，原来多高？

### （二）新授：三个正方形（20分钟）

学生数格子，说出三个面积的关系。

### （三）小结（5分钟）

今天学了什么？

## 板书设计

勾股定理
"""
FILES = {
    "人教版八下_勾股定理_教案.md": PLAN,
    "北师大版八上_勾股定理_教案.md": PLAN.replace("折断的旗杆（5分钟）", "蚂蚁怎么走最近（6分钟）")
    .replace("旗杆在离地3米处折断，原来多高？", "蚂蚁从盒子的一角爬到对角，怎样走最近？")
    .replace("三个正方形（20分钟）", "拼四个三角形（25分钟）")
    .replace("学生数格子，说出三个面积的关系。", "学生拼图，写出面积的等式。")
    .replace("能说出勾股定理。", "会用勾股定理求边长。"),
    "面积和周长_对比表.md": (
        "# 面积和周长的整理\n\n| | 周长 | 面积 |\n|---|---|---|\n| 说的是 | 一圈边线的长度 | 一片的大小 |\n| 单位 | 厘米、分米、米 | 平方厘米、平方米 |\n"
        "| 手势 | 手指走一圈 | |\n\n把周长和面积放在一起比较，学生才不混淆。\n"
    ),
    "勾股定理_练习题.txt": "勾股定理练习题\n1. 直角三角形两条直角边是3和4，斜边是多少？\n",
}


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine("- 教师活动先说旗杆。[1]\n- 教师活动先说旗杆。[1]\n- 学生数格子。[1]\n")


@pytest.fixture
def library(settings: Settings, tmp_path: Path, engine: FakeEngine) -> Iterator[LocalAssistant]:
    folder = tmp_path / "资料"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with local_assistant(settings, folder, lambda: engine) as assistant:
        yield assistant


def asked(assistant: LocalAssistant, question: str) -> Answer:
    """Return the answer after checking what every answer keeps: order, numbers, and quotations that stand where they say."""
    events = list(assistant.ask(question))
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert isinstance(events[0], Search)
    assert answer.search == events[0]
    assert tuple(event.claim for event in events if isinstance(event, Checked)) == answer.claims
    passages = {passage.number: passage for passage in answer.search.evidence}
    assert list(passages) == list(range(1, len(passages) + 1))
    for claim in answer.claims:
        assert bool(claim.citations) == (claim.support != "inferred")
        for citation in claim.citations:
            passage = passages[citation.number]
            view = assistant.view(citation.version_id)
            assert view is not None
            assert passage.version_id == citation.version_id
            assert view.text[passage.span.start : passage.span.end] == passage.text
            assert view.text[citation.span.start : citation.span.end] == citation.quote
            assert passage.span.start <= citation.span.start <= citation.span.end <= passage.span.end
    return answer


def test_steps_stand_in_order_and_word_for_word_without_the_model(library: LocalAssistant, engine: FakeEngine) -> None:
    before = len(engine.requests)
    answer = asked(library, "人教版《勾股定理》怎么教？")
    assert (answer.search.shape, answer.status) == ("steps", "grounded")
    first = [claim for claim in answer.claims if claim.group == answer.claims[0].group]
    assert [claim.heading for claim in first] == [
        "（一）导入：折断的旗杆（5分钟）",
        "（二）新授：三个正方形（20分钟）",
        "（三）小结（5分钟）",
    ]
    assert first[0].text == "教师活动：旗杆在离地3米处折断，原来多高？"
    assert all(claim.quoted for claim in answer.claims)
    assert len(engine.requests) == before


def test_one_stage_is_shown_of_each_plan(library: LocalAssistant) -> None:
    answer = asked(library, "勾股定理怎么导入？")
    assert answer.search.shape == "steps"
    assert {claim.heading for claim in answer.claims} == {
        "（一）导入：折断的旗杆（5分钟）",
        "（一）导入：蚂蚁怎么走最近（6分钟）",
    }


def test_a_lesson_that_no_plan_is_of_gets_no_steps(library: LocalAssistant) -> None:
    assert asked(library, "静夜思里疑是地上霜的疑字怎么教？").search.shape == "direct"


def test_documents_are_listed_with_the_passage_that_matches(library: LocalAssistant) -> None:
    answer = asked(library, "有没有勾股定理的练习题？")
    assert (answer.search.shape, answer.status) == ("resources", "grounded")
    assert "习题" in answer.claims[0].text
    assert "勾股定理" in answer.claims[0].citations[0].quote
    assert len({claim.citations[0].document_id for claim in answer.claims}) == len(answer.claims)
    assert not any("静夜思" in claim.text for claim in answer.claims)


def test_a_table_has_a_column_for_each_thing_and_leaves_out_what_is_not_there(library: LocalAssistant) -> None:
    answer = asked(library, "周长和面积有什么区别？")
    assert (answer.search.shape, answer.status) == ("table", "grounded")
    cells = {(claim.heading, claim.group): claim.text for claim in answer.claims if claim.group}
    assert cells["说的是", "周长"] == "一圈边线的长度"
    assert cells["说的是", "面积"] == "一片的大小"
    assert ("手势", "面积") not in cells
    assert cells["手势", "周长"] == "手指走一圈"
    together = [claim.text for claim in answer.claims if not claim.group]
    assert together[0] == "把周长和面积放在一起比较，学生才不混淆。"
    assert all("周长" in text and "面积" in text for text in together)


def test_the_parts_of_two_editions_stand_beside_each_other(library: LocalAssistant) -> None:
    answer = asked(library, "人教版和北师大版《勾股定理》教案有什么不同？")
    assert answer.search.shape == "table"
    cells = {(claim.heading, claim.group): claim.text for claim in answer.claims}
    assert cells["教学目标", "人教版"] == "能说出勾股定理。"
    assert cells["教学目标", "北师大版"] == "会用勾股定理求边长。"


def test_things_that_no_source_sets_side_by_side_get_no_table(library: LocalAssistant) -> None:
    assert asked(library, "勾股定理和周长有什么区别？").search.shape == "direct"


def test_points_are_short_checked_and_said_once(library: LocalAssistant, engine: FakeEngine) -> None:
    answer = asked(library, "旗杆在离地3米处折断，学生数格子，说出三个面积的关系要注意什么？")
    assert answer.search.shape == "points"
    request = engine.requests[-1]
    assert request.grammar is not None
    assert "line{2,5}" in request.grammar
    assert request.messages[-1].content.endswith("各不重复。")
    assert [claim.text for claim in answer.claims if not claim.quoted] == ["教师活动先说旗杆。", "学生数格子。"]


def test_inferring_has_no_shape_of_its_own(library: LocalAssistant) -> None:
    events = list(library.ask("《勾股定理》怎么教？", infer=True))
    assert isinstance(events[-1], Answer)
    assert {claim.support for claim in events[-1].claims} == {"inferred"}


def test_a_plain_question_keeps_what_was_found(library: LocalAssistant) -> None:
    answer = asked(library, "旗杆在离地3米处折断，原来多高？")
    understood = library._understand("旗杆在离地3米处折断，原来多高？")
    assert lay_out("旗杆在离地3米处折断，原来多高？", understood, answer.search, library) == (answer.search, None)


def test_two_files_that_disagree_are_told_newer_first(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    rule = (
        "实验室管理说明\n日期：{date}\n做实验以前先看说明书。酒精灯里的酒精不能超过容积的{share}。用完以后盖上灯帽。\n"
    )
    (folder / "实验室管理说明_20240901.txt").write_text(
        rule.format(date="2024年9月1日", share="四分之三"), encoding="utf-8"
    )
    (folder / "实验室管理说明_20250901.txt").write_text(
        rule.format(date="2025年9月1日", share="三分之二"), encoding="utf-8"
    )
    with local_assistant(settings, folder, lambda: FakeEngine("- 酒精不能超过容积的三分之二。[1]\n")) as assistant:
        answer = asked(assistant, "酒精灯里的酒精不能超过容积的多少？")
    notice = answer.claims[0]
    assert notice.conflict
    assert notice.text.index("三分之二") < notice.text.index("四分之三")
    assert len({citation.document_id for citation in notice.citations}) == 2
    assert notice.reason == "按资料日期，新的在前"
