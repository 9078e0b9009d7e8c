"""Make a follow-up question stand on its own, by rules, without the model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.lexical import content_words

if TYPE_CHECKING:
    from assistant.chat.answer import Turn

_REFERS_BACK = re.compile(
    r"^(那|它|这|其中|还有|另外|再|继续|第[一二三四五六1-6](点|条|步))|(这节课|这一课|这道题|上面|刚才|前面)"
)
# A question with fewer telling words than this hardly names its subject.
FEW_WORDS = 2


def standalone(question: str, history: tuple[Turn, ...]) -> str:
    """Return the question to search with: a follow-up takes over the words of the question before it."""
    if not history:
        return question
    refers_back = bool(_REFERS_BACK.search(question)) or len(content_words(question)) < FEW_WORDS
    return f"{history[-1].answer.search.question} {question}" if refers_back else question
