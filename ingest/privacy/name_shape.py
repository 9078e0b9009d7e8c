"""Tell whether a name begins at a place of a text, and where it ends: surname, one or two characters, then something else."""

from __future__ import annotations

import re

from ingest.privacy.name_lists import (
    CLEAR_SURNAMES,
    COMPOUND_SURNAMES,
    EPITHETS,
    FAMOUS,
    GIVEN,
    NOT_ENDINGS,
    NOT_GIVEN,
    NOT_NAMES,
    NOT_TELLING,
    ORDINARY,
    ORDINARY_GIVEN,
    STRADDLING,
    TELLING,
    WORDLIKE_SURNAMES,
)

# Grown-ups are called by what they are; the words after a name by which minutes and records tell them.
TITLES = re.compile(
    r" ?(?:(?:老师|教师|主任|校长|园长|书记|教研员|师傅|教授|专家|医生|警官|先生|女士|叔叔|阿姨|伯伯|将军|总理|主席|同志|诗人|工程师|"
    r"科学家|院长|局长|科长|站长|导师)|[（(](?:执教|自评|授课|主备|主持|记录|[^（()）]{0,10}(?:组长|老师|主任|校长|教研员|教导处))[^（()）]{0,8}[）)])"
)
PLACEHOLDERS = ("张三", "李四", "王五", "赵六")
LONGEST_GIVEN = 2
_PREPOSITIONS = frozenset("向连管全常时")
_CALL = re.compile(r"同学|小朋友|[，,]?你")
_OFTEN = frozenset("高马于程任石金方白常万严武文康毛史安温")
_NO_GIVEN_NAMES = EPITHETS | ORDINARY_GIVEN | ORDINARY | NOT_ENDINGS | NOT_TELLING | FAMOUS
_VERB_MARKS = frozenset("了着过得不起下出到完住")
_FIRST_RARE = 0xD8  # the first row of GB 2312 that is ordered by radical: the characters of its second level
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LISTED = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,8}(?:·[\u4e00-\u9fff]{1,8}){1,3}")
_CLASS = re.compile(r"[班组级科校题卷页段率数次名表格课号]$|^第|[一二三四五六七八九十]年")


def is_han(text: str) -> bool:
    """Tell whether the text begins with an ideograph."""
    return bool(_HAN.match(text))


def is_bounded(text: str, end: int) -> bool:
    """Tell whether a name that ends at `end` cannot go on there."""
    return end >= len(text) or not is_han(text[end]) or text[end] in NOT_GIVEN or text[end : end + 2] in NOT_ENDINGS


def name_end(text: str, start: int, *, strict: bool = False) -> int:
    """Return where the name ends that begins at `start`, 0 when none does.

    A name is a surname and one or two characters that parents choose; words that only look like one (周长, 方程), the
    persons of the textbooks and people with a title (周老师) are none. `strict` also asks that the text goes on with
    something that is no part of a name, and for short names a surname that begins no words.
    """
    if start and text[start - 1 : start + 1] in STRADDLING:
        return 0
    if text[start : start + 2] in PLACEHOLDERS:
        return start + 2
    surname = _surname_length(text, start)
    given = _given_length(text, start + surname) if surname else 0
    end = start + surname + given
    return end if given and not _is_other(text, start, end) and _fits(text, start, end, strict=strict) else 0


def _fits(text: str, start: int, end: int, *, strict: bool) -> bool:
    """Weigh the surname, what the whole begins like, and what follows it."""
    bounded = is_bounded(text, end)
    length = end - start
    wordlike = text[start] in WORDLIKE_SURNAMES and text[start : start + 2] not in COMPOUND_SURNAMES
    if length == 3 and text[start : start + 2] in ORDINARY:  # 王国栋 in any phrase, 方可心 where she is called
        called = bool(_CALL.match(text, end)) and is_left_bounded(text, start)
        if not (called if wordlike else bounded):
            return False
    if not wordlike:
        return bounded or not strict
    # 「向王明同学学习」: the word before a shorter name looks like a surname.
    word_before = text[start] in _PREPOSITIONS and length == 3 and text[start + 1] in CLEAR_SURNAMES
    return bounded and not word_before and not (strict and (length == 2 or text[start] not in _OFTEN))


def short_end(text: str, start: int) -> int:
    """Return where a given name without surname ends that begins at `start` (雨涵, 子轩), 0 when none stands there alone."""
    pair = text[start : start + LONGEST_GIVEN]
    if not _tells(pair) or TITLES.match(text, start + LONGEST_GIVEN):
        return 0
    return start + LONGEST_GIVEN if is_left_bounded(text, start) and is_bounded(text, start + LONGEST_GIVEN) else 0


