"""What the page and the command line may ask of the assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.chat.answer import Event, Turn
    from assistant.llm.engine import StopSignal
    from ingest.document import Block, Metadata


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One version of a document, ready to be shown in the panel: its text in blocks and where it comes from.

    `is_retired` says that the document is not searched any more.
    """

    document_id: str
    version_id: str
    version: int
    is_current: bool
    is_retired: bool
    path: str
    metadata: Metadata
    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Readiness:
    """What can be used now: each part is `loading`, `ready` or `missing` (the notice says what to do)."""

    search: Literal["loading", "ready", "missing"]
    model: Literal["loading", "ready", "missing"]
    documents: int
    chunks: int
    notice: str = ""


class Assistant(Protocol):
    """Everything the page needs; the fake and the real one behave alike."""

    def readiness(self) -> Readiness:
        """Return at once what can be used now."""
        ...

    def ask(
        self,
        question: str,
        history: tuple[Turn, ...] = (),
        stop: StopSignal | None = None,
        *,
        infer: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> Iterator[Event]:
        """Yield one Search, then Deltas and Checked sentences, then one Answer; never raises for a user's input.

        With `infer` the model answers without evidence and every sentence is marked inferred. `without` names what of
        the question not to go by: filters (`Search.filters`), or "spelling" for `Search.respelled`.
        """
        ...

    def view(self, version_id: str) -> DocumentView | None:
        """Return a version of a document, current or old; None when it is unknown or not open to the reader."""
        ...

    def status(self) -> dict[str, Any]:
        """Return counts, models and versions as plain values."""
        ...
