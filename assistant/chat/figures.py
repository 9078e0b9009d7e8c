"""Read a sentence as the tokens a check compares: numbers by value, Latin words, single Chinese characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

# What may be left out or added without saying anything else.
WEIGHTLESS = frozenset("的了着也就\u3000")

_WIDE = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()} | {
    0xFF0E: ".",
    0xFF05: "%",
}
_MEASURES = (
    "个分秒时节课道次题种步张名位人米厘平毫千吨元角倍%年月日天周岁页组届章部集场座条只台辆支本册件层间所家户代世号楼度岁"
    "公里克升亩户首篇段句字行列项类级班排颗棵朵匹头批枚架艘套点世"
)
_ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?"
_HAN_DIGITS = "零〇一二两三四五六七八九"
_NUMERAL = rf"[{_HAN_DIGITS}十百千万亿]+"
_TOKEN = re.compile(
    rf"(?P<part>百分之(?:{_ARABIC}|{_NUMERAL}))"
    rf"|(?P<fraction>(?P<below>{_NUMERAL})分之(?P<above>{_NUMERAL})|\d+/\d+)"
    rf"|(?P<arabic>{_ARABIC})(?P<myriads>[万亿]*)"
    rf"|(?P<numeral>(?<=第){_NUMERAL}|{_NUMERAL}(?=[{_MEASURES}])|[{_HAN_DIGITS}十百千万亿]{{2,}})"
    r"|(?P<latin>[^\W\d_\u3400-\u4dbf\u4e00-\u9fff]+)"
    r"|(?P<mark>[，,。；;：:！!？?\n…—（）()])"
    r"|(?P<single>[\u3400-\u4dbf\u4e00-\u9fff%℃°²³+\-−×÷=<>≤≥])"
)
_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}


@dataclass(frozen=True, slots=True)
class Token:
    """A comparable piece of a text: `value` is compared, `start` and `end` say where it stands.

    `clause` and `sentence` count from 0.
    """

    value: str
    is_figure: bool
    start: int
    end: int
    clause: int
    sentence: int


def narrow(text: str) -> str:
    """Return a text with full-width digits and letters narrow; every character keeps its place."""
    return text.translate(_WIDE)


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text in order; white space, punctuation and weightless characters give none."""
    found: list[Token] = []
    clause = sentence = 0
    for match in _TOKEN.finditer(narrow(text).lower()):
        start, end = match.span()
        if match["mark"]:
            clause += 1
            sentence += match[0] in "。！!？?\n"
        elif match["latin"] or match["single"]:
            if match[0] not in WEIGHTLESS:
                found.append(Token(match[0], is_figure=False, start=start, end=end, clause=clause, sentence=sentence))
        else:
            value = _figure(match)
            found.append(Token(value, is_figure=True, start=start, end=end, clause=clause, sentence=sentence))
            if match["part"]:
                found.append(Token("%", is_figure=False, start=end, end=end, clause=clause, sentence=sentence))
    return tuple(found)


def _figure(match: re.Match[str]) -> str:
    if match["part"]:
        return _value(match[0][3:])
    if match["fraction"]:
        return f"{_value(match['above'])}/{_value(match['below'])}" if match["below"] else match[0]
    return _value(match[0])


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a text in order by value, Chinese numerals as digits: 四十 → 40, 8万 → 80000."""
    return tuple(token.value for token in tokens(text) if token.is_figure)


def _value(numeral: str) -> str:
    """Return a number's value in plain digits; a row of Chinese digits is read digit by digit: 二〇一五 → 2015."""
    if numeral[0].isdigit():
        plain = Decimal(numeral.rstrip("万亿").replace(",", ""))
        for char in numeral[len(numeral.rstrip("万亿")) :]:
            plain *= _MYRIADS[char]
        return format(plain.normalize(), "f")
    if len(numeral) > 1 and all(char in _VALUES for char in numeral):
        return "".join(str(_VALUES[char]) for char in numeral)
    total, part, digit = 0, 0, 0
    for char in numeral:
        if char in _MYRIADS:
            total, part, digit = (total + max(part + digit, int(not total))) * _MYRIADS[char], 0, 0
        elif char in "十百千":
            part += max(digit, 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            digit = _VALUES[char]
    return str(total + part + digit)
