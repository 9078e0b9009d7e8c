"""The lines of an exercise paper, and what each begins: a section, an item, the answers at the end, or nothing new."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ingest.chunk.item_labels import TIER
from ingest.chunk.pieces import lines_of
from ingest.labels import chinese_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.document import Block, Document, Span

Begins = Literal["head", "key", "number", "ordinal", "named", "paren", "range", "table", "break", ""]

_MARKS = r"[★☆*●▲※◆■◎\s]{0,6}"
_NUMBER = re.compile(_MARKS + r"(\d{1,3})\s*(?:[、．]|\.(?!\d))\s*")
_NUMBER_ENDS = r"(?=[】\].．、:：）)（(【\s]|$)[】\].．、:：\s]*"
_ORDINAL = re.compile(
    _MARKS + r"[【\[]?(?:第\s*(\d{1,3}|[一二三四五六七八九十]{1,3})\s*小?题|题\s*(\d{1,3}))" + _NUMBER_ENDS
)
_NAMED = re.compile(
    _MARKS
    + r"[【\[]?(?:例题?|变式题?|变式训练|思考题|习题|问题)\s*(\d{1,3}|[一二三四五六七八九十])(?:[-–—]\d{1,2})?"
    + _NUMBER_ENDS
)
_PAREN = re.compile(_MARKS + r"[（(](\d{1,3})[）)]\s*")
_RANGE = re.compile(r"\d{1,3}\s*[-—–~～至]\s*\d{1,3}()")  # 1—5 BCADB
_NUMERAL = re.compile(r"([一二三四五六七八九十]{1,3})\s*[、.．]\s*\S")
_SUB_NUMERAL = re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]\s*\S")
_KEY = re.compile(
    r"(?:.{0,30}[\s：:】》])?[【\[（(]?(?:附[：:]?)?(?P<plain>参考答案|标准答案|习题答案|答案)(?:(?:与|及|和|、)?(?:解析|详解|评分\w{0,4}|提示|说明))?[】\]）)]?[：:]?"
)
_KEY_AT_LEAST = re.compile(r"参考答案|标准答案|答案(?:与|及|和|、)")
# What stands before the questions of a passage belongs to none of the items around it.
_PASSAGE = re.compile(r"(?:阅读|根据|结合|观察|听|读|看).{0,60}(?:回答|完成|解答|选择).{0,20}(?:题|问题)")
_NOTE = re.compile(r"[（(][^（）()]{0,30}[）)]")
LARGEST_GAP = 3  # items that a paper leaves out between two numbers
LOOK_AHEAD = 40  # lines
LONGEST_HEAD = 60
LONGEST_TIER_LINE = 16
TYPED_RANK, SUB_RANK, TIER_RANK = 500, 600, 700  # below every heading of the file's own


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block; `number` and `content` (where its words begin) are set when it begins an item.

    `rank` orders heads: the smaller, the higher. `scope` is the numeral of a section, 「二」 of 「二、填空题」.
    """

    span: Span
    block: Block
    begins: Begins
    number: int = 0
    content: int = 0
    rank: int = 0
    scope: str = ""


def read_lines(document: Document) -> Iterator[Line]:
    """Yield every line; blocks that are never part of a written item (slides, turns, sheet rows) are one `break` each."""
    for block in document.blocks:
        place = block.locator
        if block.kind in {"item", "turn"} or place.slide is not None or place.row is not None:
            yield Line(block.span, block, "break")
        elif block.kind == "table":
            yield Line(block.span, block, "table")
        elif block.kind == "heading":
            yield _head(document.text, block.span, block, 10 * (block.level or 1))
        else:
            yield from (_line(document.text, span, block) for span in lines_of(document.text, block.span))


def outer_style(lines: Sequence[Line]) -> Begins:
    """Return how the items of a paper are numbered: the way of the first number, if it counts further than the others.

    Within an item (1) (2) are questions of one item; in a paper that knows nothing else they are the items.
    """
    reach: dict[Begins, int] = {"number": 0, "ordinal": 0, "paren": 0}
    first: Begins = "number"
    for line in lines:
        if line.begins in reach:
            first = line.begins if not any(reach.values()) else first
            reach[line.begins] += line.number == reach[line.begins] + 1
    if first == "paren" and reach["paren"] <= reach["number"]:
        return "number"
    return first if reach[first] > 1 else "number"


def goes_on(number: int, last: int, following: Iterable[int]) -> bool:
    """Tell whether a number goes on with a numbering that has come to `last`, and is none of a list within an item.

    After 2. comes 3.; but the list inside item 2 may come to a 3. as well: then 3. comes again before a 1. does.
    """
    if number == last + 1:
        return next((other == 1 for other in following if other in {1, number}), True)
    return last < number <= last + LARGEST_GAP


def _line(text: str, span: Span, block: Block) -> Line:
    words = text[span.start : min(span.end, span.start + 2 * LONGEST_HEAD)]
    whole = span.end - span.start <= LONGEST_HEAD
    if whole and _NUMERAL.match(words):
        return _head(text, span, block, TYPED_RANK)
    if whole and _SUB_NUMERAL.match(words):
        return _head(text, span, block, SUB_RANK)
    if whole and _KEY.fullmatch(words):
        return Line(span, block, "key", rank=TYPED_RANK - 1)
    if len(_NOTE.sub("", words)) <= LONGEST_TIER_LINE and _is_tier_line(words):
        return _head(text, span, block, TIER_RANK)
    for begins, pattern in _PATTERNS:
        if match := pattern.match(words):
            value = next((_value(group) for group in match.groups() if group), 0)
            return Line(span, block, begins, number=value, content=span.start + match.end())
    return Line(span, block, "break" if _PASSAGE.match(words) else "")


_PATTERNS: tuple[tuple[Begins, re.Pattern[str]], ...] = (
    ("number", _NUMBER), ("ordinal", _ORDINAL), ("named", _NAMED), ("paren", _PAREN), ("range", _RANGE),
)  # fmt: skip


def _value(number: str) -> int:
    return int(number) if number.isdecimal() else chinese_number(number) or 0


def _is_tier_line(words: str) -> bool:
    bare = _NOTE.sub("", words)
    return TIER.search(bare) is not None and not re.search(r"[。；，,：:？?]|\d", bare)


def _head(text: str, span: Span, block: Block, rank: int) -> Line:
    words = text[span.start : span.end]
    numeral = _NUMERAL.match(words)
    if len(words) <= LONGEST_HEAD and _KEY.fullmatch(words):
        return Line(span, block, "key", rank=rank)
    if numeral and _KEY_AT_LEAST.search(words) and _KEY.fullmatch(words[numeral.end() - 1 :]):  # 三、参考答案
        return Line(span, block, "key", rank=rank)
    return Line(span, block, "head", rank=rank, scope=numeral[1] if numeral else "")
