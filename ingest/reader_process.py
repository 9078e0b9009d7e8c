"""A process that reads files for another one: jobs come in as JSON lines, readings go out as JSON lines.

Started by `ingest.readers`. It ends when its input ends, so it never outlives the process that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from ingest.environment import prepare_environment
from ingest.errors import SourceError
from ingest.partition.failures import failure
from ingest.reading import job_of, read_file, reading_row
from ingest.settings import IngestSettings

# Far above what a file within the limits takes; a file that still wants more must not take the computer down.
MOST_MEMORY = 6 * 1024**3


def main() -> None:
    """Serve jobs until the input ends."""
    prepare_environment()
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    settings = IngestSettings.model_validate_json(sys.argv[1])
    _limit_memory()
    jobs: SimpleQueue[str] = SimpleQueue()
    Thread(target=_listen, args=(jobs,), daemon=True).start()
    while True:
        _answer(answers, _serve(json.loads(jobs.get()), settings, answers))


def _listen(jobs: SimpleQueue[str]) -> None:
    """Take jobs in; the end of the input means that nobody waits for an answer any more."""
    with os.fdopen(os.dup(0), encoding="utf-8") as lines:
        for line in lines:
            jobs.put(line)
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)  # an office program it may have started, too
    os._exit(0)


def _serve(row: dict[str, Any], settings: IngestSettings, answers: IO[str]) -> dict[str, Any]:
    def on_page(number: int) -> None:
        _answer(answers, {"page": number})

    try:
        return {"reading": reading_row(read_file(job_of(row), settings, on_page))}
    except SourceError as error:
        told = error
    except (MemoryError, RecursionError):
        told = failure("IN-18", detail="展开后放不进内存")
    return {"error": [told.code, told.message, told.hint, told.retryable]}


def _answer(answers: IO[str], row: dict[str, Any]) -> None:
    answers.write(json.dumps(row, ensure_ascii=True) + "\n")
    answers.flush()


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows, not where the limit is lower already
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
