"""Decide whether the evidence answers a question: what the program sees, and for a question of fact the model's short answer.

Likeness and shared words tell whether the library speaks of a thing; they hardly tell whether it says what is asked. For that
the model writes the answer in a few words, the place where these words stand is looked at (`place`), and the model says
whether that answer is right (its 对 against 错; Kadavath et al. 2022, "Language Models (Mostly) Know What They Know"). A
logistic regression over all of it decides; `python -m eval.calibration` fits it on folds held apart.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.chat.compose import answer_messages, followed_by
from assistant.chat.place import Place, place_of
from assistant.llm.engine import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.answer import Evidence
    from assistant.chat.prompt import Prompt
    from assistant.llm.engine import Engine, StopSignal

# Whether the library speaks of the thing at all: `zhujiao eval refusal` prints what is refused by this alone.
NEAR = 0.5
RATHER_NEAR = 0.4
RATHER_COVERED = 0.35
COVERED_BY_WORDS = 0.75

# Fitted by `python -m eval.calibration`.
WEIGHTS = {"right": 1.54, "nearest": 10.67, "held": 0.94, "fit": 1.85}
BIAS = -5.68
# Evidence below this score does not answer.
LEAST_SCORE = 0.0

SHORT_TOKENS = 24
_NOTHING = re.compile(r"没有|无$|未知|不知道|未提")
# What asks for a way, a reason or a list of things is answered by passages, not by a few words.
_OPEN = re.compile(
    r"怎么|怎样|如何|为什么|为何|什么意思|办法|方法|策略|步骤|环节|过程|流程|设计|建议|注意|区别|比较|异同|不同|意义|特点|要点|重点|难点|目标|思路|"
    r"做法|经验|反思|评价|分析|介绍|说说|讲讲|谈谈|解释|总结|概括|问题|情况|原因|影响|例子|活动|导入|板书|教案|课件|习题|练习|试题|试卷|"
    r"实录|记录|资料|材料|资源|内容|哪些|哪几|常错|易错|(?<![是叫])什么(?!时候|时间|地方|名)"
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for evidence: shares from 0 to 1, `nearest` a cosine similarity, `right` log odds.

    `nearest` is None while the embedding model is not there. `narrowed` questions name nothing but filters: whatever was
    found answers them. `short` is the model's answer in a few words, empty when it found none; `right` and `fit` tell
    how sure it is of it and how well the question holds where it stands; they are None when the model was not asked.
    """

    nearest: float | None
    covered: float
    held: float
    narrowed: bool = False
    short: str = ""
    right: float | None = None
    fit: float | None = None

    @property
    def enough(self) -> bool:
        """Tell whether the library speaks of what is asked, by the program's signs alone."""
        if self.narrowed:
            return True
        if self.nearest is None:
            return self.covered >= COVERED_BY_WORDS
        return self.nearest >= NEAR or (self.nearest >= RATHER_NEAR and self.covered >= RATHER_COVERED)

    @property
    def score(self) -> float | None:
        """The log odds that the evidence answers; None when the model was not asked."""
        if self.right is None or self.fit is None or self.nearest is None:
            return None
        values = {"right": self.right, "nearest": self.nearest, "held": self.held, "fit": self.fit}
        return sum(WEIGHTS[name] * value for name, value in values.items()) + BIAS

    @property
    def answers(self) -> bool:
        """Tell whether there is evidence for an answer."""
        return self.enough and (self.score is None or self.score >= LEAST_SCORE)


def asks_for_a_fact(question: str) -> bool:
    """Tell whether a few words can answer a question."""
    return not _OPEN.search(question)


@dataclass(frozen=True, slots=True)
class Opinions:
    """The prompts for what the model is asked before it answers; each goes on where the answer's own prompt ends."""

    answer: Prompt
    short: Prompt
    right: Prompt

    def ask(
        self, engine: Engine, question: str, evidence: Sequence[Evidence], signs: Signs, stop: StopSignal
    ) -> tuple[Signs, Place | None]:
        """Return the signs with the model's opinion, and the place where its short answer stands.

        The signs stay as they are when it was stopped, or when the engine cannot tell how sure it is.
        """
        messages = answer_messages(self.answer, question, evidence)
        asked = Request(followed_by(messages, self.short.messages()), max_tokens=SHORT_TOKENS, stop=("\n",))
        short = "".join(piece for piece in engine.stream(asked, stop) if isinstance(piece, str)).strip(' 。.“”"')
        judged = Request(followed_by(messages, self.right.messages(answer=short)))
        weights = engine.weigh(judged, ("对", "错"), stop)
        if weights is None or not all(map(math.isfinite, weights)):
            return signs, None
        found = "" if _NOTHING.match(short) else short
        place = place_of(question, found, evidence) if found else None
        right = weights[0] - weights[1]
        return replace(signs, short=found, right=right, fit=place.fit if place else 0.0), place
