"""Have the model phrase an answer from evidence, and check each sentence as soon as it is finished."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.chat.answer import Checked, Claim, Delta, Evidence, Shape, Status
from assistant.chat.draft import DraftReader, DraftSentence, draft_grammar
from assistant.chat.plain_formula import plain_formulas
from assistant.chat.prompt import Prompt, disarm
from assistant.chat.verify import check
from assistant.llm.engine import Engine, Message, Request, StopSignal, Usage
from ingest.lexical import bigrams

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.settings import LlmSettings

# A sentence that shares this part of its bigrams with an earlier one only repeats it; short points are made to differ more.
REPEATED = 0.85
REPEATED_POINT = 0.7
# How the marks around a passage begin, as a document might write them.
_MARK = re.compile(r"【(?=\s*资\s*料)")


@dataclass(slots=True)
class Composition:
    """What one generation has given so far, and the shape that is asked of it."""

    claims: list[Claim] = field(default_factory=list)
    usage: Usage | None = None
    stopped: bool = False
    shape: Shape = "direct"

    def status(self) -> Status:
        """Return how far the sentences are proven."""
        if self.stopped or (self.usage is not None and self.usage.finish in {"cancelled", "timeout"}):
            return "stopped"
        kinds = {claim.support for claim in self.claims}
        if kinds == {"supported"}:
            return "grounded"
        return "partial" if kinds & {"supported", "partial"} else "inferred"


def answer_messages(prompt: Prompt, question: str, evidence: Sequence[Evidence]) -> tuple[Message, ...]:
    """Lay the passages and the question out for the model."""
    return prompt.messages(passages="\n".join(map(_fenced, evidence)), question=disarm(question))


def followed_by(messages: tuple[Message, ...], more: tuple[Message, ...]) -> tuple[Message, ...]:
    """Put a prompt's words behind the last message, so that everything before them is read once."""
    *before, last = messages
    return (*before, Message(last.role, f"{last.content}\n{more[-1].content}"))


def compose(
    engine: Engine,
    messages: tuple[Message, ...],
    evidence: Sequence[Evidence],
    *,
    settings: LlmSettings,
    stop: StopSignal,
    into: Composition,
) -> Iterator[Delta | Checked]:
    """Yield words as they come and each finished sentence checked against the evidence; fill `into`.

    Without evidence every sentence is marked inferred. Sentences that only repeat an earlier one are dropped.
    """
    request = Request(
        messages=messages,
        max_tokens=settings.answer_tokens,
        grammar=draft_grammar(len(evidence), into.shape) if evidence and settings.engine == "local" else None,
        timeout_seconds=settings.timeout_seconds,
    )
    reader = DraftReader()
    for piece in engine.stream(request, stop):
        if isinstance(piece, Usage):
            into.usage = piece
            # A sentence the token limit or a stop cut off is shown but not kept as a claim.
            out = reader.finish() if piece.finish == "stop" else []
        else:
            out = reader.feed(piece)
        for item in out:
            if isinstance(item, str):
                yield Delta(item)
            elif not _repeats(item.text, into.claims, REPEATED_POINT if into.shape == "points" else REPEATED):
                into.claims.append(_claim(item, evidence))
                yield Checked(into.claims[-1])


def _claim(sentence: DraftSentence, evidence: Sequence[Evidence]) -> Claim:
    if not evidence:
        return Claim(sentence.text, "inferred", reason="没有引用资料，由模型推断")
    return check(sentence.text, sentence.cited, evidence)


def _repeats(text: str, claims: Sequence[Claim], least: float) -> bool:
    grams = bigrams(text)
    said = (bigrams(claim.text) for claim in claims if not claim.quoted)
    return any(len(grams & other) >= least * max(1, len(grams)) for other in said)


def _fenced(passage: Evidence) -> str:
    """Lay a passage between its marks; nothing of the document can write such a mark, nor a second line of the heading."""
    place = " › ".join(dict.fromkeys((passage.metadata.title, *passage.headings)))
    heading, body = " ".join(place.split()), plain_formulas(passage.text)
    return f"【资料 {passage.number}】{_unmarked(disarm(heading))}\n{_unmarked(disarm(body))}\n【资料 {passage.number} 完】"


def _unmarked(text: str) -> str:
    return _MARK.sub("〖", text)
