"""Find where two sources say the same thing with another number, date, name or negation; newer first.

Hardly anything may be called a conflict that is none: the sentences must agree in all but one place, and what a lesson
records of its own class (minutes, pupils, marks, days) is compared with nothing but the same lesson's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.chat.answer import Citation, Claim
from assistant.chat.disagreement import disagreement
from assistant.chat.listing import titled
from assistant.chat.passages import passage_of_chunk
from assistant.chat.sides import names
from ingest.document import Span
from ingest.lexical import bigrams
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant.chat.answer import Evidence
    from assistant.chat.disagreement import Disagreement, Part
    from assistant.chat.retrieve import ScoredChunk
    from ingest.document import Metadata

MOST = 2
PASSAGES = 6
# Other chunks that say nearly what a passage says, of those found.
OTHERS = 4
# Chunks that share this part of the shorter one's bigrams may say it otherwise.
ALIKE = 0.4

# What these papers say of minutes, pupils, marks and days is about one class on one day.
_OWN_LESSON = frozenset(("教案", "课件", "课堂实录", "教研记录", "问卷", "成绩"))
_RECORDS = frozenset(("课堂实录", "教研记录", "问卷", "成绩"))
_SAME_PLACE = ("stage", "grade", "subject", "edition", "volume", "unit")
# Figures of two lessons may differ, each teacher's exercises have their own; not those of a rule or of a fact.
_GENERAL = re.compile(
    r"公式|等于|是指|叫做|称为|规定|要求|不得|不能|不可|不准|必须|应当|禁止|至少|至多|不超过|不少于|沸点|熔点|作者|朝代|[唐宋元明清]代|公元|世纪"
)
_CLASS_WORD = re.compile(
    r"学生|同学|孩子|全班|[我本两]班|生\s?\d|S\d\d|前测|后测|正确率|得分率|均分|小组|课前|课后|巡视|上课|下课|课时|环节"
)
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}")


def conflicts(
    passages: Sequence[Evidence],
    others: Sequence[ScoredChunk] = (),
    arrived: Callable[[Evidence], str] = lambda _passage: "",
) -> tuple[tuple[Evidence, ...], tuple[Claim, ...]]:
    """Return the passages that are needed beside the given ones, and a notice for each conflict, at most `MOST`.

    Args:
        passages: the evidence of an answer; at most `PASSAGES` are compared.
        others: chunks that were found too; those that say nearly what a passage says are compared with it.
        arrived: when a passage's version was taken in, as ISO 8601; decides where documents have no dates.

    """
    first = list(passages[:PASSAGES])
    more = list(_alike(first, others))
    kept: list[Evidence] = []
    told: list[Claim] = []
    seen: set[frozenset[str]] = set()
    for at, one in enumerate(first):
        for other in (*first[at + 1 :], *more):
            if len(told) == MOST:
                return tuple(kept), tuple(told)
            if one.document_id == other.document_id or not _comparable(one.metadata, other.metadata):
                continue
            for one_span, other_span, found in _differences(one, other):
                key = frozenset(_shown(found))
                if key not in seen and len(told) < MOST:
                    seen.add(key)
                    if other.number:
                        against, at_span = other, other_span
                    else:
                        against = _narrowed(other, other_span, len(passages) + len(kept) + 1)
                        at_span = Span(0, len(against.text))
                        kept.append(against)
                    told.append(_notice((one, one_span), (against, at_span), found, arrived))
    return tuple(kept), tuple(told)


def _differences(one: Evidence, other: Evidence) -> Iterator[tuple[Span, Span, Disagreement]]:
    for span in sentence_spans(one.text, at_semicolons=False):
        said = one.text[span.start : span.end]
        for against in sentence_spans(other.text, at_semicolons=False):
            text = other.text[against.start : against.end]
            found = disagreement(said, text, one.text, other.text)
            if found and not _own_figures(one.metadata, other.metadata, found):
                yield span, against, found


def _own_figures(one: Metadata, other: Metadata, found: Disagreement) -> bool:
    """Tell whether a difference is only that of two classes or two days: each lesson has its own figures and people."""
    if not ({one.kind, other.kind} & _OWN_LESSON) or _same_lesson(one, other):
        return False
    parts = found.one, found.other
    if any(_CLASS_WORD.search(part.side.text) for part in parts):
        return True
    own = [name for about in (one, other) for name in (about.author, about.school) if name]
    figures = any(part.has_figure for part in parts)
    general = all(_GENERAL.search(part.side.text) for part in parts)
    return (figures and not general) or any(_names_one_of(part, own) for part in parts)


def _names_one_of(part: Part, own: Sequence[str]) -> bool:
    people = [word for word, tag in part.side.within(part.start, part.end) if names(tag)]
    return any(word in name for word in people for name in own)


def _same_lesson(one: Metadata, other: Metadata) -> bool:
    """Tell whether two papers are of one teacher's one lesson: the same plan in two states, or two records of one day."""
    known = all((one.author, one.school, one.topic or one.title))
    same = (one.author, one.school, one.topic or one.title, one.kind) == (
        other.author,
        other.school,
        other.topic or other.title,
        other.kind,
    )
    return known and same and (one.kind not in _RECORDS or one.date == other.date)


