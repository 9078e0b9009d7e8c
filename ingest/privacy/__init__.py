"""Mask on the way in what is private: pupils' names, phone and identity numbers, home and e-mail addresses; know recordings.

`find_private` reads, `mask` writes; between them `Pseudonyms` gives each pupil's name its label (学生A, 学生B …). Nothing
here knows or keeps the key.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ingest.classify.terms import iso_date
from ingest.document import Span
from ingest.privacy.numbers import numbers_in
from ingest.privacy.pupil_names import find_pupils, known_names_in, setting_of
from ingest.privacy.rosters import entries

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from ingest.document import Element, Metadata

PrivateKind = Literal["pupil", "guardian", "phone", "id_number", "address", "email"]
MASKS: dict[PrivateKind, str] = {
    "guardian": "〔家长〕", "phone": "〔电话〕", "id_number": "〔身份证号〕", "address": "〔住址〕", "email": "〔邮箱〕",
}  # fmt: skip
SCHOOL_NUMBER = "〔学号〕"

_PUPIL_SPEAKER = re.compile(
    r"(?:学生|同学|生|男生|女生|全班|众)[0-9A-Z一二三四五六七八九十甲乙丙丁]{0,3}(?:[（(].{1,8}[）)])?|[Ss]s?\d{0,3}"
)
_REFUSED = re.compile(
    r"未|没|不同意|不得|不许|不予|拒|撤|待|尚|暂|过期|失效|作废|反对|无(?!异议|人反对)|否|不详|不知|不清|\bno\b|\bnone\b|\bn/a\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"已|同意|登记|取得|签|备案|授权|许可|是|有|有效|√|✓|\byes\b|\bok\b", re.IGNORECASE)
_UNOPPOSED = re.compile(r"无(?:异议|人反对)|没有(?:异议|人反对)")
_DAY = re.compile(r"\d{1,2}月\d{1,2}日|20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
FEWEST_TURNS = 3
FEWEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Private:
    """Something private at a place of an element's text.

    `value` is what the label or the count is for: of pupils the full name without spaces, though the text may say only
    雨桐 or 学生李雨桐; of all else the text itself.
    """

    kind: PrivateKind
    element: int
    span: Span
    value: str


def find_private(elements: Sequence[Element], metadata: Metadata) -> tuple[Private, ...]:
    """Return what is private in the cleaned elements of one file, in order and without overlap.

    In exercises, courseware and standards only class lists, phone numbers, e-mail addresses and identity numbers that
    pass their check count: the children and the numbers of exercises are invented.
    """
    setting = setting_of(elements, metadata)
    listed = list(entries(elements, metadata, setting))
    found = [
        Private(entry.kind, entry.element, Span(entry.start, entry.end), entry.value)
        for entry in listed
        if entry.kind != "pupil" and entry.kind != "teacher"  # noqa: PLR1714  (mypy narrows by comparisons)
    ]
    found += [
        Private(number.kind, index, Span(number.start, number.end), element.text[number.start : number.end])
        for index, element in enumerate(elements)
        for number in numbers_in(element.text, teaching=setting == "teaching")
    ]
    for mention in find_pupils(elements, metadata, setting, listed):
        # 学生张三 becomes 学生A, not 学生学生A.
        start = (
            mention.start - 2 if elements[mention.element].text.endswith("学生", 0, mention.start) else mention.start
        )
        found.append(Private("pupil", mention.element, Span(start, mention.end), mention.name))
    return _in_order(found)


def mask(
    elements: Sequence[Element], private: Sequence[Private], label_of: Callable[[str], str]
) -> tuple[tuple[Element, ...], Counter[str]]:
    """Return the elements with everything private replaced, and how often each kind was.

    Line ends, cells and labels stay where they are; a turn's speaker is masked as in its text.

    Args:
        elements: what `find_private` was given.
        private: what it returned.
        label_of: gives a name its label; asked in the order of the text.

    """
    by_element: dict[int, list[Private]] = {}
    for item in private:
        by_element.setdefault(item.element, []).append(item)
    names = {item.value for item in private if item.kind == "pupil"}
    masked = tuple(
        _masked(element, by_element.get(index, ()), names, label_of) for index, element in enumerate(elements)
    )
    return masked, Counter(item.kind for item in private)


def mask_text(text: str, names: Iterable[str], label_of: Callable[[str], str]) -> str:
    """Return a title, a topic or a note with the pupils' names that are known, and all numbers, replaced.

    Args:
        text: what stands outside the file's own text.
        names: the names found in the file (`Private.value` of its pupils).
        label_of: gives a name its label.

    """
    found = [Private("pupil", 0, Span(start, end), name) for start, end, name in known_names_in(text, names)]
    found += [
        Private(number.kind, 0, Span(number.start, number.end), text[number.start : number.end])
        for number in numbers_in(text)
    ]
    return _replaced(text, _in_order(found), label_of)


def is_recording(elements: Sequence[Element], metadata: Metadata) -> bool:
    """Tell the transcript of a real lesson or of a meeting with pupils, which needs their consent.

    Every 课堂实录 is one. Of other files those are in which pupils speak at recorded times, at least three times and in a
    fifth of the elements: a lesson plan's 「生：…」 is imagined and has no times, and minutes quote a lesson here and
    there. 教研记录 in which only teachers speak are none.
    """
    if metadata.kind == "课堂实录":
        return True
    timed = sum(
        element.kind == "turn"
        and element.locator.start is not None
        and element.speaker is not None
        and bool(_PUPIL_SPEAKER.fullmatch(element.speaker.replace(" ", "")))
        for element in elements
    )
    return timed >= FEWEST_TURNS and timed >= FEWEST_SHARE * len(elements)


def has_consent(metadata: Metadata) -> bool:
    """Tell whether the metadata record that a recording was consented to: a date, or words such as 已登记.

    One word of refusal (未取得, 待补, 两名家长不同意) outweighs everything else.
    """
    said = " ".join(metadata.consent.split())
    if _REFUSED.search(_UNOPPOSED.sub("", said)):
        return False
    return bool(iso_date(said) or _DAY.search(said) or _GIVEN.search(said) or _UNOPPOSED.search(said))


def _in_order(found: Iterable[Private]) -> tuple[Private, ...]:
    """Sort by place; of two that overlap the one that begins first stays, then the longer."""
    kept: list[Private] = []
    for item in sorted(found, key=lambda p: (p.element, p.span.start, -p.span.end)):
        if kept and kept[-1].element == item.element and item.span.start < kept[-1].span.end:
            continue
        kept.append(item)
    return tuple(kept)


def _masked(
    element: Element, private: Sequence[Private], names: Collection[str], label_of: Callable[[str], str]
) -> Element:
    speaker = element.speaker
    if speaker and element.text.startswith(speaker):
        speaker = _replaced(speaker, [item for item in private if item.span.end <= len(speaker)], label_of)
    elif speaker:
        speaker = mask_text(speaker, names, label_of)
    if not private and speaker == element.speaker:
        return element
    return replace(element, text=_replaced(element.text, private, label_of), speaker=speaker)


def _replaced(text: str, private: Sequence[Private], label_of: Callable[[str], str]) -> str:
    pieces: list[str] = []
    position = 0
    for item in private:
        pieces += [text[position : item.span.start], _mask_of(item, label_of)]
        position = item.span.end
    return "".join([*pieces, text[position:]])


def _mask_of(item: Private, label_of: Callable[[str], str]) -> str:
    if item.kind == "pupil":
        return label_of(item.value)
    digits = sum(character.isdigit() for character in item.value)
    # 学籍号 and 学号 are no numbers of identity cards, which have 18 or 15 characters and begin with a digit.
    school = item.kind == "id_number" and not (item.value[0].isdigit() and digits in {15, 17, 18})
    return SCHOOL_NUMBER if school else MASKS[item.kind]
