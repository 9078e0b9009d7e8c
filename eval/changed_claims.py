"""Make claims from outside passages by rule: true ones by harmless changes, false ones by one change that turns what is said.

Every maker takes a `Place` and a number to choose by, and returns the sentence it makes, or "" where it cannot. Names come
from the answers people marked in the data and from its titles as well as from a tagger, so that a name the tagger misses is tried too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ingest.labels import number_in_chinese
from ingest.lexical import tagged_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_T = TypeVar("_T")

_FIGURE = re.compile(r"(?<![\d.,A-Za-z第])\d+(?:\.\d+)?(?![\d.,A-Za-z])")
_MEASURED = re.compile(
    r"(?<![\d.])(\d{1,3}(?:\.\d+)?)(平方公里|平方米|公里|公尺|厘米|毫米|米|分钟|小时|秒|公斤|千克|克|吨|万元|元|年|个月|月|天|日|周|%|人|名|个|座|层|岁)"
)
_OTHER_UNITS = {
    "平方公里": "平方米", "平方米": "平方公里", "公里": "米", "公尺": "公里", "厘米": "米", "毫米": "厘米", "米": "厘米", "分钟": "小时",
    "小时": "分钟", "秒": "分钟", "公斤": "吨", "千克": "克", "克": "千克", "吨": "千克", "万元": "元", "元": "万元", "年": "个月",
    "个月": "年", "天": "周", "周": "天", "%": "倍", "人": "户", "名": "批", "个": "组", "座": "层", "层": "座", "岁": "个月",
}  # fmt: skip
_OPPOSITES = (
    "早于/晚于 之前/之后 以前/以后 大于/小于 多于/少于 高于/低于 超过/不到 增加/减少 上升/下降 提高/降低 增大/减小 变大/变小 最大/最小 最高/最低 "
    "最早/最晚 最多/最少 最长/最短 北部/南部 东部/西部 以东/以西 以北/以南 左侧/右侧 前者/后者 首先/最后 较多/较少 较大/较小 较高/较低"
).split()
_QUANTIFIERS = (
    ("全部", "部分"), ("所有", "少数"), ("大多数", "所有"), ("大部分", "全部"), ("部分", "全部"), ("一些", "所有"), ("至少", "至多"), ("最多", "至少"),
    ("至多", "至少"), ("以上", "以下"), ("以下", "以上"), ("不超过", "超过"), ("仅有", "至少有"), ("只有", "不只有"), ("有些", "所有"), ("有的", "所有"),
    ("都是", "有些是"), ("唯一", "之一"), ("每个", "个别"), ("几乎", ""),
)  # fmt: skip
_NEGATED = {"是": "不是", "有": "没有", "会": "不会", "能": "不能", "可以": "不可以", "可": "不可", "能够": "不能够", "获得": "没有获得",
            "成为": "没有成为", "包括": "不包括", "属于": "不属于", "位于": "不位于", "参加": "没有参加", "需要": "不需要"}  # fmt: skip
_AFFIRMED = {
    "不是": "是",
    "没有": "有",
    "不会": "会",
    "不能": "能",
    "不可": "可",
    "并非": "是",
    "并未": "",
    "未": "",
    "不": "",
    "无法": "能够",
}
_FUNCTION_WORDS = (
    ("于", "在"), ("与", "和"), ("及", "和"), ("以及", "和"), ("由于", "因为"), ("因此", "所以"), ("但是", "但"), ("或者", "或"), ("将", "把"),
    ("并且", "并"), ("约", "大约"), ("曾经", "曾"), ("已经", "已"), ("当时", "那时"), ("可以", "能够"), ("便", "就"),
)  # fmt: skip
_CONNECTIVES = ("首先，", "因此，", "此外，", "例如，", "其中，", "总之，", "另外，", "所以")
# A clause out of such a sentence would say more than the sentence.
_DEPENDENT = re.compile(
    r"如果|若|假如|除非|虽|即使|尽管|只要|只有|不是|认为|声称|据|传说|可能|否则|倘|而是|不但|不仅|无论|或|当.+时|【|选项|错误|不正确|[AＡ]"
)
_HANGING = re.compile(r"^(?:而|但|并|且|及|以|也|其|则|又|或|就|却|还|这|那|因|所以|使|从|再|后|故|于是|然后|即)")
_PRONOUN = re.compile(r"(?:他|她|它|本作|本书|本片|该片|该书|该站|本站|本线|该校)(?!们|他|中|实|后|余|的)")
_EVEN = re.compile(r"、|和|与|及|跟|同|或|是|为|即|暨|对|兼|又|也|；|[“”「」]")


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence, the one behind it, and the passage both are of.

    `marked` are names people marked in the passage, `elsewhere` names of other passages.
    """

    sentence: str
    following: str
    passage: str
    title: str
    marked: Sequence[str]
    elsewhere: Sequence[str]


