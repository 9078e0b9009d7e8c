"""Find names by what stands around them: speakers' labels, 「请李雨桐回答」, 「王小明同学」, 「学生张三把…」, 「王小明，你来」."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from ingest.privacy.name_lists import (
    CLEAR_SURNAMES,
    COMPOUND_SURNAMES,
    FAMOUS,
    ORDINARY,
    STOCK,
    TELLING,
    WORDLIKE_SURNAMES,
)
from ingest.privacy.name_shape import (
    given_start,
    is_bounded,
    is_full_name,
    is_left_bounded,
    is_listed_name,
    is_speaker_name,
    name_end,
    short_end,
    telling_end,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ingest.document import Element
    from ingest.privacy.rosters import Setting

_NICK = "萌乐果婷朵豆贝欣彤晨阳宇轩琪瑶涵悦佳依诺晴暖菲甜桐妍怡蕊睿泽浩杰航博铭鑫磊涛鹏辉斌强刚军明亮红丽娟芳玲燕娜静敏雨雪雯"
NICKNAME = re.compile(rf"小[{_NICK}]|阿[{_NICK}]|([{_NICK}])\1")
# Behind these stands whoever is called or told of.
_CALLED = re.compile(r"(?:(?<![邀申聘宴恳])请|轮到|点名叫?|谢谢|感谢|表扬|祝贺|恭喜)(?:一下|我们的?|咱们的?|咱)?")
_PRAISED = re.compile(r"(?<=我)[也很不]{0,2}同意|掌声送给|问问|听听|帮帮|夸夸|学学")
_LET = re.compile(r"[让叫]")
_PUPIL_ROLE = re.compile(
    r"(?:学生|小组长|班长|课代表|学习委员|纪律委员|劳动委员|体育委员|[小中]队长|同桌|(?<![学中])[男女]生|"
    r"(?<![备教年学研课文语])组长|我们?班|班上|班里)(?:的|有个)?"
)
# 余生辉, 钱多多: what names hardly hold is accepted where both sides leave no doubt.
_LOOSE = re.compile(
    rf"([{''.join(sorted(CLEAR_SURNAMES))}](?:(?![的了在是我你他她它们这那哪都也把被给让叫请说和与跟及个位名些有没全部同班级些老])[\u4e00-\u9fff]){{1,2}})"
    r"(?=同学(?!们|会|录)|[，,！!：:] ?你(?!们)|你(?:来|说|再|先|读|上)|来?回答[，。！：]|来说|说说|上来|，?请坐)"
)
_VERBS = frozenset("来说回读起站上板背举演解写画做讲答补念谈试算")
# Before these stands a pupil: 王小明同学, 王小明、李雨桐两位同学, 李浩的家长, 张子涵（12号）.
_CLASSMATE = re.compile(
    r"(?:等|这)?(?:[两三四五六几][个位名])?(?:同学|小朋友)(?!们|会|录|聚)|等?[两三四五六几][个位名](?:学生|孩子|男生|女生|小组长|组长)"
)
_FAMILY = re.compile(r"的?(?:家长|妈妈|爸爸|奶奶|爷爷|外婆|外公|监护人)")
_NUMBERED = re.compile(r"[（(](?:学号|座号|考号|[0-9０-９]{1,2}号)")
_IN_BRACKETS = re.compile(r"(?:学生|同学|男生|女生|组长|班长|课代表|生)[0-9]{0,3} ?[（(]([\u4e00-\u9fff]{2,4})[）)]")
_CLAUSE = re.compile(
    r"(?:^|[，。！？；：、!?,;:…—\s“”「」『』（）()》])"
    r"(?:(?:好的?|来|嗯|那|对|哎|诶|喂|行|还有|然后|接下来|最后|再来|就|我们的?|咱们的?|请坐)[，,]?){0,2}"
    rf"(?=[{''.join(sorted(CLEAR_SURNAMES | WORDLIKE_SURNAMES | TELLING | {name[0] for name in COMPOUND_SURNAMES} | set(_NICK)))}小阿])"
)
_DIRECT = re.compile(
    r"[，,、！!：:—…\s~～]{0,3}(?:那|就|好|也)?(?:你|请(?!大家|同学|全班|看)|来(?:[说读讲试吧念背写板做补，。！]|回答|$)|说(?:[说一吧]|$)|"
    r"回答(?:一下)?[，。！]|坐下|站起|起立|上来|大声|别|不要)"
)
_PRAISE = re.compile(
    r"[，,啊呀也都]{0,2}(?:(?:很|真|非常|太|特别|超级?|最)(?:棒|好|不错|厉害|聪明|认真|精彩)|不错|棒棒|可以[啊呀]|[说答讲读写做算](?:得|的[很真非太特对好])|"
    r"回答得|表现|加油|抓紧|再见|能不能|能跟|跟老师|给老师|接着|继续|宝贝|再思考|的(?:笔记|总结|想法|答案|方法|作业|回答))"
)
_MAY_TELL = re.compile(
    rf"(?:[{''.join(sorted(CLEAR_SURNAMES | WORDLIKE_SURNAMES))}]|{'|'.join(sorted(COMPOUND_SURNAMES))})(?=[{''.join(sorted(TELLING))}]{{2}})"
)
_ALONE = re.compile(r"[呢吧啊]?(?:[。！？!?…—~～]|$)")
_TEACHER = re.compile(
    r"师|教师|老师|T|T\d|[^（()）]{0,6}老师|执教.{0,6}|授课.{0,6}|主讲.{0,4}|[^（()）]{1,4}[（(](?:师|执教|教师|老师|授课)[^（()）]{0,4}[）)]"
)
_LABEL = re.compile(r"(?:[^：:，。；！？（）()\n]|[（(][^（）()\n]{0,16}[）)]){1,24}(?=[：:])")
_ROLE_PREFIX = re.compile(
    r"(?:学生|同学|男生|女生|生|小组长|组长|班长|课代表)[0-9]{0,3}|第?[一二三四五六七八九十0-9]{1,2}组"
)
_GROUP = re.compile(
    r"学生|同学|名单|组员|小组|第.{1,3}[组排]|缺席|[未没缺]交|学困生|潜能生|后进生|待优生|学优生|帮扶|获奖|优生|缺课|迟到|未到|全对|没订正"
)
_LABELLED = re.compile(r"(?P<label>[^，。；：:\n]{1,14})[：:](?P<items>[^。；：:\n]{4,600})")
_ITEM = re.compile(r"[^、，,\s]+")
_JOINTS = "、和与"
MOST_IN_A_CALL = 8
FEWEST_LISTED = 2


@dataclass(frozen=True, slots=True)
class Mention:
    """A pupil's name at a place of an element's text; `short` when it is a given name or a nickname."""

    element: int
    start: int
    end: int
    name: str
    short: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an element: who speaks (empty when nobody does), and where the words begin."""

    element: int
    start: int
    words: int
    end: int
    speaker: str

    @property
    def is_teacher(self) -> bool:
        """Tell whether a teacher speaks."""
        return bool(_TEACHER.fullmatch(self.speaker))


