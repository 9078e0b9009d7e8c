"""Find pupils' names: a name counts when something says that a pupil is meant, and is then found everywhere in the file.

What says so is a class list (`rosters`), or what stands around the name (`name_anchors`). Teachers, authors, historical
persons and the children of word problems have no such anchors, or are known and left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.privacy.anchors import Mention, anchored, lines_of, neighbours, speakers
from ingest.privacy.name_lists import CLEAR_SURNAMES, FAMOUS, ORDINARY, ORDINARY_GIVEN, STOCK, STRADDLING
from ingest.privacy.name_shape import TITLES, given_name, is_bounded, is_full_name, is_han, is_left_bounded, name_end

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from ingest.document import Element, Metadata
    from ingest.privacy.anchors import Line
    from ingest.privacy.rosters import Entry, Setting

_ADULT_LABEL = re.compile(
    r"(?:执教|授课|任课|上课|主讲|主备|备课|设计|作者|撰稿|执笔|编写|整理|转写|记录|主持|参加|参与|参会|出席|列席|与会|听课|观课|评课|点评|指导|"
    r"审核|审阅|校对|命题|出题|阅卷|统计|监考|班主任|校长|教研员|专家|负责|分工|教师姓名|老师姓名)[\u4e00-\u9fff]{0,4} ?(?:[：:]|\|) ?(?P<names>[^\n]{1,160})"
)
_TOKEN = re.compile(r"[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff])")
_MASKED = re.compile(r"学生[A-Z]{1,3}")
_SEPARATORS = re.compile(r"[|\n、，,；;/：:（(）)\s]+")
REAL = frozenset({"课堂实录", "教研记录", "成绩", "问卷"})
FEWEST_TURNS = 3


def setting_of(elements: Sequence[Element], metadata: Metadata) -> Setting:
    """Tell a lesson (a transcript), a text that tells of one (minutes, plans, all that is unknown), and teaching material.

    In teaching material the children of exercises have names, and no anchor but a class list is trusted.
    """
    if metadata.kind in {"习题", "课件", "课标"}:
        return "teaching"
    if metadata.kind == "课堂实录":
        return "lesson"
    spoken = sum(element.kind == "turn" and element.speaker is not None for element in elements)
    return "told" if metadata.kind or spoken < FEWEST_TURNS else "lesson"


def find_pupils(
    elements: Sequence[Element], metadata: Metadata, setting: Setting, listed: Sequence[Entry]
) -> list[Mention]:
    """Return every mention of a pupil, in order and without overlap; `name` is the full name where it is known.

    Args:
        elements: cleaned elements of one file.
        metadata: what the file is; its author teaches.
        setting: from `setting_of`.
        listed: what `rosters.entries` found in its tables and fields.

    """
    found = [Mention(entry.element, entry.start, entry.end, entry.value) for entry in listed if entry.kind == "pupil"]
    sure = len(found)
    adults = {entry.value for entry in listed if entry.kind == "teacher"}
    if setting != "teaching":
        lines = list(lines_of(elements))
        adults |= _adults(elements, lines, metadata, setting, {mention.name for mention in found})
        if setting == "lesson":
            found += [mention for mention in speakers(elements, lines) if mention.name not in adults]
        sure = len(found)
        others = adults | FAMOUS
        told = anchored(elements, lines, metadata.kind, setting)
        found += [mention for mention in told if mention.name not in others]
        found += neighbours(elements, found, others)
    # In minutes, lists and lessons 李明 is a pupil once he was anchored; elsewhere he is mostly the child of an exercise.
    stock = frozenset[str]() if metadata.kind in REAL else STOCK - {m.name for m in found[:sure]}
    full, short = _full_and_short(found, adults | stock)
    words = {mention.name for mention in found[:sure]} & ORDINARY - adults
    found = [_with_full_name(mention, short) for mention in found]
    found += _everywhere(elements, full, short, adults | FAMOUS)
    found += _named_by_words(elements, words)
    return _without_overlaps(found)


def known_names_in(text: str, names: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return (start, end, name) of the names in a text, longest first, none inside a longer word or another name."""
    wanted = _Wanted.of(
        (name for name in names if _is_anybodys_own(name, {name for name in STOCK if not is_full_name(name)})), FAMOUS
    )
    return list(wanted.occurrences(text))


def _full_and_short(found: Sequence[Mention], adults: Collection[str]) -> tuple[set[str], dict[str, str]]:
    """Return the names to look for everywhere, and the given names and nicknames with the full name of each."""
    full = {mention.name for mention in found if not mention.short and _is_anybodys_own(mention.name, adults)}
    given = Counter(filter(None, map(given_name, full)))
    nicks = {mention.name for mention in found if mention.short and mention.name not in STOCK}
    short = {name: name for name in nicks if _is_anybodys_own(name, adults)}
    # 雨桐 of 李雨桐 and of 王雨桐: nobody knows which is called.
    short |= {part: name if given[part] == 1 else part for name in full if (part := given_name(name))}
    return full, {part: name for part, name in short.items() if part not in ORDINARY_GIVEN}