def telling_end(text: str, start: int) -> int:
    """Return where a full name ends whose given name tells a child of today (林子涵), 0 when there is none."""
    end = name_end(text, start)
    return end if end and _tells(text[start + _surname_length(text, start) : end]) else 0


def given_start(text: str, end: int) -> int:
    """Return where the given name begins that ends before 「同学」 at `end` and has no surname (思远同学); `end` when none does."""
    pair = text[max(0, end - LONGEST_GIVEN) : end]
    start = end - LONGEST_GIVEN
    fits = len(pair) == LONGEST_GIVEN and all(map(_is_given, pair)) and pair not in _NO_GIVEN_NAMES
    return start if fits and is_left_bounded(text, start) else end


def is_left_bounded(text: str, start: int) -> bool:
    """Tell whether what stands before `start` is no part of a name."""
    return start == 0 or not is_han(text[start - 1]) or text[start - 1] in NOT_GIVEN


def is_speaker_name(label: str) -> bool:
    """Tell whether the label of a turn is a name, also one that is a word: who speaks again and again is somebody."""
    if is_full_name(label):
        return True
    surname = _surname_length(label, 0)
    given = label[surname:]
    fits = bool(surname) and 1 <= len(given) <= LONGEST_GIVEN and all(map(is_han, given)) and not NOT_GIVEN & set(given)
    return fits and label not in NOT_NAMES and label not in FAMOUS


def is_listed_name(cell: str) -> bool:
    """Tell whether a cell under 「姓名」 or a speaker's label is a name: two to four ideographs that say nothing else."""
    return bool(_LISTED.fullmatch(cell)) and cell not in NOT_NAMES and not _CLASS.search(cell)


def is_full_name(text: str) -> bool:
    """Tell whether the whole text is one name of the usual shape, with a surname that is known."""
    return bool(text) and name_end(text, 0) == len(text)


def given_name(name: str) -> str:
    """Return the two characters by which classmates call somebody; empty when the given name is one character."""
    surname = _surname_length(name, 0)
    rest = name[surname:]
    return rest if surname and len(rest) == LONGEST_GIVEN else ""


def _tells(given: str) -> bool:
    pair = len(given) == LONGEST_GIVEN and given[0] in TELLING and given[1] in TELLING and given[0] != given[1]
    return pair and given not in NOT_TELLING and given not in ORDINARY_GIVEN


def _surname_length(text: str, start: int) -> int:
    if text[start : start + 2] in COMPOUND_SURNAMES:
        return 2
    return int(text[start : start + 1] in CLEAR_SURNAMES or text[start : start + 1] in WORDLIKE_SURNAMES)


def _given_length(text: str, start: int) -> int:
    length = 0
    while length < LONGEST_GIVEN and _is_given(text[start + length : start + length + 1]):
        if text[start + length : start + length + 2] in NOT_ENDINGS:
            return length
        length += 1
    return length + int(length == 1 and _is_odd_ending(text, start + 1))


def _is_odd_ending(text: str, at: int) -> bool:
    """Tell 江小鱼, whose last character few parents choose, from 王芳忍了: the name ends the phrase and no verb's mark follows."""
    clear = text[at - 2 : at - 1] in CLEAR_SURNAMES and is_han(text[at : at + 1]) and text[at] not in NOT_GIVEN
    return clear and is_bounded(text, at + 1) and text[at + 1 : at + 2] not in _VERB_MARKS


def _is_given(character: str) -> bool:
    if not is_han(character) or character in NOT_GIVEN:
        return False
    return character in GIVEN or _is_rare(character)


def _is_rare(character: str) -> bool:
    """Tell characters that hardly stand in school texts but in names: those beyond the 3,755 of the first level."""
    code = character.encode("gb2312", "ignore")
    return not code or code[0] >= _FIRST_RARE


def _is_other(text: str, start: int, end: int) -> bool:
    """Tell words, nicknames such as 米米, persons of the textbooks and people with a title from names of pupils."""
    doubled = end - start == 2 and text[start] == text[start + 1]
    if doubled or text[start:end] in ORDINARY or TITLES.match(text, end) or TITLES.match(text, start + 1):
        return True
    if any(text[start : start + length] in FAMOUS for length in (4, 3, 2) if start + length >= end):
        return True
    # 董卓然 is a pupil, 李白长… is not.
    return text[start : end - 1] in FAMOUS and not is_bounded(text, end)
