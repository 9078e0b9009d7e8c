"""What happens when something in the 资料库 place is used; no Gradio here, so it is tested as plain functions."""

from __future__ import annotations

import itertools
import json
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import ZhujiaoError
from ui.conversation import Failure
from ui.errors import PageError
from ui.ingest_job import FINISHED, IngestJobs
from ui.library_list import FILTER_LIMIT, STANDINGS, ListView, key_of, row_of, select
from ui.names import named
from ui.render_job import render_jobs
from ui.render_library import render_basket, render_listing, render_note
from ui.render_report import render_report
from ui.render_story import WHY_LIMIT, render_no_story, render_story
from ui.uploads import keep_uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ingest.settings import Settings
    from ui.library_contracts import Curator, Json
    from ui.sessions import Sessions
    from ui.uploads import Upload
    from ui.words import Words

PATH_LIMIT = 4096
CONSENT_LIMIT = 300
# Files chosen at once; a folder with more is named by its path or sent as an archive.
MOST_FILES = 500
_LONGEST_CALL = 20_000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LibraryShown:
    """What changes in the place; None leaves a part as it is. `clear` empties the form."""

    note: str | None = None
    basket: str | None = None
    jobs: str | None = None
    report: str | None = None
    listing: str | None = None
    panel: str | None = None
    clear: bool = False


@dataclass(frozen=True, slots=True)
class LibraryCall:
    """What the script of the page sends: which tab, what to do, and with which values."""

    tab: str = ""
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str, limit: int = 200) -> str:
        """Return a value as text of at most `limit` characters; empty when it is none."""
        value = self.values.get(key, "")
        return value[:limit] if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """Return a value as a number; 0 when it is none."""
        value = self.values.get(key, 0)
        return value if isinstance(value, int) and abs(value) < 1 << 31 else 0


def parse_library_call(payload: str) -> LibraryCall:
    """Read what the script sends; anything else is an empty call, which does nothing."""
    try:
        data = json.loads(payload) if len(payload) <= _LONGEST_CALL else {}
    except (ValueError, TypeError, RecursionError):
        return LibraryCall()
    if not isinstance(data, dict) or not isinstance(data.get("values"), dict):
        return LibraryCall()
    return LibraryCall(str(data.get("tab", ""))[:64], str(data.get("name", ""))[:40], data["values"])


