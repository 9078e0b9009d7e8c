"""The steps of a lesson, in order and in the words of the lesson plans found: no model is asked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.chat.evidence import overlap
from assistant.chat.listing import titled
from assistant.chat.passages import passage_of_view, said_by, title_share
from assistant.chat.steps import SHOWN, SHOWN_ALONE, lesson_steps
from ingest.document import Span
from ingest.lexical import content_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.chat.answer import Claim, Evidence
    from assistant.chat.contracts import DocumentView
    from assistant.chat.passages import Sources
    from assistant.chat.steps import Step
    from ingest.access import Filters

PLANS = 2
PLANS_OF_A_STAGE = 3
CHUNKS = 24
# A plan is of the lesson asked for when its title holds so much of the weight of the question's words.
LEAST_SHARE = 0.6
# Two plans that share so much of their steps' names are told once.
SAME_PLAN = 0.7
_STAGES = {"导入": "导入|引入|热身|聚焦|情境", "新授": "新授|新课|探究|探索", "小结": "小结|总结|回顾"}
_WRITTEN = "教案"
# Words of the question that no lesson is named by.
_SCHOOL_WORDS = frozenset("教学 上课 一课 这课 这节课 节课 课时 老师 教师 学生 课堂 新课 导读课 这一课".split())


def lay_out_steps(
    question: str, stage: str, filters: Filters, sources: Sources
) -> tuple[tuple[Evidence, ...], tuple[Claim, ...]] | None:
    """Return a passage for each plan and a claim for each step; None when no plan of the lesson is found.

    Args:
        question: what the lesson is, without the words that ask for its steps.
        stage: the one stage that is asked for, as `shapes.stage_of_lesson` names it; empty for all.
        filters: what the documents must have.
        sources: the library.

    """
    words = [word for word in content_words(question) if word not in _SCHOOL_WORDS]
    weights = sources.weigh(words)
    if not weights:
        return None
    fitting: list[tuple[float, DocumentView, tuple[Step, ...]]] = []
    for view in _views(question, filters, sources):
        fit = title_share(view.metadata, weights)
        if fit < LEAST_SHARE:
            continue
        steps = lesson_steps(view.text, view.blocks, shown=SHOWN_ALONE if stage else SHOWN)
        if stage:
            steps = tuple(step for step in steps if re.search(_STAGES[stage], step.heading))[:2]
        if steps and all(_differ(steps, others) for _, _, others in fitting):
            fitting.append((fit, view, steps))
    most = max((fit for fit, _, _ in fitting), default=0.0)
    shown = [one for one in fitting if one[0] >= 0.9 * most][: PLANS_OF_A_STAGE if stage else PLANS]
    if not shown:
        return None
    passages: list[Evidence] = []
    claims: list[Claim] = []
    for number, (fit, view, steps) in enumerate(shown, start=1):
        passage = _passage(view, steps, number, fit)
        passages.append(passage)
        claims += _claims(passage, view, steps, alone=len(shown) == 1)
    return tuple(passages), tuple(claims)


def _views(question: str, filters: Filters, sources: Sources) -> Iterator[DocumentView]:
    """Yield the lesson plans found, best first."""
    asked = tuple(item for item in filters if item[0] != "kind")
    seen: set[str] = set()
    for scored in sources.find(question, CHUNKS, (*asked, ("kind", _WRITTEN))).chunks:
        version_id = scored.stored.chunk.version_id
        if version_id not in seen and (view := sources.view(version_id)) is not None:
            seen.add(version_id)
            yield view


def _differ(steps: Sequence[Step], others: Sequence[Step]) -> bool:
    one, other = ("".join(step.heading for step in part) for part in (steps, others))
    return overlap(one, other) < SAME_PLAN


def _passage(view: DocumentView, steps: Sequence[Step], number: int, score: float) -> Evidence:
    spans = [span for step in steps for span in (step.name, *step.pieces)]
    passage = passage_of_view(
        view, number, Span(min(span.start for span in spans), max(span.end for span in spans)), score
    )
    block = next((block for block in view.blocks if block.span.start <= passage.span.start < block.span.end), None)
    if block is not None and block.kind == "heading":
        # The passage begins at the first step's heading, and is of all the steps.
        return replace(passage, headings=tuple(name for name in passage.headings if name != steps[0].heading))
    return passage


def _claims(passage: Evidence, view: DocumentView, steps: Sequence[Step], *, alone: bool) -> Iterator[Claim]:
    about = view.metadata
    label = (
        titled(about)
        if alone
        else f"{titled(about)}（{'，'.join(filter(None, (about.edition, about.school, about.author)))}）"
    )
    for step in steps:
        text = "\n".join(view.text[span.start : span.end].strip() for span in step.pieces)
        group = f"{label} {step.period}".strip()
        yield said_by(passage, [*step.pieces, step.name], text or step.heading, group=group, heading=step.heading)
