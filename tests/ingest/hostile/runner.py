"""Run files through discover, partition and normalise in a child process that is watched, and say how each ended.

The child is this module run as a program. It writes one line of JSON a file; if it hangs or dies the parent notes that
for the file and starts another child for the rest.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.document import Source
    from ingest.report import FileRow
    from ingest.settings import IngestSettings
    from tests.ingest.hostile.files import Case

ROOT = Path(__file__).resolve().parents[3]
SPACE = 8 * 1024**3  # bytes of address space, of which the libraries alone take a third
MEMORY = 1024**3  # bytes that reading one file may add; more would bring a school's PC to a stand
START = 300.0  # seconds for the imports
PATIENCE = 60.0  # seconds of the clock for one file; the machine may be busy with other things
TOO_LONG = "IN-21"  # the pipeline's code for a file given up; where it is expected there is no use in waiting long
_CHANGES = {
    "os.rename": 2,
    "os.remove": 1,
    "os.mkdir": 1,
    "os.rmdir": 1,
    "os.symlink": 2,
    "os.link": 2,
    "os.truncate": 1,
}
_OUTSIDE = (
    "socket.connect",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "webbrowser.open",
)


@dataclass(frozen=True)
class Result:
    """How a file ended: its outcomes, seconds of processor time, and everything that must not be."""

    outcomes: frozenset[str]
    seconds: float
    problems: tuple[str, ...]


def run(cases: Sequence[Case], settings: IngestSettings, work: Path) -> tuple[dict[str, Result], str]:
    """Return the results by the cases' ids, and what the children wrote to the console beside them.

    A file that does not end has the outcome IN-21, which the pipeline gives it too.
    """
    results: dict[str, Result] = {}
    console = ""
    for place in ("cwd", "home", "tmp", "staging"):
        (work / place).mkdir(parents=True, exist_ok=True)
    while left := [case for case in cases if case.id not in results]:
        job = work / "job.json"
        files = [[case.id, str(case.path), case.holds] for case in left]
        job.write_text(json.dumps({"files": files, "settings": settings.model_dump()}), encoding="ascii")
        ended, noise = _one_child(job, left, work)
        results |= ended
        console += noise
    return results, console


def _one_child(job: Path, cases: Sequence[Case], work: Path) -> tuple[dict[str, Result], str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(work / "home"),
        "USERPROFILE": str(work / "home"),
        "ZHUJIAO_HOME": str(work / "home"),
        "TMPDIR": str(work / "tmp"),
        "TEMP": str(work / "tmp"),
        "TMP": str(work / "tmp"),
    }
    command = [sys.executable, "-m", "tests.ingest.hostile.runner", str(job), str(work)]
    child = subprocess.Popen(command, cwd=work / "cwd", env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines: queue.Queue[bytes] = queue.Queue()
    noise: list[bytes] = []
    readers = [
        threading.Thread(target=lambda: [lines.put(line) for line in child.stdout] + [lines.put(b"")], daemon=True),
        threading.Thread(target=lambda: noise.extend(child.stderr), daemon=True),
    ]
    for reader in readers:
        reader.start()
    results: dict[str, Result] = {}
    lines.get(timeout=START)  # it is ready
    for case in cases:
        try:
            line = lines.get(timeout=PATIENCE / 12 if TOO_LONG in case.expect else PATIENCE)
        except queue.Empty:
            results[case.id] = Result(frozenset({TOO_LONG}), 0.0, ())
            break
        if not line:
            results[case.id] = Result(frozenset(), 0.0, (f"the reading process died with {child.wait()}",))
            break
        said = json.loads(line)
        results[said["id"]] = Result(frozenset(said["outcomes"]), said["seconds"], tuple(said["problems"]))
    child.kill()
    child.wait()
    for reader in readers:
        reader.join()
    child.stdout.close()
    child.stderr.close()
    return results, b"".join(noise).decode("utf-8", "replace")


def main(job: Path, work: Path) -> None:
    """Be the child: read the files of a job, one line of output each."""
    from ingest.partition import partition
    from ingest.settings import IngestSettings

    _limit_memory()
    watch = _Watch((work / "staging", work / "tmp"))
    task = json.loads(job.read_text(encoding="ascii"))
    settings = IngestSettings.model_validate(task["settings"])
    real_stdout = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever else prints is noise
    for word in ("a.md", "a.docx"):  # the first file of each pays for the imports, not a hostile one
        _warm(work / "tmp" / word, partition, settings)
    real_stdout.write("ready\n")
    real_stdout.flush()
    for name, path, holds in task["files"]:
        real_stdout.write(json.dumps({"id": name, **_ended(Path(path), holds, settings, work, watch)}) + "\n")
        real_stdout.flush()


def _warm(path: Path, partition: object, settings: object) -> None:
    from tests.ingest.hostile.bases import docx

    path.write_bytes(docx() if path.suffix == ".docx" else "# 面积".encode())
    partition(path, settings)
    path.unlink()


def _ended(path: Path, holds: str, settings: IngestSettings, work: Path, watch: _Watch) -> dict[str, object]:
    import time

    from ingest.discover import discover

    watch.events.clear()
    outcomes: set[str] = set()
    problems: list[str] = []
    started, before = time.process_time(), _most_memory()
    read = False
    try:
        for item in discover([path], settings, work / "staging"):
            outcome, found = _item_ended(item, holds, settings)
            outcomes.add(outcome)
            problems.extend(found)
            if getattr(item, "unpacked", None) is not None:
                item.unpacked.unlink()
            read = read or item.path == path
        if not read:
            problems.extend(_read_alone(path, settings))
    except Exception as error:  # noqa: BLE001  (that is what is looked for)
        problems.append(f"{type(error).__name__}: {error}"[:300])
    seconds = time.process_time() - started
    if _most_memory() - before > MEMORY:
        problems.append(f"it took {(_most_memory() - before) >> 20} MB of memory")
    problems.extend(watch.events)
    problems.extend(
        f"left behind: {left}" for place in ("cwd", "home", "tmp", "staging") for left in (work / place).rglob("*")
    )
    return {"outcomes": sorted(outcomes), "seconds": seconds, "problems": sorted(set(problems))}


def _item_ended(item: Source | FileRow, holds: str, settings: IngestSettings) -> tuple[str, list[str]]:
    """Return the outcome of one item of a discovery, and what is wrong with it."""
    from ingest.document import Metadata
    from ingest.errors import SourceError
    from ingest.normalise import assemble
    from ingest.partition import partition
    from ingest.report import FileRow

    if isinstance(item, FileRow):
        return item.code, [*_ill_said(item.code, item.message, item.hint), *_unshowable(item.path)]
    try:
        document = assemble(item, partition(item.file, settings), Metadata())
    except SourceError as error:
        return error.code, _ill_said(error.code, error.message, error.hint)
    return "text", list(_ill_read(document.text, holds))


def _read_alone(path: Path, settings: IngestSettings) -> list[str]:
    """Read a file as if nobody had looked at it before: partition must hold out by itself."""
    from ingest.errors import SourceError
    from ingest.partition import partition

    try:
        partition(path, settings)
    except SourceError as error:
        return _ill_said(error.code, error.message, error.hint)
    return []


def _ill_said(code: str, message: str, hint: str) -> list[str]:
    from ingest.partition.failures import REASONS

    good = code in REASONS and all(
        text.endswith("。") and max(text) >= "\u4e00" and not set(text) & set("{}") and "\ufffd" not in hint
        for text in (message, hint)
    )
    return [] if good else [f"ill said: {code} {message} {hint}"]


def _unshowable(path: str) -> list[str]:
    try:
        path.encode()
    except UnicodeEncodeError:
        return ["a row whose path cannot be written"]
    return []


def _ill_read(text: str, holds: str) -> Iterator[str]:
    if holds not in text:
        yield "what stands innermost is lost without a word"
    if not any(character.isalnum() for character in text):
        yield "an empty document taken for a good one"
    if "\ufffd" in text:
        yield "U+FFFD in the text"
    if any(character < " " and character != "\n" for character in text):
        yield "a control character in the text"
    if "金丝雀" in text:
        yield "the text of another file was read in"
    try:
        text.encode()
    except UnicodeEncodeError:
        yield "half a character in the text"


class _Watch:
    """Take down every file that is written outside the allowed folders, and everything that reaches further."""

    def __init__(self, allowed: Sequence[Path]) -> None:
        self.events: list[str] = []
        self._allowed = tuple(str(folder) + os.sep for folder in allowed)
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = bool(set(str(mode or "")) & set("wax+")) or bool(
                int(flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            if writes and not isinstance(path, int):
                self._judge(event, path)
        elif event in _CHANGES:
            for path in arguments[: _CHANGES[event]]:
                self._judge(event, path)
        elif event in _OUTSIDE and "soffice" not in str(arguments):  # LibreOffice may be asked to convert old files
            self.events.append(f"{event}: {arguments[:2]}"[:200])

    def _judge(self, event: str, path: object) -> None:
        shown = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  (any kind of path)
        if not shown.startswith(self._allowed) and shown != os.devnull:
            self.events.append(f"{event}: {shown}"[:200])


def _most_memory() -> int:
    """Return the most bytes of memory this process has had so far; 0 where nobody counts them."""
    if sys.platform != "linux":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