def verbatim(place: Place, choice: int) -> str:
    """Return the sentence itself."""
    del choice
    return place.sentence


def clause(place: Place, choice: int) -> str:
    """Return a clause that says something by itself."""
    if _DEPENDENT.search(place.sentence):
        return ""
    parts = [part for part in re.split(r"[，；]", place.sentence.rstrip("。！？")) if len(part) >= 8]
    standing = [part for part in parts if not _HANGING.match(part) and not re.search(r"[（）()“”「」]", part)]
    return _chosen(standing, choice) + "。" if standing and len(parts) > 1 else ""


def punctuation(place: Place, choice: int) -> str:
    """Return the sentence with its commas changed or left out."""
    changed = place.sentence.replace("，", (" ", "；", ",")[choice % 3]).rstrip("。")
    return changed if changed != place.sentence.rstrip("。") else ""


def weightless(place: Place, choice: int) -> str:
    """Return the sentence without one 的."""
    spots = [at for at, (word, _) in _words(place.sentence) if word == "的"]
    if not spots:
        return ""
    at = _chosen(spots, choice)
    return place.sentence[:at] + place.sentence[at + 1 :]


def numeral(place: Place, choice: int) -> str:
    """Return the sentence with a small number before a counter in Chinese numerals."""
    found = [match for match in _MEASURED.finditer(place.sentence) if match[1].isdigit() and 2 < int(match[1]) < 100]
    return _with(place.sentence, found, choice, lambda match: number_in_chinese(int(match[1])) + match[2])


def wide(place: Place, choice: int) -> str:
    """Return the sentence with full-width digits."""
    del choice
    changed = re.sub(r"\d", lambda match: chr(ord(match[0]) + 0xFEE0), place.sentence)
    return changed if changed != place.sentence else ""


def connective(place: Place, choice: int) -> str:
    """Return the sentence behind a connective."""
    return _chosen(_CONNECTIVES, choice) + place.sentence


def joined(place: Place, choice: int) -> str:
    """Return two adjacent sentences as one."""
    del choice
    return place.sentence.rstrip("。") + "，" + place.following if place.following else ""


def function_word(place: Place, choice: int) -> str:
    """Return the sentence with a function word changed for another that says the same."""
    found = [
        (at, word, new)
        for at, (word, _) in _words(place.sentence)
        for old, new in _FUNCTION_WORDS
        if word == old and at
    ]
    if not found:
        return ""
    at, word, new = _chosen(found, choice)
    return place.sentence[:at] + new + place.sentence[at + len(word) :]


def clauses_turned(place: Place, choice: int) -> str:
    """Return two clauses of the same subject-less kind in the other order: an enumeration that 、 or ； joins."""
    del choice
    parts = place.sentence.rstrip("。").split("；")
    if len(parts) < 2 or any(_HANGING.match(part) or re.match(r"[①-⑩(（\d]", part) for part in parts):
        return ""
    return "；".join(reversed(parts)) + "。"


def clause_left_out(place: Place, choice: int) -> str:
    """Return the sentence without one of its middle clauses."""
    parts = place.sentence.rstrip("。").split("，")
    if len(parts) < 3 or _DEPENDENT.search(place.sentence) or re.search(r"[（）()“”「」；：]", place.sentence):
        return ""
    middle = [at for at in range(1, len(parts) - 1) if not _HANGING.match(parts[at + 1])]
    if not middle:
        return ""
    left_out = _chosen(middle, choice)
    return "，".join(part for at, part in enumerate(parts) if at != left_out) + "。"


def remark_left_out(place: Place, choice: int) -> str:
    """Return the sentence without what stands in brackets."""
    del choice
    changed = re.sub(r"[（(][^（）()]*[）)]", "", place.sentence)
    return changed if changed != place.sentence and len(changed) > 12 else ""


def title_for_pronoun(place: Place, choice: int) -> str:
    """Return the sentence with the passage's title for the pronoun it begins with."""
    del choice
    pronoun = _PRONOUN.match(place.sentence)
    if len(place.title) > 12 or pronoun is None or (pronoun[0] in "他她" and place.title not in _tagged(place.title)):
        return ""
    return place.title + place.sentence[pronoun.end() :]


def time_moved(place: Place, choice: int) -> str:
    """Return the sentence with the time it begins with behind its subject: 1999年，霍顿成为 → 霍顿1999年成为."""
    del choice
    match = re.match(r"(在?\d{4}年(?:\d+月)?(?:\d+日)?)，", place.sentence)
    if not match:
        return ""
    rest = place.sentence[match.end() :]
    words = _words(rest)
    if len(words) < 3 or words[0][1][1][:2] not in {"nr", "ns", "nt"} or words[1][1][1] not in {"v", "p", "d"}:
        return ""
    return words[0][1][0] + match[1] + rest[words[1][0] :]