def lines_of(elements: Sequence[Element]) -> Iterator[Line]:
    """Yield the lines of everything but tables; a turn's further lines are the same speaker's."""
    for index, element in enumerate(elements):
        if element.kind == "table":
            continue
        speaker = element.speaker or ""
        start = 0
        for line in element.text.split("\n"):
            label = _LABEL.match(line)
            words = start
            if label and (element.kind != "turn" or start == 0):
                speaker, words = label[0].strip(), start + label.end() + 1
            elif element.kind != "turn":
                speaker = ""
            yield Line(index, start, words, start + len(line), speaker)
            start += len(line) + 1


def speakers(elements: Sequence[Element], lines: Sequence[Line]) -> Iterator[Mention]:
    """Yield the labels of a transcript that are names: 王小明：, 学生王小明：, 生（王小明）：, 王小明（第一组）：."""
    for line in lines:
        if line.words == line.start or line.is_teacher:
            continue
        label = line.speaker
        prefix = _ROLE_PREFIX.match(label)
        begin = prefix.end() if prefix else 0
        opened = bool(prefix) and label[begin : begin + 1] in {"（", "("} and label[-1:] in {"）", ")"}
        name = label[begin + 1 : -1] if opened else re.split(r"[（(]", label[begin:])[0].removesuffix("同学")
        if label.count("（") != label.count("）"):
            continue
        turn = elements[line.element].kind == "turn"
        full = (is_speaker_name if turn else is_full_name)(name) or (turn and "·" in name and is_listed_name(name))
        short = not full and bool(NICKNAME.fullmatch(name) or (turn and short_end(name, 0) == len(name) > 0))
        if full or short:
            start = line.start + begin + opened
            yield Mention(line.element, start, start + len(name), name, short)