def _with_full_name(mention: Mention, short: dict[str, str]) -> Mention:
    name = short.get(mention.name, mention.name) if mention.short else mention.name
    return Mention(mention.element, mention.start, mention.end, name)


def _is_anybodys_own(name: str, adults: Collection[str]) -> bool:
    """Tell names that are masked wherever they stand from those masked at their anchors only: words, and others' names."""
    shared = name in adults or name in FAMOUS or name in ORDINARY
    return is_han(name) and len(name) > 1 and not shared


def _adults(
    elements: Sequence[Element], lines: Sequence[Line], metadata: Metadata, setting: Setting, pupils: Collection[str]
) -> set[str]:
    """Return the names of those who teach, keep minutes or bear a title; `pupils` are known from class lists."""
    adults = {part for part in _SEPARATORS.split(metadata.author) if part}
    minutes = metadata.kind == "教研记录"
    for element in elements:
        if element.kind != "turn":
            for match in _ADULT_LABEL.finditer(element.text):
                adults.update(token[0] for token in _TOKEN.finditer(match["names"]) if is_full_name(token[0]))
        adults.update(_titled(element.text))
        if minutes and element.kind == "table":
            cells = (cell for cell in _SEPARATORS.split(element.text) if cell not in pupils)
            adults.update(filter(is_full_name, cells))
    labels = Counter[str]()
    for line in lines:
        name = re.split(r"[（(]", line.speaker)[0]
        if line.is_teacher or (minutes and is_full_name(name)):
            adults.add(name)
        elif is_full_name(name) or _MASKED.fullmatch(name):
            labels[name] += line.end - line.words
    # Where only names speak and none is known to teach, the teacher is who speaks most.
    if setting == "lesson" and len(labels) > 1 and not any(line.is_teacher or line.speaker in adults for line in lines):
        adults.add(labels.most_common(1)[0][0])
    return adults


def _titled(text: str) -> Iterator[str]:
    """Yield the full names in front of a title: 何建国老师."""
    for match in TITLES.finditer(text):
        for length in (3, 2, 4):
            name = text[max(0, match.start() - length) : match.start()]
            if len(name) == length and is_full_name(name):
                yield name
                break


def _everywhere(
    elements: Sequence[Element], full: set[str], short: dict[str, str], others: Collection[str]
) -> Iterator[Mention]:
    if not full and not short:
        return
    names, parts = _Wanted.of(full, others), _Wanted.of(short, [*full, *others])
    for index, element in enumerate(elements):
        text = element.text
        for start, end, name in names.occurrences(text):
            yield Mention(index, start, end, name)
        for start, end, part in parts.occurrences(text):
            if is_left_bounded(text, start) and is_bounded(text, end):
                yield Mention(index, start, end, short[part])


def _named_by_words(elements: Sequence[Element], words: set[str]) -> Iterator[Mention]:
    """Yield 夏天 of a class list where 夏天同学 or 学生夏天 is said; the season stays."""
    wanted = _Wanted.of(words)
    for index, element in enumerate(elements):
        text = element.text
        for start, end, name in wanted.occurrences(text):
            if text.startswith(("同学", "小朋友", "，你"), end) or text.endswith(("学生", "请", "谢谢"), 0, start):
                yield Mention(index, start, end, name)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Names to look for; those of others are known only to keep a shorter name from matching inside them."""

    names: frozenset[str]
    others: frozenset[str]
    lengths: tuple[int, ...]
    firsts: re.Pattern[str] | None

    @classmethod
    def of(cls, names: Iterable[str], others: Iterable[str] = ()) -> _Wanted:
        wanted, rest = frozenset(names), frozenset(others)
        firsts = "".join(sorted(re.escape(character) for character in {name[0] for name in wanted}))
        lengths = tuple(sorted({len(name) for name in wanted | rest if name}, reverse=True))
        return cls(wanted, rest, lengths, re.compile(f"[{firsts}]") if firsts else None)

    def occurrences(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, name), the longest name at each place, without overlaps."""
        position = 0
        for match in self.firsts.finditer(text) if self.firsts else ():
            start = match.start()
            if start < position:
                continue
            for length in self.lengths:
                name = text[start : start + length]
                if (name in self.names or name in self.others) and _stands_alone(text, start, name):
                    position = start + len(name)  # at the end of the text the piece is shorter than asked for
                    if name in self.names:
                        yield start, position, name
                    break


def _stands_alone(text: str, start: int, name: str) -> bool:
    """Tell a name from a piece of a longer word or of a longer name: 张丽 in 张丽丽说, 常胜 in 常胜将军."""
    end = start + len(name)
    if TITLES.match(text, end):
        return False
    if len(name) > 2:  # longer names are no words
        return True
    if start and text[start - 1 : start + 1] in STRADDLING:
        return False
    if name[0] in CLEAR_SURNAMES:
        return is_bounded(text, end) or name_end(text, start) == end
    return is_left_bounded(text, start) and is_bounded(text, end)


def _without_overlaps(mentions: Iterable[Mention]) -> list[Mention]:
    """Keep the longest of mentions that overlap."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.element, m.start, -m.end)):
        if kept and kept[-1].element == mention.element and mention.start < kept[-1].end:
            continue
        kept.append(mention)
    return kept
