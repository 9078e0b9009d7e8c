"""Read what a question restricts its answer to: grade, subject, edition, unit, kind, layer.

A wrong filter hides the answer, so a value counts only where it is asked for, not where it is merely mentioned: 「第五单元的
教案」 asks for lesson plans, 「怎样写教案」 does not. Where two values of a name are told, none counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.chat.answer import Filter
from ingest.classify.terms import editions, grades, kind_in, stages, subjects, units, volumes
from ingest.labels import KIND_WORDS, LAYERS, STAGES, chinese_number, number_in_chinese

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What is quoted is spoken about: 《数学三年级下册》 is a book.
_QUOTED = re.compile(r"《[^《》]*》|“[^“”]*”|「[^「」]*」|\"[^\"]*\"")
_LEAD = re.compile(
    r"^(?:[，,。！!、\s]|请问|请|你好|您好|麻烦|老师|帮我|帮忙|给我|替我|我们|我|想要|想|需要|能不能|能否|可以|可不可以|有没有|有(?!理)|"
    r"找一?下|找找|找|查一?下|查查|查找|查|搜一?下|搜索|搜|看看|看一?下|看|要|推荐|列出|列一?下|发|来|一下|一些|(?:几|[一两三])[份个套道张点]|"
    r"(?<=[找来要])[点些]|关于|有关)+"
)
_TAIL = re.compile(
    r"(?:(?:里面|里|中)?(?:都|分别)?(?:讲|写|说|提到|包括)(?:了|到|的)*(?:什么|哪些|啥)(?:内容)?"
    r"|都?有哪些|有没有|有吗|有么|有|在哪儿?|在哪里|有多少[份道个]?|有几[份道个]|吗|呢|吧|啊|呀|谢谢|发我|给我|看看|看一下|列出来|推荐一下|找一下|[？?。！!，,\s])+$"
)
_HOW = re.compile("怎样|怎么|怎|如何|为什么|为何|什么是|哪个|区别|注意")
_MAKING = re.compile("写|做|制作|设计|编|出|准备|修改|改|批改|布置|生成|分析|检查|提高|统计|评")
_REFUSED = re.compile("除了?|不要|别给|别找|不包括|不含|排除")
_DENIED = re.compile(r"(?:不是|并非|非|不用|没有用)$")
# 三年级以上, 三年级和…, 二年级学过的, 升三年级: the grade is a measure there, not where to search.
_NO_GRADE_AFTER = re.compile(
    r"(?:的?(?:学生|孩子)?[^，。？]{0,3}(?:学过|学了|已经学|已学|讲过|学习过))|以[上下前后内]|之[前后]|起|开始"
)
_NO_GRADE_BEFORE = re.compile(r"(?:升入?|升到|比|相比|跟|除了?|不要)$")
# 在三年级学过的面积，五年级怎样用: which of them it is about, rules cannot tell. Two values stand for none.
_NO_GRADE = (Filter("grade", 0, ""), Filter("grade", -1, ""))
_GRADE_WORDS = "年级|[初高][一二三]|小学|初中|高中|阶段|学期|[版册上下]"
_SUBJECT_BEFORE = re.compile(rf"(?:^|[，。？\s]|{_GRADE_WORDS})$")
_KIND_WORD = "|".join(word for words in KIND_WORDS.values() for word in words)
_SUBJECT_AFTER = re.compile(
    rf"(?:学科|组|教研|备课|期[中末]|[一二三四五六七八九]年级|[1-9]年级|初[一二三]|[上下]册|第[^，]{{1,3}}(?:单元|章)|单元)|的?(?:{_KIND_WORD})"
)
_NO_SUBJECT_AFTER = re.compile("家|化|课代表|思想|怎么说|怎样说|里怎么说")
_STAGE_BEFORE = re.compile(r"(?:^|[，。？\s的在])$")
_SHORT_UNIT = re.compile(r"(?<=[册上下学文语])([一二三四五六七八九十]{1,3}|\d{1,2})单元")
_NO_UNIT_BEFORE = re.compile("[前后每]$")
_LAYER = re.compile("|".join(LAYERS))
# 练习 is a plain word in a name of a file, and a wish at the end of a question.
_MORE_KINDS = {"练习": "习题", "题目": "习题"}
# The shortest of the words that fit may have been taken: 练习 of 练习题, 教研 of 教研记录.
_KIND_ENDS = re.compile(r"(?:题|记录|资料|材料|表|稿)?$")
_IN_RECORDS = re.compile(
    r"(课堂实录|教学实录|实录|教研记录|磨课记录|听课记录|问卷|成绩单)(?:里|中|上)(?![^，。？]*(?:应该|应当|该|要|可以|能不能|加|写))"
)


def restrictions(question: str, *, secondary: bool = False) -> tuple[Filter, ...]:
    """Return what a question is certainly restricted to, by name; `secondary` as in `terms.grades`."""
    plain = _QUOTED.sub("，", question)
    if _REFUSED.search(plain):
        return ()
    body = "，" + _LEAD.sub("", plain)
    found = [*_places(body, secondary=secondary), *_kinds(body)]
    return _settled(found)


def mentions(words: str, *, secondary: bool = False) -> tuple[Filter, ...]:
    """Return every value that a few words name, as in 「那练习题呢」, where naming is asking."""
    body = "，" + _LEAD.sub("", _TAIL.sub("", _QUOTED.sub("，", words)))
    found = [*_grades(body, secondary=secondary), *_plain_terms(body)]
    found += [Filter("subject", value, said) for value, said in subjects(body)]
    found += [Filter("stage", value, said) for value, said in stages(body) if said in STAGES]
    found += [Filter("layer", said, said) for said in _LAYER.findall(body)]
    kind = _kind_at_end(body.removesuffix("的")) or kind_in(body)
    if kind and kind[0]:
        found.append(Filter("kind", kind[0], kind[1]))
    return _settled(found)


def request_free(question: str) -> str:
    """Return a question without the words that only ask: 帮我找一下…, …有哪些？."""
    return _LEAD.sub("", _TAIL.sub("", question))


def _settled(found: Sequence[Filter]) -> tuple[Filter, ...]:
    """Keep the names that have one value; where the grade has several, what belongs to a grade goes with it."""
    values: dict[str, list[Filter]] = {}
    for item in found:
        values.setdefault(item.name, []).append(item)
    unsure = {name for name, items in values.items() if len({item.value for item in items}) > 1}
    if "grade" in unsure:
        unsure |= {"volume", "unit"}
    if "grade" in values:
        unsure.add("stage")  # the grade says it
    return tuple(items[0] for name, items in values.items() if name not in unsure and items[0].value)


def _places(body: str, *, secondary: bool) -> Iterator[Filter]:
    yield from _certain_grades(body, secondary=secondary)
    for item in _plain_terms(body):
        before, _ = _around(body, item.words)
        if not _DENIED.search(before) and not (item.name == "unit" and _NO_UNIT_BEFORE.search(before)):
            yield item
    yield from _certain_subjects(body)
    for value, words in stages(body):
        before, after = _around(body, words)
        if words in STAGES and _STAGE_BEFORE.search(before) and not after.startswith("生"):
            yield Filter("stage", value, words)


def _certain_grades(body: str, *, secondary: bool) -> Iterator[Filter]:
    found = list(_grades(body, secondary=secondary))
    for item in found:
        before, after = _around(body, item.words)
        if _NO_GRADE_AFTER.match(after) or _NO_GRADE_BEFORE.search(before) or _DENIED.search(before):
            yield from _NO_GRADE
            return
    yield from found


def _certain_subjects(body: str) -> Iterator[Filter]:
    told = subjects(body)
    for value, words in told:
        before, after = _around(body, words)
        attached = _SUBJECT_BEFORE.search(before) or _SUBJECT_AFTER.match(after)
        # Another subject, although only mentioned, makes this one unsure: so it counts too.
        if (attached and not _NO_SUBJECT_AFTER.match(after)) or len(told) > 1:
            yield Filter("subject", value, words)


def _around(body: str, words: str) -> tuple[str, str]:
    """Return what stands before and after the first place of some words."""
    before, _, after = body.partition(words)
    return before, after


def _grades(body: str, *, secondary: bool) -> Iterator[Filter]:
    for grade, volume, words in grades(body, secondary=secondary):
        yield Filter("grade", grade, words)
        if volume:
            yield Filter("volume", volume, words)


def _plain_terms(body: str) -> Iterator[Filter]:
    yield from (Filter("volume", value, words) for value, words in volumes(body))
    yield from (Filter("edition", value, words) for value, words in editions(body))
    yield from (Filter("unit", value, words) for value, words in units(body))
    for match in _SHORT_UNIT.finditer(body):
        number = chinese_number(match[1])
        if number:
            yield Filter("unit", f"第{number_in_chinese(number)}单元", match[0])


def _kinds(body: str) -> Iterator[Filter]:
    """Yield the kind a question wants to see, and the layer that stands with it."""
    records = _IN_RECORDS.search(body)
    if records and (kind := kind_in(records[1])) and kind.value:
        yield Filter("kind", kind.value, records[1])
        return
    head = _TAIL.sub("", body)
    kind_words = _kind_at_end(head)
    before = head[: len(head) - len(kind_words[1])] if kind_words else head
    if _HOW.search(before) or _MAKING.match(before.lstrip("，")):
        return
    if kind_words:
        yield Filter("kind", *kind_words)
    if kind_words or head.removesuffix("的").endswith(LAYERS):
        yield from (Filter("layer", words, words) for words in _LAYER.findall(head))


def _kind_at_end(head: str) -> tuple[str, str] | None:
    """Return the kind that a noun phrase ends with, and its words."""
    kind = kind_in(head)
    if kind is not None:
        at = head.rfind(kind.words)
        if kind.value and _KIND_ENDS.fullmatch(head, at + len(kind.words)):
            return kind.value, head[at:]
    ends = next((words for words in _MORE_KINDS if head.endswith(words)), None)
    return (_MORE_KINDS[ends], ends) if ends and kind is None else None