def anchored(elements: Sequence[Element], lines: Sequence[Line], kind: str, setting: Setting) -> Iterator[Mention]:
    """Yield the names that an anchor in running text says are pupils'; `kind` is the file's."""
    for index, element in enumerate(elements):
        text = element.text
        yield from _behind_roles(index, text, kind)
        yield from _called(index, text, setting)
        yield from _before_classmates(index, text, kind, setting)
        if setting != "lesson":
            yield from _telling(index, text, 0, len(text), spoken=False)
        if element.kind != "turn":
            yield from _listed(index, text, kind)
        for match in _IN_BRACKETS.finditer(text):
            if is_full_name(match[1]):
                yield Mention(index, match.start(1), match.end(1), match[1])
    for line in lines:
        text = elements[line.element].text
        if setting == "lesson" and line.is_teacher:
            yield from _vocatives(line, text)
        if setting == "lesson" and line.speaker:
            yield from _telling(line.element, text, line.words, line.end, spoken=True)


def neighbours(elements: Sequence[Element], found: Sequence[Mention], others: Collection[str]) -> Iterator[Mention]:
    """Yield the names beside a pupil's in an enumeration: 请王小明、李雨桐和张子涵上来."""
    starts = {(mention.element, mention.start) for mention in found}
    for mention in found:
        text = elements[mention.element].text
        end = mention.end
        while text[end : end + 1] and text[end] in _JOINTS:
            start, end = end + 1, name_end(text, end + 1)
            sure = end - start > 2 or is_bounded(text, end)  # two characters may be the beginning of a word
            if not end or not sure or (mention.element, start) in starts or text[start:end] in others:
                break
            starts.add((mention.element, start))
            yield Mention(mention.element, start, end, text[start:end])
        start = mention.start
        while start and text[start - 1] in _JOINTS:
            end = start - 1
            start = _name_start(text, end)
            if start == end or (mention.element, start) in starts or text[start:end] in others:
                break
            starts.add((mention.element, start))
            yield Mention(mention.element, start, end, text[start:end])


def _behind_roles(index: int, text: str, kind: str) -> Iterator[Mention]:
    for match in _PUPIL_ROLE.finditer(text):
        # In minutes the 组长 is a teacher.
        if kind != "教研记录" or not match[0].startswith("组长"):
            yield from _named(index, text, match.end(), name_end(text, match.end()))


def _called(index: int, text: str, setting: Setting) -> Iterator[Mention]:
    for match in _CALLED.finditer(text):
        start = match.end()
        end = name_end(text, start)
        # Minutes ask teachers too (请徐磊准备学具): only what pupils are asked for counts.
        if setting == "lesson" or (match[0].startswith(("请", "点名")) and text[end : end + 1] in _VERBS):
            yield from _named(index, text, start, end)
        if setting == "lesson" and not end:
            yield from _short(index, text, start) if _LOOSE.match(text, start) is None else _loose(index, text, start)
    if setting != "lesson":
        return
    for match in _PRAISED.finditer(text):
        yield from _named(index, text, match.end(), name_end(text, match.end(), strict=True))
    for match in _LET.finditer(text):
        end = name_end(text, match.end(), strict=True)
        if text[end : end + 1] in _VERBS:
            yield from _named(index, text, match.end(), end)


def _short(index: int, text: str, start: int) -> Iterator[Mention]:
    nick = NICKNAME.match(text, start)
    end = nick.end() if nick and is_bounded(text, nick.end()) else short_end(text, start)
    if end:
        yield Mention(index, start, end, text[start:end], short=True)


def _loose(index: int, text: str, start: int) -> Iterator[Mention]:
    match = _LOOSE.match(text, start)
    if match and match[1] not in ORDINARY and match[1][:2] not in ORDINARY:
        yield from _named(index, text, start, match.end())


def _before_classmates(index: int, text: str, kind: str, setting: Setting) -> Iterator[Mention]:
    for pattern in (_CLASSMATE, _FAMILY, _NUMBERED):
        if pattern is _NUMBERED and not kind:
            continue  # a file of which nothing is known may tell of racing drivers
        for match in pattern.finditer(text):
            start = end = match.start()
            while (start := _name_start(text, end)) < end:
                # In lesson plans 李明同学 is the child of an exercise.
                if setting == "lesson" or text[start:end] not in STOCK:
                    yield Mention(index, start, end, text[start:end])
                if start == 0 or text[start - 1] not in "、和与跟及，,":
                    break
                end = start - 1
            before = match.start() - 2
            if pattern is _CLASSMATE and setting == "lesson" and start == match.start() and before >= 0:
                nick = NICKNAME.fullmatch(text, before, match.start())
                if (nick and is_left_bounded(text, before)) or given_start(text, match.start()) == before:
                    yield Mention(index, before, match.start(), text[before : match.start()], short=True)


