"""What the 资料库 place needs of the library; `assistant.service.Service` keeps it, and so does `tests/fakes/curator.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Json = dict[str, Any]


class Curator(Protocol):
    """Take files in, list documents, tell one's story, change states; all values are plain JSON values."""

    def ingest(
        self, paths: Sequence[str], *, anew: bool, consent: str = "", stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[Json]:
        """Yield events with a `type`: any number of progress, then one report or one error.

        When `stopped` the run ends with a report of what is done, which is kept. Two runs at once take turns.
        """
        ...

    def documents(self, state: str = "") -> Json:
        """Return `documents: [{path, state, chunks, metadata, unknown}]` of a state, or all."""
        ...

    def document(self, path: Path) -> Json:
        """Return a row of `documents` with origins, versions, events, corrections and duplicates.

        Raises:
            LibraryError: LB-12 when it is not in the library.

        """
        ...

    def set_state(self, paths: Sequence[Path], state: str, why: str) -> Json:
        """Give documents a state; return `files: [{path, code, message, hint}]`, the code empty where it was done."""
        ...
