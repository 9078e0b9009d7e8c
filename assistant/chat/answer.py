"""What a question gives back: events while it is worked on, and in the end one checked Answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from assistant.chat.gate import Signs
    from assistant.llm.engine import Usage
    from ingest.document import Locator, Metadata, Span

Support = Literal["supported", "partial", "inferred", "contradicted"]
Status = Literal["grounded", "partial", "not_found", "unclear", "inferred", "stopped", "unavailable"]
# How an answer is laid out: sentences, short points, the steps of a lesson, a table of two things, a list of documents.
Shape = Literal["direct", "points", "steps", "table", "resources"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered passage the model is shown and an answer cites.

    `number` counts from 1 within one answer. `span` is the passage in the text of the document version; `ordinal`
    counts the chunks of that version from 0.
    """

    number: int
    document_id: str
    version_id: str
    version: int
    metadata: Metadata
    headings: tuple[str, ...]
    locator: Locator
    span: Span
    text: str
    score: float
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Citation:
    """Bind a sentence to the words of one evidence passage that prove it.

    `span` is the quoted sentence in the text of the document version.
    """

    number: int
    document_id: str
    version_id: str
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, how far its sources prove it, and why not further.

    `unproven` are the words of the sentence that no cited source contains (shown with a dotted underline). A `quoted`
    sentence is a source's own, chosen by the program; the others are the model's. In an answer with a shape `heading` names
    the step or the row it belongs to, and `group` the lesson plan, the column, or the kind of document. A `conflict` tells
    that its two citations, newer first, say different things.
    """

    text: str
    support: Support
    citations: tuple[Citation, ...] = ()
    unproven: tuple[str, ...] = ()
    reason: str = ""
    quoted: bool = False
    group: str = ""
    heading: str = ""
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What a question narrows its search to, named as `ingest.access.FILTERS` does, and the words it was read from.

    A `carried` one was asked for earlier in the conversation.
    """

    name: str
    value: str | int
    words: str
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched and found, on screen before the model starts to write.

    `expected_seconds` estimates the time to the first word from this machine's measured speed; None when unknown.
    `filters` held for what was found; `relaxed` were asked for too, but with them nothing was found. `choices` are
    questions to go on with when this one was too general. `respelled` are words that were searched for instead of ones
    that look mistyped, as (as typed, as searched for). `shape` is how the answer will be laid out.
    """

    question: str
    terms: tuple[str, ...]
    documents_searched: int
    chunks_searched: int
    evidence: tuple[Evidence, ...]
    seconds: float
    expected_seconds: float | None = None
    filters: tuple[Filter, ...] = ()
    relaxed: tuple[Filter, ...] = ()
    choices: tuple[str, ...] = ()
    respelled: tuple[tuple[str, str], ...] = ()
    shape: Shape = "direct"


@dataclass(frozen=True, slots=True)
class Delta:
    """Words as they come from the model, not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One finished sentence, checked; it replaces the same words of the deltas before it."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of every question.

    Status: `grounded` every sentence is supported; `partial` some are; `not_found` the library holds no evidence and
    the model was not called; `unclear` the question is too general, nothing was searched, `search.choices` are more exact
    ones; `inferred` the user asked for an answer without evidence; `stopped` the user or the time
    limit ended it (what was finished is kept); `unavailable` the model cannot run (`notice` says why; search still works).
    `signs` say why the evidence was taken for enough, or not.
    """

    status: Status
    search: Search
    claims: tuple[Claim, ...]
    prompt_hash: str
    model: str
    notice: str = ""
    usage: Usage | None = None
    seconds: float = 0.0
    signs: Signs | None = None


Event = Search | Delta | Checked | Answer


@dataclass(frozen=True, slots=True)
class Turn:
    """One finished exchange of a conversation, as the next question sees it."""

    question: str
    answer: Answer
