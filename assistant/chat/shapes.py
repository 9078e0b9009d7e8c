"""Read from a question how its answer is best laid out. A wrong layout is worse than the plain one, so only certain words count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.chat.folding import folded
from assistant.chat.restrictions import request_free
from ingest.labels import EDITION_NAMES, KIND_WORDS

if TYPE_CHECKING:
    from assistant.chat.answer import Shape

_END = r"(?=[，,。？?！!呢啊呀吧的好才合比\s]|$)"
_HOW = r"(?:怎[么样]|怎么样|如何)"
# 怎么教学生画图 asks for more than the lesson's steps; 怎么教 at the end, or before the title of a lesson, does not.
_STEPS = re.compile(
    rf"教学(?:过程|流程|步骤|环节)|(?:上课|实验|操作|活动)(?:的?步骤|流程)|(?:分|有)(?:哪|几)(?:几)?[步个](?:环节|步骤)?{_END}|(?:哪些|哪几个|几个)环节"
    rf"|{_HOW}(?:教学?|上|开展教学)(?:{_END}|(?=《))"
    rf"|(?:这|那|一)[节堂]?课{_HOW}设计"
    rf"|{_HOW}(?:导入|引入新课|新授|小结|收尾){_END}|(?:导入|小结|收尾)(?:环节|部分)?(?:{_HOW}(?:做|设计|安排|写|上))"
)
_STAGES = (("导入", re.compile("导入|引入新课")), ("新授", re.compile("新授")), ("小结", re.compile("小结|收尾")))
_KIND = "|".join(sorted((word for words in KIND_WORDS.values() for word in words), key=len, reverse=True))
_PAPER = rf"(?:{_KIND}|练习|题目?|资料|材料|资源|素材|文件)"
_POINTS = re.compile(
    rf"要点|注意(?:什么|哪些|些什么|事项)|哪(?:几|些)(?:个)?(?:点|方面|条|方法|办法|原因|问题|要求|措施|做法|变量|易错点|错误|规定|情况|内容|建议|改动|步)"
    rf"|有哪些(?!{_PAPER})|有什么(?:要求|规定|方法|办法|原因|注意|建议|好处|特点)|包括哪些|做了哪些|控制哪些|准备(?:什么|哪些)"
)
_HAVE = r"(?:都|还)?(?:有哪些|有没有|有吗|有么|有什么|有几[份个套]|有多少[份个套]?|在哪里?|在哪儿)"
_LIST_END = re.compile(rf"{_PAPER}{_HAVE}[？?。！!，,\s呢啊呀]*$")
_ASKED_FOR = re.compile(
    r"^(?:请|请问|麻烦|老师|你|您|帮我|帮忙|给我|我想|我要|我们|想|要|能不能|可以)*(?:找|有没有|有哪些|有什么|推荐|列出?|搜|查找|给我|来[几一]|要[几一])"
)
_BARE = re.compile(rf"(?:{_PAPER})[？?。！!，,\s呢啊呀吧]*$")
# With one of these a question asks about papers, not for them.
_ABOUT = re.compile(
    r"怎|如何|为什么|为何|什么是|哪[^些]|区别|不同|比较|谁|几分|多少(?![份个套])|讲了|写了|里面?的?|中的|编写|设计意图|错得?|(?<!有)哪些|注意|要求"
)
_BARE_LENGTH = 24
_FOLLOWS = re.compile(r"^(?:那么?|还有|另外|换成?|改成|再来|再)+")
_QUOTED = re.compile(r"《[^《》]*》")
_LINK = r"(?:和|与|跟|同|以及|、)"
_THING = r"[^，,。？?！!；;]{1,40}?"
_COMPARED = re.compile(
    rf"(?P<one>{_THING}){_LINK}(?P<other>{_THING})(?:之间|相比|两者|两个|的|在)*"
    rf"(?:{_HOW}(?:区分|区别|分清|比较)|(?:到底|究竟|都)?(?:有什么|有何|有哪些|有啥|是什么|什么|哪里|哪儿)(?:的)?(?:区别|不同|差别|差异|异同|不一样)"
    r"|(?<=的)(?:区别|不同点?|差别|差异|异同)(?:是什么|有哪些|在哪里?|在哪儿|吗)?)[？?。！!\s呢啊呀]*$"
)
_BESIDE = re.compile(
    rf"^(?:请|帮我|给我|我想)*(?:比较|对比)(?:一下|一比)?(?P<one>{_THING}){_LINK}(?P<other>{_THING})[？?。！!\s]*$"
)
# A title's own 和 and 、 join nothing; they are put out of sight while a question is read.
_HIDDEN = str.maketrans("和与跟同、", "\ue000\ue001\ue002\ue003\ue004")
_SHOWN = str.maketrans("\ue000\ue001\ue002\ue003\ue004", "和与跟同、")
# 三年级数学里面积 → 面积: what stands before these is where, not what.
_WHERE = re.compile(
    r"^.*(?:里面(?=的)|里|中的|上的|关于|请问|老师)|^(?:[一二三四五六七八九\d]年级|[初高][一二三])(?:[上下]册)?(?:语文|数学|英语|科学)?的?"
)
_MOST_NAME = 16


@dataclass(frozen=True, slots=True)
class Compared:
    """Two things a question names beside each other, and what both are parts of: 人教版, 北师大版, 有理数的加法."""

    one: str
    other: str
    about: str = ""


def shape_of(question: str) -> Shape:
    """Return how the answer to a question is laid out; "direct" unless its words say for certain another; never raises."""
    text = folded(question).strip()
    plain = _QUOTED.sub("《》", text)
    if compared(text) is not None:
        return "table"
    if _lists_papers(plain):
        return "resources"
    if _STEPS.search(plain):
        return "steps"
    return "points" if _POINTS.search(plain) else "direct"


def stage_of_lesson(question: str) -> str:
    """Return the one stage of a lesson that is asked about: 导入, 新授 or 小结; empty when the whole lesson is."""
    found = [name for name, words in _STAGES if words.search(_QUOTED.sub("", folded(question)))]
    return found[0] if len(found) == 1 else ""


def without_shape(question: str) -> str:
    """Return what a question is about without the words that only say how to answer."""
    text = request_free(folded(question))
    for words in (_STEPS, _LIST_END, _BARE):
        text = words.sub(" ", text)
    return " ".join(text.split())


def compared(question: str) -> Compared | None:
    """Return the two things whose difference is asked for; None unless both are named in a few characters."""
    text = _QUOTED.sub(lambda title: title[0].translate(_HIDDEN), folded(question).strip())
    match = _COMPARED.search(text) or _BESIDE.search(text)
    if match is None:
        return None
    one, other = _named(match["one"]), _named(match["other"])
    editions = [next((name for name in EDITION_NAMES if part.startswith(name)), "") for part in (one, other)]
    if all(editions):
        rest = other.removeprefix(editions[1])
        return Compared(editions[0], editions[1], rest.strip("的 ")) if rest and editions[0] != editions[1] else None
    if not one or not other or one == other or max(len(one), len(other)) > _MOST_NAME:
        return None
    return Compared(one, other)


def _named(words: str) -> str:
    return _WHERE.sub("", words.strip()).strip("的在 ").translate(_SHOWN)


def _lists_papers(text: str) -> bool:
    text = _FOLLOWS.sub("", text)
    if _LIST_END.search(text) and not _ABOUT.search(_LIST_END.sub("", text)):
        return True
    if not _BARE.search(text):
        return False
    before = _BARE.sub("", _ASKED_FOR.sub("", text))
    asked = _ASKED_FOR.search(text) is not None
    return not _ABOUT.search(before) and (asked or len(text) <= _BARE_LENGTH)
