from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.chat.conflicts import conflicts
from assistant.chat.disagreement import disagreement
from assistant.chat.retrieve import ScoredChunk
from ingest.catalogue import StoredChunk
from ingest.document import Chunk, Locator, Metadata, Span
from tests.fakes.chat import evidence

if TYPE_CHECKING:
    from assistant.chat.answer import Evidence

RULES = Metadata(title="实验室管理", kind="其他", date="2024-09-01")
PLAN = Metadata(
    title="面积教案", kind="教案", grade=3, subject="数学", school="一小", author="甲", topic="面积", date="2025-03-01"
)
RULE = "酒精灯里的酒精不能超过容积的三分之二。"
OTHER_RULE = "酒精灯里的酒精不能超过容积的二分之一。"


def passage(number: int, text: str, about: Metadata = RULES) -> Evidence:
    return replace(evidence(text, number), metadata=about)


def told(*pairs: tuple[str, Metadata]) -> list[str]:
    return [claim.text for claim in conflicts([passage(n, *pair) for n, pair in enumerate(pairs, start=1)])[1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RULE, OTHER_RULE),
        ("期末考试定于2026年1月12日上午举行。", "期末考试定于2026年1月14日上午举行。"),
        ("《望天门山》的作者是唐代诗人李白。", "《望天门山》的作者是唐代诗人杜甫。"),
        ("做实验的时候可以离开座位走动。", "做实验的时候不可以离开座位走动。"),
        ("会议在二楼会议室召开，由陈校长主持。", "会议在三楼会议室召开，由陈校长主持。"),
        ("期末考试定于1月12日上午举行，地点另行通知。", "期末考试定于1月14日上午举行。"),
    ],
)
def test_the_same_said_otherwise_is_found_both_ways(one: str, other: str) -> None:
    assert disagreement(one, other) is not None
    assert disagreement(other, one) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RULE, RULE),
        (RULE, "酒精灯里的酒精不能超过容积的2/3。"),
        ("第3课时学习长方形面积的计算方法。", "第4课时学习长方形面积的计算方法。"),
        ("杭州是浙江省的省会城市，人口很多。", "南京是江苏省的省会城市，人口很多。"),
        ("2018年全市人口达到30万人左右。", "2019年全市人口达到31万人左右。"),
        ("每天书面作业总时长不超过60分钟。", "每天书面作业总时长不超过六十分钟。"),
        ("因此，第二题的正确答案是A和C两项。", "因此，第二题的正确答案是B和D两项。"),
        ("长方形的面积等于长乘宽。", "静夜思写的是月光和霜。"),
        ("日期：2024年9月1日星期日", "日期：2025年9月1日星期日"),
        ("题号 | 12 | 满分 | 5 | 得分率", "题号 | 12 | 满分 | 6 | 得分率"),
        ("", ""),
    ],
)
def test_another_thing_or_the_same_in_other_words_is_no_conflict(one: str, other: str) -> None:
    assert disagreement(one, other) is None


def test_the_newer_source_comes_first_and_both_are_cited() -> None:
    newer = replace(RULES, title="实验室管理（修订）", date="2025-09-01")
    first, second = passage(1, f"先看说明。{RULE}"), passage(2, OTHER_RULE, newer)
    more, (claim,) = conflicts([first, second])
    assert more == ()
    assert claim.conflict
    assert claim.quoted
    assert [citation.number for citation in claim.citations] == [2, 1]
    assert [citation.quote for citation in claim.citations] == [OTHER_RULE, RULE]
    assert claim.text.index("实验室管理（修订）") < claim.text.index("三分之二")
    assert claim.reason == "按资料日期，新的在前"
    for citation, source in zip(claim.citations, (second, first), strict=True):
        start = citation.span.start - source.span.start
        assert source.text[start : start + len(citation.quote)] == citation.quote


def test_without_dates_the_time_of_taking_in_decides_and_without_that_nothing() -> None:
    undated = replace(RULES, date="")
    passages = [passage(1, RULE, undated), passage(2, OTHER_RULE, undated)]
    (claim,) = conflicts(passages, arrived=lambda item: f"2025-0{item.number}-01T08:00:00")[1]
    assert claim.reason == "按入库时间，新的在前"
    assert [citation.number for citation in claim.citations] == [2, 1]
    (claim,) = conflicts(passages)[1]
    assert claim.reason == "看不出哪份更新"


def test_classes_grades_and_lessons_have_their_own_figures() -> None:
    minutes, more = "导入用5分钟，先摸边线再铺满整个面。", "导入用6分钟，先摸边线再铺满整个面。"
    another = replace(PLAN, school="二小", author="乙", date="2025-05-01")
    assert told((minutes, PLAN), (more, another)) == []
    assert told(("全班有16人把边线涂成了红色的面。", PLAN), ("全班有13人把边线涂成了红色的面。", another)) == []
    assert len(told((minutes, PLAN), (more, replace(PLAN, date="2026-03-01")))) == 1
    assert len(told((RULE, PLAN), (OTHER_RULE, another))) == 1
    assert told((RULE, PLAN), (OTHER_RULE, replace(another, grade=4))) == []
    assert told((RULE, PLAN), (OTHER_RULE, replace(another, unit="第六单元"))) != []
    assert told((RULE, replace(PLAN, unit="第五单元")), (OTHER_RULE, replace(another, unit="第六单元"))) == []
    assert told((RULE, PLAN), (OTHER_RULE, replace(another, subject="科学"))) == []


def test_what_both_sources_say_is_no_conflict() -> None:
    assert told((RULE + OTHER_RULE, RULES), (OTHER_RULE, RULES)) == []


def test_one_document_is_not_held_against_itself() -> None:
    one = passage(1, RULE)
    assert conflicts([one, replace(passage(2, OTHER_RULE), document_id=one.document_id)])[1] == ()


def test_a_chunk_that_was_left_out_as_a_repeat_is_compared_and_brought_in() -> None:
    text = f"前面的话说得一样。{OTHER_RULE}"
    chunk = Chunk("c", "v9", 0, Span(50, 50 + len(text)), text, (), Locator())
    repeat = ScoredChunk(StoredChunk(chunk, "d9", 1, "x", replace(RULES, date="2025-01-01")), 1.0, None)
    more, (claim,) = conflicts([passage(1, f"前面的话说得一样。{RULE}")], [repeat])
    (added,) = more
    assert (added.number, added.text, added.version_id) == (2, OTHER_RULE, "v9")
    assert text[added.span.start - 50 : added.span.end - 50] == added.text
    assert [citation.number for citation in claim.citations] == [2, 1]


def test_at_most_two_are_told() -> None:
    left = "".join(
        f"{thing}由专人保管，一次最多领用5{unit}。"
        for thing, unit in (("酒精灯", "盏"), ("放大镜", "个"), ("砝码", "套"), ("手套", "双"))
    )
    right = left.replace("5", "6")
    assert len(told((left, RULES), (right, RULES))) == 2
