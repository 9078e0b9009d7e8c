"""Make a follow-up question stand on its own: what it takes over from the conversation, and what it changes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.chat.choices import about
from assistant.chat.restrictions import mentions, request_free, restrictions
from ingest.labels import chinese_number
from ingest.lexical import content_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.answer import Answer, Filter, Turn

_MARKED = re.compile(r"^(?:那么?|还有|另外|换成?|改成|再来|再)|呢[？?。！!\s]*$|有吗[？?\s]*$|的[？?。\s]*$")
_ONLY_MARKS = re.compile(r"^(?:那么?|还有|另外|换成?|改成|再来|再)+|(?:呢|有吗|的|[？?。！!\s])+$")
_REFERS_BACK = re.compile(
    r"(?<![其维吉])它|^(?:那|这|其中|该)(?!么)|这节课|这一课|那一课|这课|这个|这道题|这道|这首|这篇|这些|那些|上面|刚才|前面说|上述"
)
_POINT = re.compile(r"第\s?([一二三四五六七八九十]|\d{1,2})\s?[点条步句项]")
_GOES_ON = re.compile(
    r"^(?:请|能|可以|再|继续|接着|还有(?:别的|其他)?|具体|详细|展开|举(?:个|几个)?例|为什么|为何|怎么做|怎么说|什么意思|比如|然后|还能|说说|讲讲)"
)
# A follow-up that only goes on has no more content words than this.
FEW_WORDS = 2
_TITLE = re.compile("《[^《》]+》")
# A question after the kind that the earlier one looked for is not about that kind any more.
_OF_PAPERS = ("kind", "layer")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A follow-up as a question that stands on its own, with what it is narrowed to."""

    question: str
    filters: tuple[Filter, ...]


def resolve(question: str, history: tuple[Turn, ...], *, secondary: bool = False) -> Resolved | None:
    """Return the follow-up with what it takes over from the last exchange; None when it stands on its own."""
    if not history or _TITLE.search(question):
        return None
    last = history[-1].answer
    before, carried = last.search.question, tuple(replace(item, carried=True) for item in last.search.filters)
    named = mentions(question, secondary=secondary)
    rest = about(_ONLY_MARKS.sub("", question), named)
    marked = bool(_MARKED.search(question))
    papers_only = all(item.name in _OF_PAPERS for item in named)
    if named and not rest and (marked or papers_only or len(named) == 1):
        return Resolved(_exchanged(before, carried, named), _over(carried, named))
    if (point := _POINT.search(question)) and (said := _said(last, chinese_number(point[1]) or 0)):
        return Resolved(f"{before} {said} {question}", carried)
    if _REFERS_BACK.search(question):
        kept = tuple(item for item in carried if item.name not in _OF_PAPERS)
        return Resolved(f"{before} {question}", _over(kept, restrictions(question, secondary=secondary)))
    telling = content_words(request_free(question))
    if (marked and rest and len(telling) <= FEW_WORDS and not named) or _goes_on(question, telling):
        return Resolved(f"{before} {question}", carried)
    return None


def _goes_on(question: str, telling: Sequence[str]) -> bool:
    """Tell whether a question names nothing itself: 为什么, 还有别的办法吗, 再详细说说."""
    return not telling or (len(telling) <= FEW_WORDS and bool(_GOES_ON.match(question)))


def _over(carried: Sequence[Filter], named: Sequence[Filter]) -> tuple[Filter, ...]:
    """Return the filters carried over, with the values that are named now in the place of the earlier ones."""
    new = {item.name: item for item in named}
    return (*(new.pop(item.name, item) for item in carried), *new.values())


def _exchanged(before: str, carried: Sequence[Filter], named: Sequence[Filter]) -> str:
    """Write the new words in the place of those they replace in the earlier question, or after it."""
    words = {item.name: item.words for item in carried}
    for item in named:
        old = words.get(item.name, "")
        before = before.replace(old, item.words, 1) if old and old in before else f"{before} {item.words}"
    return before


def _said(answer: Answer, number: int) -> str:
    """Return the sentence that is the n-th point of an answer as the page shows it; empty when there is none."""
    written = [claim for claim in answer.claims if not claim.quoted] or list(answer.claims)
    return written[number - 1].text.strip() if 0 < number <= len(written) else ""
