"""A heavy part that opens in the background while everything that does not need it already works."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from assistant.errors import AssistantError
from ingest.errors import ZhujiaoError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

Part = TypeVar("Part")


class Loading(Generic[Part]):
    """Open a part in a thread of its own, at `start` or the first `wait`; ask for its state, or wait for it."""

    def __init__(self, name: str, opener: Callable[[], Part]) -> None:
        self._opener = opener
        self._done = threading.Event()
        self._part: Part | None = None
        self.error: ZhujiaoError | None = None
        self._thread = threading.Thread(target=self._open, name=f"open-{name}", daemon=True)
        self._starting = threading.Lock()

    def start(self) -> None:
        """Begin to open the part; further calls do nothing."""
        with self._starting:
            if not self.has_started:
                self._thread.start()

    @property
    def state(self) -> Literal["loading", "ready", "missing"]:
        """Return whether the part is still opening, ready, or could not be opened (see `error`)."""
        if not self._done.is_set():
            return "loading"
        return "ready" if self._part is not None else "missing"

    @property
    def has_started(self) -> bool:
        """Return whether the part is being opened or was."""
        return self._thread.ident is not None

    def get(self) -> Part | None:
        """Return the part when it is ready, else None; never waits."""
        return self._part

    def wait(self, seconds: float | None = None) -> Part | None:
        """Wait for the opening to end, then return the part, or None when it failed or the time ran out."""
        self.start()
        self._done.wait(seconds)
        return self._part

    def _open(self) -> None:
        try:
            self._part = self._opener()
        except ZhujiaoError as error:
            self.error = error
        except Exception:
            # Whatever else a library raises: waiters must not go on as if all were well, and the log gets the traceback.
            log.exception("opening failed")
            self.error = AssistantError(
                "EN-30", "这个部分意外地打不开，资料没有受影响。", "运行 zhujiao doctor 查看原因。"
            )
        finally:
            self._done.set()
