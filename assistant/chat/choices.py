"""Offer exact questions where a question is too general, made from what the library holds; no model is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.chat.restrictions import request_free
from ingest.labels import EDITION_NAMES, KIND_WORDS, KINDS, number_in_chinese

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.chat.answer import Filter
    from ingest.catalogue import Holding

CHOICES = 5
# A question that names no lesson and no unit is answered when its filters leave at most this many documents.
FEW_DOCUMENTS = 3
LONGEST_TOPIC = 30
# Words that say nothing about a lesson: a question of these and of a school's terms is too general.
_POLITE = (
    "我们 我 你好 您好 你 您 老师 助教 要 想 帮 给 请问 请 谢谢 一下 一些 些 点 几份 几个 一份 一个 份 个 的 吗 呢 了 啊 吧 呀 可以 能 需要 好 "
    "什么 哪些 有没有 有 没有 找 查 看 相关 关于"
)
_ANY_LESSON = (
    "备课 上课 教学 教 课 准备 资料 材料 资源 内容 东西 文件 记录 单元 学期 年级 学科 科目 教材 版本 练习 题目"
)
_EMPTY = {
    *(word for words in KIND_WORDS.values() for word in words),
    *EDITION_NAMES,
    *f"{_POLITE} {_ANY_LESSON}".split(),
}
_EMPTY_WORDS = re.compile("|".join(sorted(_EMPTY, key=lambda word: (-len(word), word))))
_LETTERS = re.compile(r"\w")


def matching(filters: Iterable[Filter], holdings: Sequence[Holding]) -> list[Holding]:
    """Return the holdings that have every value asked for."""
    wanted = [(item.name, item.value) for item in filters]
    return [row for row in holdings if all(getattr(row, name) == value for name, value in wanted)]


def about(question: str, filters: Iterable[Filter]) -> str:
    """Return what a question asks about beside its filters; empty when it names nothing else."""
    rest = request_free(question)
    for item in sorted(filters, key=lambda item: -len(item.words)):
        rest = rest.replace(item.words, " ", 1) if item.words else rest
    rest = re.sub("上册|下册|全一册", " ", rest)
    return rest.strip() if _LETTERS.search(_EMPTY_WORDS.sub("", rest)) else ""


def too_general(question: str, filters: Sequence[Filter], holdings: Sequence[Holding]) -> bool:
    """Tell whether a question names nothing but a school's terms, and these leave many documents."""
    has_unit = any(item.name == "unit" for item in filters)
    if has_unit or not _LETTERS.search(question) or about(question, filters):
        return False
    documents = sum(row.documents for row in matching(filters, holdings))
    return documents > (FEW_DOCUMENTS if len(filters) > 1 else 1)


def choices(filters: Sequence[Filter], holdings: Sequence[Holding]) -> tuple[str, ...]:
    """Return at most five questions that the library holds documents for, as different from each other as can be."""
    editions: dict[tuple[str, str], set[str]] = {}
    for row in holdings:
        editions.setdefault((row.topic, row.kind), set()).add(row.edition)
    asked = {_question(row, editions[row.topic, row.kind] - {""}): row for row in matching(filters, holdings)}
    asked.pop("", None)
    # The most new values first, then the kinds in their usual order, then the larger holding; ties by the text.
    left = [(_traits(row), (*_order(row), question), question) for question, row in asked.items()]
    chosen: set[str] = set()
    seen: set[tuple[str, object]] = set()
    while len(chosen) < min(CHOICES, len(left)):
        traits, _, question = min(
            (item for item in left if item[2] not in chosen), key=lambda item: (-len(item[0] - seen), item[1])
        )
        seen |= traits
        chosen.add(question)
    return tuple(question for question in asked if question in chosen)


def _traits(row: Holding) -> set[tuple[str, object]]:
    return {(name, getattr(row, name)) for name in ("grade", "subject", "kind", "topic", "unit")}


def _order(row: Holding) -> tuple[int, int]:
    return KINDS.index(row.kind) if row.kind in KINDS else len(KINDS), -row.documents


def _question(row: Holding, editions: set[str]) -> str:
    """Say what some documents are as a teacher would ask for them; empty when they cannot be told apart by it.

    `editions` are those in which the library holds the same lesson.
    """
    grade = f"{number_in_chinese(row.grade)}年级" if row.grade else ""
    topic = "" if len(row.topic) > LONGEST_TOPIC or "\n" in row.topic else row.topic
    if not topic and not row.unit:
        return ""
    edition = row.edition if len(editions) > 1 else ""
    what = (topic if "《" in topic else f"《{topic}》") if topic else row.unit
    lesson = f"{edition}{grade}{row.volume if grade else ''}{row.subject}{what}"
    if row.kind not in KINDS[:-1]:
        return f"{lesson}讲了什么？"
    return f"{lesson}的{row.layer if row.kind == '习题' else ''}{row.kind}"
