"""Read files in processes of their own while the model embeds: a file that hangs or crashes its reader stops no other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from ingest.errors import SourceError
from ingest.partition.failures import failure
from ingest.reading import Job, Reading, job_row, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingest.settings import IngestSettings

# Files read ahead of the one that is stored: enough to be busy while a round is embedded, few enough to stay small.
AHEAD = 16
# A reader is replaced after so many files: office libraries keep a little of each.
FILES_EACH = 400
# Starting a reader on a busy machine takes seconds, which no file should pay for.
START_SECONDS = 60.0


class ReaderProcesses:
    """Read with some processes, each file within a limit of time."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        count = settings.workers or max(1, (os.cpu_count() or 2) - 1)
        self._idle: SimpleQueue[_Reader | None] = SimpleQueue()
        for _ in range(count):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="reader")
        self._running: set[_Reader] = set()
        self._closed = False

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Reading | SourceError]]:
        """Yield what became of each job, in the order given; at most `AHEAD` jobs are taken ahead."""
        waiting: deque[tuple[Job, Future[Reading | SourceError]]] = deque()
        coming = iter(jobs)
        try:
            while True:
                while len(waiting) < AHEAD and (job := next(coming, None)) is not None:
                    waiting.append((job, self._threads.submit(self._read, job)))
                if not waiting:
                    return
                job, future = waiting.popleft()
                yield job, future.result()
        finally:
            for _, future in waiting:
                future.cancel()

    def close(self) -> None:
        """End every process; what is being read now is given up."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for reader in list(self._running):
            self._end(reader)
        self._threads.shutdown(wait=True)

    def _read(self, job: Job) -> Reading | SourceError:
        reader = self._idle.get()
        try:
            if self._closed:
                return failure("IN-25")
            if reader is None or reader.done >= FILES_EACH:
                self._end(reader)
                reader = _Reader(self._settings)
                self._running.add(reader)
            return reader.serve(job, self._settings.max_seconds)
        except _Gone as gone:
            self._end(reader)
            reader = None
            return failure("IN-21", limit=round(self._settings.max_seconds)) if gone.late else failure("IN-25")
        finally:
            self._idle.put(reader)

    def _end(self, reader: _Reader | None) -> None:
        if reader is not None:
            self._running.discard(reader)
            reader.kill()


class _Gone(Exception):  # noqa: N818  (it is caught a few lines above and never leaves this module)
    """The process ended, or did not answer in time."""

    def __init__(self, *, late: bool) -> None:
        super().__init__()
        self.late = late


class _Reader:
    """One process, and the thread that listens to it."""

    def __init__(self, settings: IngestSettings) -> None:
        self.done = 0
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        # A session of its own, so that what a reader starts (an office program) ends with it.
        self._process = subprocess.Popen(  # noqa: S603  (this interpreter and a module of this program)
            [sys.executable, "-m", "ingest.reader_process", settings.model_dump_json()],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        Thread(target=self._listen, name="reader-lines", daemon=True).start()

    def serve(self, job: Job, seconds: float) -> Reading | SourceError:
        """Return what the process makes of a job; each page it tells of extends the time."""
        allowed = seconds if self.done else seconds + START_SECONDS
        self.done += 1
        if self._process.stdin is None:
            raise _Gone(late=False)
        try:
            self._process.stdin.write(json.dumps(job_row(job)) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise _Gone(late=False) from error
        while True:
            try:
                line = self._lines.get(timeout=allowed)
            except Empty as error:
                raise _Gone(late=True) from error
            if line is None:
                raise _Gone(late=False)
            answer: dict[str, Any] = json.loads(line)
            if "reading" in answer:
                return reading_of(answer["reading"])
            if "error" in answer:
                code, message, hint, retryable = answer["error"]
                return SourceError(code, message, hint, retryable=retryable)
            allowed = seconds

    def kill(self) -> None:
        """End the process and whatever it started."""
        with suppress(OSError):  # it has ended by itself
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):  # a half-written job to a process that is gone
                    stream.close()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            with suppress(ValueError):  # closed by `kill`
                for line in self._process.stdout:
                    self._lines.put(line)
        self._lines.put(None)