def _name_start(text: str, end: int) -> int:
    """Return where the name begins that ends at `end`; `end` when none does."""
    for length in (4, 3, 2):
        start = end - length
        compound = text[max(0, start) : start + 2] in COMPOUND_SURNAMES
        if start >= 0 and (length < 4 or compound) and name_end(text, start) == end:  # 欧阳小雨
            return start
    return end


def _vocatives(line: Line, text: str) -> Iterator[Mention]:
    """Yield who is called in a teacher's turn: names that begin a clause and go on to 你, 来 or 真棒, or are all of it."""
    words = text[line.words : line.end]
    done = 0
    for clause in _CLAUSE.finditer(words):
        if clause.end() < done:  # inside a call that was looked at
            continue
        places = list(_chain(words, clause.end()))
        if places:
            done = places[-1][1]
            start, end = places[-1]
            listed = words[clause.start()] == "、"  # 红、黄彩笔。
            alone = not listed and _ALONE.match(words, end) and name_end(words, start, strict=True)
            praised = _PRAISE.match(words, end) and (end - start > 2 or words[start] in CLEAR_SURNAMES)
            if _DIRECT.match(words, end) or praised or alone:
                for start, end in places:
                    yield from _named(line.element, text, line.words + start, line.words + end)
            continue
        start = clause.end()
        if _LOOSE.match(words, start):
            yield from _loose(line.element, text, line.words + start)
            continue
        nick = NICKNAME.match(words, start)
        end = nick.end() if nick else short_end(words, start)
        called = _DIRECT.match(words, end) or (not nick and (_PRAISE.match(words, end) or _ALONE.match(words, end)))
        if end and called:
            yield Mention(line.element, line.words + start, line.words + end, words[start:end], short=True)


def _chain(words: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the places of names that follow one another: speech recognition sets no 、 between them."""
    for _ in range(MOST_IN_A_CALL):
        end = name_end(words, start)
        if not end:
            return
        yield start, end
        start = end
        while start - end < 2 and words[start : start + 1] and words[start] in "、，,和嗯 ":  # a joint and a space
            start += 1


def _telling(index: int, text: str, begin: int, stop: int, *, spoken: bool) -> Iterator[Mention]:
    """Yield names that only children of today have: in all that is spoken; elsewhere behind a class, or called in quotes."""
    for match in _MAY_TELL.finditer(text, begin, stop):
        start = match.start()
        end = telling_end(text, start)
        before = text[max(0, start - 1) : start]
        if spoken:
            said = is_bounded(text, end) and (text[start] in CLEAR_SURNAMES or is_left_bounded(text, start))
        else:
            said = before == "班" or (before in {"“", "「"} and bool(_DIRECT.match(text, end)))
        if said:
            yield from _named(index, text, start, end)


def _listed(index: int, text: str, kind: str) -> Iterator[Mention]:
    """Yield the names of 「第一组：王小明、李雨桐、张子涵」, up to the first item that is no name."""
    for match in _LABELLED.finditer(text):
        label = match["label"]
        # In minutes a 第一组 is one of teachers, and a 名单 in a file of which nothing is known may be anybody's.
        doubtful = kind in {"教研记录", ""} and not re.search(r"学生|同学|困生|等生|优生|[未没缺]交", label)
        if "老师" in label or "教师" in label or not _GROUP.search(label):
            continue
        items = takewhile(lambda item: is_full_name(item[0]), _ITEM.finditer(text, match.start("items"), match.end()))
        names = [(item.start(), item[0]) for item in items]
        telling = sum(telling_end(name, 0) > 0 for _, name in names)
        if len(names) >= FEWEST_LISTED and (not doubtful or telling * 2 >= len(names)):
            for start, name in names:
                yield Mention(index, start, start + len(name), name)


def _named(index: int, text: str, start: int, end: int) -> Iterator[Mention]:
    if end and text[start:end] not in FAMOUS:
        yield Mention(index, start, end, text[start:end])
