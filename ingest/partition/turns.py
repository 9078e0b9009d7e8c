"""Speaker turns of transcripts: `[00:03:12] 师：…`, `00:03:12 师：…`, `师：…`, `周敏 00:03:12` and the text below it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.document import Element, Locator

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = r"\s{0,20}"  # a bound, or a line of blanks would be tried in every way
_TIME = r"(?:(?P<h{n}>\d{{1,2}})[:：])?(?P<m{n}>\d{{1,3}})[:：](?P<s{n}>\d{{2}}(?:[.,]\d{{1,3}})?)"
_BEFORE = (
    rf"(?:[\[【(（]?{_GAP}{_TIME.format(n=1)}(?:{_GAP}[-—~～至]{{1,4}}{_GAP}[\d:：.,]{{4,12}})?{_GAP}[\]】)）]?{_GAP})?"
)
_SPEAKER = r"(?P<speaker>[\w·]{1,12}(?:\s?\d{1,3})?(?:[（(][^（）():：]{1,8}[）)])?)"
_AFTER = rf"(?:{_GAP}[\[【(（]?{_GAP}{_TIME.format(n=2)}{_GAP}[\]】)）]?)?"
_LINE = re.compile(rf"{_BEFORE}{_SPEAKER}{_AFTER}{_GAP}[：:]\s*(?P<text>.*)", re.DOTALL)
_HEAD = re.compile(rf"{_SPEAKER}\s{_GAP}[\[【(（]?{_GAP}{_TIME.format(n=2)}{_GAP}[\]】)）]?")
_ROLE = re.compile(
    r"(?:执教者?|授课)?(?:师生|师|教师|老师|生|学生|同学|全班|众生?|[TS]|主持人?|组长|专家|教研员|评委|记录员|家长|说话人|发言人)"
    r"(?:\s?\d{1,3}|[甲乙丙丁戊己庚辛A-Z]|们|（[^（）]{1,8}）|\([^()]{1,8}\))?|[SsTt]\d{1,3}"
    r"|[\u4e00-\u9fff]{1,3}(?:老师|主任|校长|组长|教研员)(?:[（(][^（）()]{1,8}[）)])?"
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_NAME = re.compile(r"[\u4e00-\u9fff]{2,3}(?:[（(][^（）()]{1,8}[）)])?")
FEWEST_TURNS = 3
FEWEST_SHARE = 0.4
LONGEST_LINE = 20_000


@dataclass(frozen=True, slots=True)
class _Turn:
    speaker: str
    start: float | None
    text: str


def mark_turns(elements: Sequence[Element]) -> list[Element]:
    """Return the elements with the turns of a transcript marked; other documents come back unchanged.

    A turn's text keeps its speaker in front (`师：…`), because evidence shown without it would mislead; its time goes
    to the locator. Paragraphs without a speaker stay text: whose they are is not known.
    """
    found = _join_heads(elements)
    spoken = [turn for _, turn in found if turn is not None]
    names = Counter(turn.speaker for turn in spoken)
    accepted = [(element, turn if turn and _is_speaker(turn, names) else None) for element, turn in found]
    count = sum(turn is not None for _, turn in accepted)
    texts = sum(element.kind in {"text", "list"} for element, _ in accepted)
    if count < FEWEST_TURNS or count < FEWEST_SHARE * texts:
        return list(elements)
    return [_as_turn(element, turn) if turn else element for element, turn in accepted]


def split_speaker(text: str) -> tuple[str | None, str]:
    """Split `师：同学们好` into the speaker's role and the words; other text has no speaker."""
    match = _LINE.fullmatch(text) if len(text) < LONGEST_LINE else None
    if match and match["m1"] is None and match["m2"] is None and _ROLE.fullmatch(match["speaker"]):
        return match["speaker"], match["text"]
    return None, text


def _join_heads(elements: Sequence[Element]) -> list[tuple[Element, _Turn | None]]:
    """Read each element as a turn if it has the form of one; a head line takes the words of the next element."""
    found: list[tuple[Element, _Turn | None]] = []
    head: _Turn | None = None
    waiting: Element | None = None
    for element in elements:
        turn = _parse(element)
        if head is not None and waiting is not None:
            if turn is None and element.kind in {"text", "list"}:
                found.append((element, replace(head, text=element.text)))
                head = waiting = None
                continue
            found.append((waiting, None))
            head = waiting = None
        if turn is not None and not turn.text and turn.start is not None:
            head, waiting = turn, element
        else:
            found.append((element, turn))
    if waiting is not None:
        found.append((waiting, None))
    return found


def _parse(element: Element) -> _Turn | None:
    if element.kind not in {"text", "list"} or len(element.text) > LONGEST_LINE:
        return None
    match = _LINE.fullmatch(element.text)
    if match is None:
        match = _HEAD.fullmatch(element.text)
        return _Turn(match["speaker"], _seconds(match, 2), "") if match else None
    start = _seconds(match, 1) if match["m1"] is not None else _seconds(match, 2)
    return _Turn(match["speaker"], start, match["text"].strip())


def _seconds(match: re.Match[str], which: int) -> float | None:
    if match[f"m{which}"] is None:
        return None
    seconds = float(match[f"s{which}"].replace(",", "."))
    return int(match[f"h{which}"] or 0) * 3600 + int(match[f"m{which}"]) * 60 + seconds


def _is_speaker(turn: _Turn, names: Counter[str]) -> bool:
    if not turn.text:
        return False
    if turn.start is not None or _ROLE.fullmatch(turn.speaker):
        return True
    # 「答案：」「方法：」 have the form of 「周敏：」: a name must look like one and speak again and again.
    repeated = names[turn.speaker] >= FEWEST_TURNS
    return repeated and turn.speaker[0] in _SURNAMES and _NAME.fullmatch(turn.speaker) is not None


def _as_turn(element: Element, turn: _Turn) -> Element:
    locator = element.locator if turn.start is None else Locator(page=element.locator.page, start=turn.start)
    return Element("turn", f"{turn.speaker}：{turn.text}", locator, speaker=turn.speaker)
