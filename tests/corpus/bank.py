"""Find the items of an exercise bank among the elements the product reads from its file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingest.document import Element

_NUMBERED = re.compile(r"(\d{1,3})\. (.+)", re.DOTALL)
_OPTIONS = re.compile(r"A\. ")
_OPTION = re.compile(r"(?:^|\s)([A-D])\. (.*?)(?=\s+[A-D]\. |$)")
_NAMES = {"答案": "answer", "解析": "analysis", "知识点": "point", "层次": "tier", "题目": "stem"}
_FIELD = re.compile(r"(答案|解析|知识点|层次|题目)：(.*)", re.DOTALL)


@dataclass(slots=True)
class Item:
    """One exercise as it stands in its file, white space folded."""

    stem: str = ""
    answer: str = ""
    analysis: str = ""
    point: str = ""
    tier: str = ""
    options: dict[str, str] = field(default_factory=dict)


def items_of(elements: Iterable[Element]) -> dict[str, Item]:
    """Return the items of a bank by number, in the order of their stems; a number that comes twice is an error."""
    items: dict[str, Item] = {}
    current = Item()
    for number, text in _lines(elements):
        if number and (match := _FIELD.match(text)) and number in items:  # 7. 答案：…, keys at the end of the paper
            current = items[number]
        elif number:
            assert number not in items, f"item {number} comes twice"
            current = items[number] = Item(stem=_FIELD.sub(r"\2", text))
            continue
        match = _FIELD.match(text)
        if match:
            name = _NAMES[match[1]]
            assert not getattr(current, name), f"{match[1]} comes twice: {text}"
            setattr(current, name, match[2])
        elif _OPTIONS.match(text):
            current.options = options_of(text)
    return items


def options_of(text: str) -> dict[str, str]:
    """Return the options of a line `A. … B. … C. …` by letter."""
    return {match[1]: match[2] for match in _OPTION.finditer(text)}


def folded(text: str) -> str:
    """Return the text with every run of white space as one space."""
    return " ".join(text.split())


def _lines(elements: Iterable[Element]) -> Iterator[tuple[str, str]]:
    """Yield (item number or empty, text) of each line; an item from a sheet has its number and its stem in two lines."""
    for element in elements:
        if element.kind == "item":
            number, stem, *others = element.text.split("\n")
            yield number.removeprefix("题号："), stem
            for line in others:
                yield "", line.removeprefix("选项：")
            continue
        for line in element.text.splitlines():
            match = _NUMBERED.match(folded(line))
            yield (match[1], match[2]) if match else ("", folded(line))