def combined(place: Place, choice: int) -> str:
    """Return a clause that says something by itself together with another sentence of the passage."""
    one = clause(place, choice)
    others = [text for text in re.findall(r"[^。！？\n]{14,60}。", place.passage) if text not in place.sentence]
    return one.rstrip("。") + "，" + _chosen(others, choice) if one and others else ""


def number_changed(place: Place, choice: int) -> str:
    """Change one number to another of the same size."""
    found = list(_FIGURE.finditer(place.sentence))
    return _with(place.sentence, found, choice, lambda match: _other_number(match[0], choice))


def number_moved(place: Place, choice: int) -> str:
    """Change one number for another that stands elsewhere in the passage."""
    others = sorted(set(_FIGURE.findall(place.passage)) - set(_FIGURE.findall(place.sentence)))
    found = list(_FIGURE.finditer(place.sentence))
    return _with(place.sentence, found, choice, lambda _: _chosen(others, choice)) if others else ""


def numeral_changed(place: Place, choice: int) -> str:
    """Change a Chinese numeral before a counter."""
    found = list(
        re.finditer(
            r"(?<=[^第一二三四五六七八九十百千万几数])[二三四五六七八九](?=[个名位座条届次年月层岁种部所组])",
            place.sentence,
        )
    )
    return _with(
        place.sentence,
        found,
        choice,
        lambda match: "二三四五六七八九二三"[("二三四五六七八九".index(match[0]) + 1 + choice % 2)],
    )


def unit_changed(place: Place, choice: int) -> str:
    """Change the unit behind one number."""
    found = [match for match in _MEASURED.finditer(place.sentence) if match[2] in _OTHER_UNITS]
    found = [match for match in found if not (match[2] == "年" and len(match[1]) > 2)]
    return _with(place.sentence, found, choice, lambda match: match[1] + _OTHER_UNITS[match[2]])


def negated(place: Place, choice: int) -> str:
    """Deny what the sentence says, or leave its one denial out."""
    for table in (_AFFIRMED, _NEGATED) if choice % 2 else (_NEGATED, _AFFIRMED):
        found = [(at, word) for at, (word, tag) in _words(place.sentence) if word in table and tag != "n" and at]
        if found:
            at, word = _chosen(found, choice)
            return place.sentence[:at] + table[word] + place.sentence[at + len(word) :]
    return ""


def quantifier_changed(place: Place, choice: int) -> str:
    """Change a quantifier or a limit."""
    found = [
        (old, new) for old, new in _QUANTIFIERS if place.sentence.count(old) == 1 and f"大{old}" not in place.sentence
    ]
    if not found:
        return ""
    old, new = _chosen(found, choice)
    return place.sentence.replace(old, new)


def name_of_passage(place: Place, choice: int) -> str:
    """Put another tagged name of the same passage and kind in a name's place."""
    ours = _tagged(place.sentence)
    others = {name: tag for name, tag in _tagged(place.passage).items() if name not in place.sentence}
    pairs = [(old, new) for old, tag in ours.items() for new, kind in others.items() if tag == kind and old not in new]
    return _renamed(place.sentence, pairs, choice)


def name_from_elsewhere(place: Place, choice: int) -> str:
    """Put a name of another passage in a tagged name's place."""
    new = _chosen(place.elsewhere, choice) if place.elsewhere else ""
    if not new or new in place.passage:
        return ""
    return _renamed(place.sentence, [(old, new) for old in _tagged(place.sentence)], choice)


def answer_changed(place: Place, choice: int) -> str:
    """Put another answer marked in the same passage in the place of one."""
    ours = [name for name in place.marked if name in place.sentence]
    others = [name for name in place.marked if name not in place.sentence]
    return _renamed(place.sentence, [(old, new) for old in ours for new in others if new not in old], choice)


def title_changed(place: Place, choice: int) -> str:
    """Put another passage's title in the place of this passage's own, or of a 《title》."""
    titles = re.findall(r"《([^》]{2,12})》", place.sentence) + [place.title] * (place.title in place.sentence)
    new = _chosen(place.elsewhere, choice) if place.elsewhere else ""
    if not new or new in place.passage:
        return ""
    return _renamed(place.sentence, [(old, new) for old in titles if len(old) > 1], choice)


def names_swapped(place: Place, choice: int) -> str:
    """Swap two names of the sentence that are no equals of one another."""
    return _swapped(place.sentence, [*_tagged(place.sentence), *place.marked], choice)


