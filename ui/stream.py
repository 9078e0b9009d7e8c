"""Carry events from the assistant's iterator to a handler, with ticks while nothing comes."""

from __future__ import annotations

import queue
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Ended:
    """The iterator is exhausted; `error` is what it raised, if it did."""

    error: BaseException | None


class Pump(Generic[Item]):
    """Run an iterator in a thread of its own, so that its consumer never waits longer than a tick."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._queue: queue.SimpleQueue[Item | Ended] = queue.SimpleQueue()
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ask")
        future = executor.submit(self._drain, items)
        future.add_done_callback(lambda done: self._queue.put(Ended(done.exception())))
        executor.shutdown(wait=False)

    def _drain(self, items: Iterable[Item]) -> None:
        for item in items:
            self._queue.put(item)

    def batches(self, seconds: float) -> Iterator[list[Item] | Ended]:
        """Yield what came, at most once in `seconds`, an empty list when nothing did, and last an `Ended`."""
        batch: list[Item] = []
        while True:
            if batch:
                time.sleep(seconds)
            batch = []
            try:
                entry = self._queue.get(timeout=seconds)
                while not isinstance(entry, Ended):
                    batch.append(entry)
                    entry = self._queue.get_nowait()
            except queue.Empty:
                yield batch
                continue
            if batch:
                yield batch
            yield entry
            return
