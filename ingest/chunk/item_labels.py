"""The words by which an exercise's parts are called, in front of a line (「答案：」) and above a column (「正确答案」)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.document import FieldName

# Part → the words for it; the first is the one that is written where a sheet is turned into labelled lines.
PARTS: dict[FieldName, tuple[str, ...]] = {
    "question": ("题目", "题干", "试题", "问题", "题面", "原题", "题目内容", "试题内容", "题干内容", "题目描述", "试题题干"),
    "options": ("选项", "备选项", "候选项", "备选答案", "选项内容"),
    "answer": ("答案", "参考答案", "正确答案", "标准答案", "正确选项", "答案要点", "参考答案要点", "标答"),
    "analysis": (
        "解析", "分析", "详解", "答案解析", "试题解析", "题目解析", "试题分析", "思路", "解题思路", "解题过程", "思路分析", "思路点拨",
        "方法点拨", "点拨", "点评", "讲解", "易错点", "易错提醒", "答题解析", "解析过程",
    ),
    "tier": ("层次", "分层", "层级", "题目层次", "作业层次", "分层级别", "题目层级", "所属层次"),
    "points": ("知识点", "考点", "考查点", "考查知识点", "考察知识点", "考查内容", "知识要点", "所属知识点", "关联知识点"),
    "difficulty": ("难度", "难度系数", "难易度", "难易程度", "难度等级", "难易"),
}  # fmt: skip
NUMBER_WORDS = ("题号", "序号", "编号", "试题编号", "题目编号", "No", "NO", "id", "ID")
# A worked solution is the answer where no other is given, else it explains the answer.
SOLUTION_WORDS = ("解", "解答", "解法", "答", "证明", "解法一", "解法二")
TIER = re.compile(
    r"(?:基础(?!知识|教育|信息|型)|提高|提升|进阶|拓展(?!阅读)|拓广|延伸|培优|挑战)"
    r"(?:过关|巩固|达标|训练|应用|探究|探索|思维|能力)?(?:题|层|组|篇|类|级)?"
)

_PART_OF = {word: part for part, words in PARTS.items() for word in words}
_BRACKETS = re.compile(r"[（(【\[][^（）()【】\[\]]*[）)】\]]")
_AROUND = " \u3000:：*＊.．、"


def part_of(word: str) -> FieldName | None:
    """Return the part of an exercise a word stands for, None for any other word."""
    return _PART_OF.get(word)


def bare(header: str) -> str:
    """Return a column's name without notes in brackets and signs: 「*正确答案（必填）：」 is 「正确答案」."""
    name = header.replace(" ", "")
    return (_BRACKETS.sub("", name) or name.strip("【】[]")).strip(_AROUND)
