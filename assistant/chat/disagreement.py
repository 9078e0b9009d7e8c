"""Where two sentences that say the same thing contradict each other: one number, date, name or negation that differs.

Precision comes first. The sentences must agree in all but one place, and each must be a contradiction when it is checked as a claim
against the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.chat.differences import find_faults
from assistant.chat.plain_formula import plain_formulas
from assistant.chat.sides import flat, lay, names, read, tells
from assistant.chat.word_classes import denies, unit
from ingest.labels import FORM_LABELS
from ingest.lexical import bigrams

if TYPE_CHECKING:
    from assistant.chat.align import Alignment, Edit
    from assistant.chat.sides import Side

# Least share of the bigrams of both sentences that they have in common, to be compared word by word.
LIKE = 0.4
# Least share of the longer sentence's tokens that are the same, in order, in the other.
SAME_THING = 0.72
LEAST_TOKENS = 8
MOST_TOKENS = 120
# A shorter sentence of at least so many tokens may be a clause of the longer one, with this share of its tokens the same.
CLAUSE_TOKENS = 10
CLAUSE_SAME = 0.8
# Words that stand for each other in this much of the same are another name, whatever a tagger makes of one of them.
NAMED_SAME = 0.85
_BRIEF = 12
# Numbers that only tell one thing from another: 第3课时, 例2, Unit 5, 3. …, 图1.
_LABEL_BEFORE = re.compile(
    r"(?:第|[题例图表组层问]|Unit|Module|Lesson|[Nn]o\.?|[①-⑳]|版本?|编号|序号|(?<![A-Za-z])[A-Z])\s?$"
)
_NO_STATEMENT = re.compile(
    rf"\||答案|故选|应选|选项|选[A-D]|本题|题目|[这此]道?题|^[A-D][.、．]|^\s*(?:{'|'.join(FORM_LABELS)})\s*[：:]"
)
_LABEL_AFTER = re.compile(r"^\s*(?:[号题组单元课章版册路班线届]|[、.．)）:：](?!\d))")
_CELLS = re.compile(r"\|")


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a sentence, as tokens `start` to `end`, that the other sentence says otherwise."""

    side: Side
    start: int
    end: int

    @property
    def said(self) -> str:
        """Return its words as they stand."""
        return self.side.said(self.start, self.end)

    @property
    def has_figure(self) -> bool:
        """Return whether a number is in it."""
        return any(token.is_figure for token in self.side.tokens[self.start : self.end])

    @property
    def shown(self) -> str:
        """Return its words with the unit behind a number."""
        if self.start == self.end:
            return ""
        last = self.side.tokens[self.end - 1]
        return self.said + (unit(self.side.text, last.end) if last.is_figure else "")

    def with_words_beside(self) -> Part:
        """Return it with up to two words before and behind."""
        return Part(self.side, max(0, self.start - 2), min(len(self.side.tokens), self.end + 2))


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The one place where two sentences differ, in each."""

    one: Part
    other: Part


def disagreement(one: str, other: str, one_around: str = "", other_around: str = "") -> Disagreement | None:
    """Return where two sentences that say the same thing contradict each other; None when they do not.

    `…_around` are the passages they stand in: a sentence that both of them hold is no difference between them.
    """
    if not _may_be_same(one, other) or flat(one) in flat(other_around) or flat(other) in flat(one_around):
        return None
    left, right = read(plain_formulas(one)), read(plain_formulas(other))
    turned = len(left.tokens) > len(right.tokens)
    short, long = (right, left) if turned else (left, right)
    if len(short.tokens) < LEAST_TOKENS or len(long.tokens) > MOST_TOKENS:
        return None
    alignment = lay(short, long)
    edit = _only_edit(short, long, alignment)
    if edit is None or not _contradict(short, long, alignment, edit):
        return None
    parts = Part(short, edit.start, edit.end), Part(long, edit.source_start, edit.source_end)
    return Disagreement(*(parts[::-1] if turned else parts))


def _may_be_same(one: str, other: str) -> bool:
    """Tell from the characters alone whether a comparison word by word is worth its time.

    Rows of tables are not; nor are answers of exercises, which say nothing without their questions, and the lines of a form
    (日期：…), which say what a document is.
    """
    if any(_NO_STATEMENT.search(text) for text in (one, other)) or flat(one) == flat(other):
        return False
    ours, theirs = bigrams(one), bigrams(other)
    return len(ours & theirs) >= LIKE * min(len(ours), len(theirs))


def _contradict(short: Side, long: Side, alignment: Alignment, edit: Edit) -> bool:
    """Tell whether each sentence, taken as a claim, is contradicted by the other."""
    parts = Part(short, edit.start, edit.end), Part(long, edit.source_start, edit.source_end)
    if any(map(_is_label, parts)) or _other_subject(*parts):
        return False
    known = f"{short.text} {long.text}".lower()
    there = list(find_faults(short, long, alignment, known))
    back = list(find_faults(long, short, lay(long, short), known))
    if any(fault.contradicts for fault in there) and any(fault.contradicts for fault in back):
        return True
    same = len(alignment.pairs) >= NAMED_SAME * len(long.tokens)
    return bool(there and back) and same and _other_name(*parts)


def _other_name(one: Part, other: Part) -> bool:
    """Tell whether a name stands in another's place."""
    named = any(names(tag) for part in (one, other) for _, tag in part.side.within(part.start, part.end))
    return named and all(0 < len(part.said) <= _BRIEF for part in (one, other))


def _only_edit(short: Side, long: Side, alignment: Alignment) -> Edit | None:
    """Return the one edit that says something; None where there are others, or too little is the same.

    Either the sentences are the same from beginning to end, or the shorter is some clauses of the longer.
    """
    whole = len(alignment.pairs) >= SAME_THING * len(long.tokens)
    part = len(short.tokens) >= CLAUSE_TOKENS and len(alignment.pairs) >= CLAUSE_SAME * len(short.tokens)
    if not whole and not part:
        return None
    telling = [
        edit
        for edit in alignment.edits
        if _tells(short, edit.start, edit.end) or _tells(long, edit.source_start, edit.source_end)
    ]
    paired = {other for _, other in alignment.pairs}
    clauses = {long.tokens[at].clause for at in paired}
    unsaid = [
        token
        for at, token in enumerate(long.tokens)
        if at not in paired
        and not any(edit.source_start <= at < edit.source_end for edit in alignment.edits)
        and (whole or token.clause in clauses)
    ]
    return telling[0] if len(telling) == 1 and not unsaid else None


def _tells(side: Side, start: int, end: int) -> bool:
    said = side.said(start, end)
    figure = any(token.is_figure for token in side.tokens[start:end])
    return bool(said) and (
        figure or denies(said) or any(tells(word) for word, _ in side.within(start, end)) or len(said) > 2
    )


def _is_label(part: Part) -> bool:
    side = part.side
    return any(
        _LABEL_BEFORE.search(side.text[: token.start])
        or (_LABEL_AFTER.match(side.text[token.end :]) and not part.start)
        or re.fullmatch(r"[（(]\d{1,2}[)）]", side.text[max(0, token.start - 1) : token.end + 1])
        for token in side.tokens[part.start : part.end]
        if token.is_figure
    )


def _other_subject(one: Part, other: Part) -> bool:
    """Tell whether the sentences only begin with another name: then they speak of two things."""
    return min(one.start, other.start) <= 1 and not (one.has_figure or other.has_figure)