class LibraryHandlers:
    """The handlers of the place over one curator; chosen files belong to a tab, runs to all of them."""

    def __init__(self, curator: Curator, settings: Settings, words: Words, sessions: Sessions) -> None:
        self._curator = curator
        self._words = words
        self._sessions = sessions
        self._limit_mb = settings.ingest.max_file_mb
        self._uploads = settings.home / "uploads"
        self.incoming = settings.home / "incoming"
        self._unexpected = Failure("PG-10", words("library.unexpected"), words("library.unexpected.do"))
        self.jobs = IngestJobs(self._ingest, self._unexpected)
        self._serials = itertools.count(1)

    def received(self, tab: str, uploads: Sequence[Upload]) -> LibraryShown:
        """Add files that were sent to those the tab has chosen."""
        session = self._sessions.get(tab)
        with session.lock:
            session.uploads = [*session.uploads, *uploads][-MOST_FILES:]
            return LibraryShown(note="", basket=render_basket(session.uploads, self._words))

    def begin(self, tab: str, path: str, consent: str, *, is_here: bool) -> LibraryShown:
        """Start taking in a path of this computer and the tab's chosen files; say why when nothing was started.

        `is_here` tells whether the request comes from this computer: others may send files, not name paths.
        """
        session = self._sessions.get(tab)
        written = path.strip().strip("\"'").strip()
        with session.lock:
            try:
                paths = [self._named(written, is_here=is_here)] if written else []
                paths += keep_uploads(session.uploads, self.incoming, self._uploads, self._limit_mb, self._words)
            except PageError as error:
                session.uploads = [upload for upload in session.uploads if upload.path.is_file()]
                return LibraryShown(note=self._told(error), basket=render_basket(session.uploads, self._words))
            session.uploads = []
        if not paths:
            said = (self._words("intake.nothing"), self._words("intake.nothing.do"))
            return LibraryShown(note=render_note(*said, words=self._words, is_bad=False))
        self.jobs.start([str(one) for one in paths], consent.strip()[:CONSENT_LIMIT], self._label(paths))
        return LibraryShown(note="", basket="", jobs=self._jobs(), clear=True)

    def act(self, call: LibraryCall) -> LibraryShown:
        """Do what the script asks for; a call that says nothing usable changes nothing."""
        actions: dict[str, Callable[[LibraryCall], LibraryShown]] = {
            "poll": self._poll,
            "report": lambda asked: LibraryShown(report=self._report(asked)),
            "list": lambda asked: LibraryShown(listing=self._listing(asked)),
            "stop": self._stop,
            "forget": self._forget,
            "state": self._set_state,
        }
        action = actions.get(call.name)
        if action is None:
            return LibraryShown()
        try:
            return action(call)
        except Exception:
            log.exception("An action of the library place failed")
            return LibraryShown(note=self._unforeseen())

    def open(self, key: str, note: str = "") -> str:
        """Return the panel with a document's story, or with why there is none."""
        serial = f"d{next(self._serials)}"
        try:
            path = self._path(key)
            if path is None:
                told = render_note(self._words("story.gone"), words=self._words)
                return render_no_story(note + told, self._words, serial=serial)
            return render_story(self._curator.document(path), self._words, serial=serial, note=note)
        except ZhujiaoError as error:
            return render_no_story(note + self._told(error), self._words, serial=serial)
        except Exception:
            log.exception("A document's story failed")
            return render_no_story(note + self._unforeseen(), self._words, serial=serial)

    # --- actions ----------------------------------------------------------------------------------------------

    def _poll(self, call: LibraryCall) -> LibraryShown:
        revision, states = self.jobs.snapshot()
        if call.text("seen") == revision:
            return LibraryShown()
        newest = next((state.number for state in states if state.phase in FINISHED), 0)
        jobs = render_jobs(revision, states, time.monotonic(), self._words)
        # A tab that was reloaded has seen nothing yet.
        basket = None if call.text("seen") else render_basket(self._sessions.get(call.tab).uploads, self._words)
        is_new = newest not in {0, call.number("newest")}
        return LibraryShown(
            basket=basket, jobs=jobs, report=render_report(states, newest, {}, self._words) if is_new else None
        )

    def _forget(self, call: LibraryCall) -> LibraryShown:
        session = self._sessions.get(call.tab)
        with session.lock:
            session.uploads = [file for number, file in enumerate(session.uploads) if number != call.number("file")]
            return LibraryShown(note="", basket=render_basket(session.uploads, self._words))

    def _stop(self, call: LibraryCall) -> LibraryShown:
        self.jobs.stop(call.number("job"))
        return LibraryShown(jobs=self._jobs())

    def _set_state(self, call: LibraryCall) -> LibraryShown:
        key, state = call.text("key"), call.text("state")
        try:
            path = self._path(key)
            if path is None or state not in STANDINGS:
                return LibraryShown(panel=self.open(key))
            row = self._curator.set_state([path], state, call.text("why", WHY_LIMIT).strip())["files"][0]
        except ZhujiaoError as error:
            return LibraryShown(panel=self.open(key, self._told(error)))
        if row["code"]:
            note = render_note(row["message"], row["hint"], row["code"], words=self._words)
        else:
            done = self._words("story.done", state=named("standing", state, self._words))
            note = render_note(done, words=self._words, is_bad=False)
        return LibraryShown(panel=self.open(key, note), listing=self._listing(call))

    # --- parts ------------------------------------------------------------------------------------------------

    def _jobs(self) -> str:
        revision, states = self.jobs.snapshot()
        return render_jobs(revision, states, time.monotonic(), self._words)

    def _report(self, call: LibraryCall) -> str:
        asked = call.values.get("pages")
        pages = {key: page for key, page in asked.items() if isinstance(page, int)} if isinstance(asked, dict) else {}
        return render_report(self.jobs.snapshot()[1], call.number("job"), pages, self._words)

    def _listing(self, call: LibraryCall) -> str:
        state = call.text("state_choice")
        view = ListView(
            call.text("filter", FILTER_LIMIT),
            state if state in STANDINGS else "",
            call.values.get("incomplete") is True,
            call.number("page"),
        )
        try:
            rows = [row_of(document) for document in self._curator.documents()["documents"]]
        except ZhujiaoError as error:
            return self._told(error)
        return render_listing(select(rows, view, self._words), self._words)

    def _ingest(self, paths: Sequence[str], consent: str, stopped: Callable[[], bool]) -> Iterator[Json]:
        return self._curator.ingest(paths, anew=False, consent=consent, stopped=stopped)

    def _path(self, key: str) -> Path | None:
        found = (str(row["path"]) for row in self._curator.documents()["documents"])
        return next((Path(path) for path in found if key_of(path) == key), None)

    def _named(self, written: str, *, is_here: bool) -> Path:
        """Return the path a person wrote.

        Raises:
            PageError: PG-07 when it is not to be used from here, not whole, or not there.

        """
        words = self._words
        if not is_here:
            raise PageError("PG-07", words("intake.elsewhere"), words("intake.elsewhere.do"))
        try:
            path = Path(written[:PATH_LIMIT]).expanduser()
            is_there = path.exists()
        except (OSError, RuntimeError, ValueError):  # a name no system can have, a home nobody has
            path, is_there = Path(written), False
        if not path.is_absolute():
            raise PageError("PG-07", words("intake.relative", path=written), words("intake.relative.do"))
        if not is_there:
            raise PageError("PG-07", words("intake.missing", path=written), words("intake.missing.do"))
        return path

    def _label(self, paths: Sequence[Path]) -> str:
        first = paths[0].name if paths[0].parent == self._uploads else str(paths[0])
        return first if len(paths) == 1 else self._words("intake.many", name=first, count=len(paths))

    def _told(self, error: ZhujiaoError) -> str:
        return render_note(error.message, error.hint, error.code, words=self._words)

    def _unforeseen(self) -> str:
        """Say something whatever went wrong; the log has the details."""
        failure = self._unexpected
        return render_note(failure.message, failure.hint, failure.code, words=self._words)