def figures_swapped(place: Place, choice: int) -> str:
    """Swap two different numbers of the sentence."""
    return _swapped(place.sentence, _FIGURE.findall(place.sentence), choice)


def order_turned(place: Place, choice: int) -> str:
    """Turn one word of order or comparison round."""
    pairs = [tuple(pair.split("/")) for pair in _OPPOSITES]
    found = [
        (old, new)
        for one, other in pairs
        for old, new in ((one, other), (other, one))
        if place.sentence.count(old) == 1
    ]
    if not found:
        return ""
    old, new = _chosen(found, choice)
    return "" if new in place.sentence else place.sentence.replace(old, new)


def shortened(maker: Callable[[Place, int], str]) -> Callable[[Place, int], str]:
    """Return a maker of changes within a clause that stands alone."""

    def make(place: Place, choice: int) -> str:
        alone = clause(place, choice)
        return maker(replace(place, sentence=alone), choice) if len(alone) > 12 else ""

    return make


TRUE: Mapping[str, Callable[[Place, int], str]] = {
    "verbatim": verbatim,
    "clause": clause,
    "punctuation": punctuation,
    "weightless": weightless,
    "numeral": numeral,
    "wide": wide,
    "connective": connective,
    "joined": joined,
    "function_word": function_word,
    "clauses_turned": clauses_turned,
    "clause_left_out": clause_left_out,
    "remark_left_out": remark_left_out,
    "title_for_pronoun": title_for_pronoun,
    "time_moved": time_moved,
    "combined": combined,
}
FALSE: Mapping[str, Callable[[Place, int], str]] = {
    "number_changed": number_changed,
    "number_moved": number_moved,
    "numeral_changed": numeral_changed,
    "unit_changed": unit_changed,
    "negated": negated,
    "quantifier_changed": quantifier_changed,
    "name_of_passage": name_of_passage,
    "name_from_elsewhere": name_from_elsewhere,
    "answer_changed": answer_changed,
    "title_changed": title_changed,
    "names_swapped": names_swapped,
    "figures_swapped": figures_swapped,
    "order_turned": order_turned,
    "clause_number_changed": shortened(number_changed),
    "clause_name_of_passage": shortened(name_of_passage),
    "clause_negated": shortened(negated),
}


def says_otherwise(changed: str, place: Place) -> bool:
    """Tell whether a changed sentence is not in the passage, punctuation aside."""
    flat = _flat(changed)
    return bool(flat) and flat not in _flat(place.passage)


def _flat(text: str) -> str:
    return re.sub(r"\W|的", "", text)


def _chosen(options: Sequence[_T], choice: int) -> _T:
    return options[choice % len(options)]


def _with(sentence: str, found: Sequence[re.Match[str]], choice: int, new: Callable[[re.Match[str]], str]) -> str:
    """Return the sentence with one of the places found written anew."""
    if not found:
        return ""
    match = _chosen(found, choice)
    return sentence[: match.start()] + new(match) + sentence[match.end() :]


def _other_number(number: str, choice: int) -> str:
    whole, point, rest = number.partition(".")
    changed = int(whole) + (1, 2, 10, 7, 3)[choice % 5]
    return f"{changed}{point}{rest}"


def _words(sentence: str) -> list[tuple[int, tuple[str, str]]]:
    at, placed = 0, []
    for word, tag in tagged_words(sentence):
        placed.append((at, (word, tag)))
        at += len(word)
    return placed


def _tagged(text: str) -> dict[str, str]:
    """Return names of two characters or more with the kind of each."""
    return {word: tag[:2] for word, tag in tagged_words(text) if tag[:2] in {"nr", "ns", "nt"} and len(word) > 1}


def _renamed(sentence: str, pairs: Sequence[tuple[str, str]], choice: int) -> str:
    """Rename every mention, so that the sentence speaks of the other throughout."""
    pairs = [pair for pair in pairs if pair[0] in sentence and pair[0] not in pair[1] and pair[1] not in pair[0]]
    if not pairs:
        return ""
    old, new = _chosen(pairs, choice)
    return sentence.replace(old, new)


def _swapped(sentence: str, names: Sequence[str], choice: int) -> str:
    spots = sorted((sentence.find(name), name) for name in set(names) if sentence.count(name) == 1)
    pairs = [
        ((start, one), (other_start, other))
        for place, (start, one) in enumerate(spots)
        for other_start, other in spots[place + 1 :]
        if other_start >= start + len(one) + 2
        and not _EVEN.search(sentence[start + len(one) : other_start])
        and one not in other
        and other not in one
    ]
    if not pairs:
        return ""
    (start, one), (other_start, other) = _chosen(pairs, choice)
    middle = sentence[start + len(one) : other_start]
    return sentence[:start] + other + middle + one + sentence[other_start + len(other) :]