def _comparable(one: Metadata, other: Metadata) -> bool:
    """Tell whether two documents are of the same stage, grade, subject, book and unit, as far as both say so."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in _SAME_PLACE
        if getattr(one, name) and getattr(other, name)
    )


def _alike(passages: Sequence[Evidence], others: Sequence[ScoredChunk]) -> Iterator[Evidence]:
    """Yield chunks, as unnumbered passages, that say nearly what a passage of another document says."""
    known = [(passage, bigrams(passage.text)) for passage in passages]
    count = 0
    for scored in others:
        chunk = scored.stored.chunk
        grams = bigrams(chunk.text)
        like = any(
            passage.document_id != scored.stored.document_id
            and len(grams & held) >= ALIKE * max(1, min(len(grams), len(held)))
            for passage, held in known
        )
        if like:
            yield passage_of_chunk(scored, 0, Span(0, len(chunk.text)))
            count += 1
        if count == OTHERS:
            return


def _narrowed(passage: Evidence, span: Span, number: int) -> Evidence:
    """Return one sentence of a passage as a passage of its own."""
    start = passage.span.start
    where = Span(start + span.start, start + span.end)
    return replace(passage, number=number, span=where, text=passage.text[span.start : span.end])


def _notice(
    one: tuple[Evidence, Span], other: tuple[Evidence, Span], told: Disagreement, arrived: Callable[[Evidence], str]
) -> Claim:
    one_said, other_said = _shown(told)
    newer, older = (one[0], one[1], one_said), (other[0], other[1], other_said)
    basis, turned = _newer(one[0], other[0], arrived)
    if turned:
        newer, older = older, newer
    said = "；".join(f"{_named(passage)}写“{_piece(passage, span)}”" for passage, span, _ in (newer, older))
    order = f"（按{basis}，新的在前。）" if basis else "（看不出哪份更新。）"
    citations = tuple(_citation(passage, span) for passage, span, _ in (newer, older))
    return Claim(
        f"两份资料说法不同：{said}{order}",
        "supported",
        citations,
        unproven=(newer[2], older[2]),
        reason=f"按{basis}，新的在前" if basis else "看不出哪份更新",
        quoted=True,
        conflict=True,
    )


def _shown(told: Disagreement) -> tuple[str, str]:
    """Return what each says, with words beside it where the other has nothing there."""
    if told.one.said and told.other.said:
        return told.one.shown, told.other.shown
    return told.one.with_words_beside().said, told.other.with_words_beside().said


def _newer(one: Evidence, other: Evidence, arrived: Callable[[Evidence], str]) -> tuple[str, bool]:
    """Return what tells which of two passages is newer, and whether it is the second; "" when nothing tells."""
    dates = [passage.metadata.date if _DATE.match(passage.metadata.date) else "" for passage in (one, other)]
    if all(dates) and dates[0] != dates[1]:
        return "资料日期", dates[1] > dates[0]
    if one.document_id == other.document_id and one.version != other.version:
        return "版本", other.version > one.version
    times = arrived(one), arrived(other)
    if all(times) and times[0] != times[1]:
        return "入库时间", times[1] > times[0]
    return "", False


def _named(passage: Evidence) -> str:
    about = passage.metadata
    version = f"第{passage.version}版" if passage.version > 1 else ""
    told = "，".join(part for part in (about.date, about.school, about.author, version) if part)
    return f"{titled(about)}（{told}）" if told else titled(about)


def _piece(passage: Evidence, span: Span) -> str:
    return " ".join(passage.text[span.start : span.end].split()).rstrip("。")


def _citation(passage: Evidence, span: Span) -> Citation:
    start = passage.span.start
    quote = passage.text[span.start : span.end]
    where = Span(start + span.start, start + span.end)
    return Citation(passage.number, passage.document_id, passage.version_id, where, quote)
