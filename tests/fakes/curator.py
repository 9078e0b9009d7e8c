"""A curator in memory that keeps the Protocol's promises and follows a script, for tests and for trying the page."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ingest.document import Metadata
from ingest.errors import LibraryError, ZhujiaoError
from ingest.lifecycle import CHINESE, STEPS
from ingest.partition.failures import reason
from ingest.report import FileRow, IngestReport, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SHARE = "/srv/school/教研共享/三年级下"
AREA = f"{SHARE}/数学/人教版三下第五单元_长方形正方形面积的计算_教案.docx"
WIND = f"{SHARE}/科学/教科版三下_测量风的强弱_课件.pptx"
CURATED = ("kind", "grade", "subject", "edition", "volume", "unit")
HOSTILE = "<img src=x onerror=window.__owned=1>.docx"


def document(path: str, state: str = "published", chunks: int = 12, **known: Any) -> dict[str, Any]:
    """Return a row as `documents` gives it; what a curator wants to know and is not told is unknown."""
    metadata = asdict(Metadata(**{"title": PurePosixPath(path).stem, "scope": "school", **known}))
    unknown = [name for name in CURATED if metadata[name] in ("", None)]
    return {"path": path, "state": state, "chunks": chunks, "metadata": metadata, "unknown": unknown}


def some_documents() -> list[dict[str, Any]]:
    """Return a small library in which every state, and something unknown, occurs."""
    lesson = {"edition": "人教版", "volume": "下册", "grade": 3, "subject": "数学", "stage": "小学"}
    return [
        document(AREA, title="长方形、正方形面积的计算", kind="教案", unit="第五单元", chunks=18, author="周敏",
                 school="云溪县实验小学", date="2025-04-16", topic="长方形、正方形面积的计算", periods="第1课时", **lesson),
        document(f"{SHARE}/数学/人教版三下第五单元_长方形正方形面积的计算_课件.pptx", title="长方形、正方形面积的计算",
                 kind="课件", unit="第五单元", chunks=22, **lesson),
        document(f"{SHARE}/数学/人教版三下第五单元_面积_分层题库.docx", title="面积 分层题库", kind="习题", unit="第五单元",
                 chunks=36, layer="基础层", **lesson),
        document(f"{SHARE}/数学/长方形面积_磨课稿_二小改编.docx", "review", 17, title="长方形面积 磨课稿（二小改编）", kind="教案",
                 scope="alliance", **lesson),
        document(f"{SHARE}/数学/周长面积对比练习.docx", "draft", 9, title="周长与面积的对比", subject="数学", grade=3),
        document(f"{SHARE}/课堂实录/面积的计算_课堂实录_20250416.srt", title="面积的计算 课堂实录", kind="课堂实录",
                 unit="第五单元", chunks=64, consent="2025-04-14 家长书面同意", **lesson),
        document(f"{SHARE}/语文/望天门山_教案.docx", title="望天门山", kind="教案", chunks=14, grade=3, subject="语文",
                 edition="统编版", volume="上册", unit="第六单元"),
        document(f"{SHARE}/语文/笔记整理.txt", "draft", 3, title="笔记整理"),
        document(WIND, title="测量风的强弱", kind="课件", chunks=19, grade=3, subject="科学", edition="教科版", volume="下册",
                 unit="第一单元", scope="public"),
        document(f"{SHARE}/英语/PEP三下_Unit3_At_the_zoo_教案.docx", title="Unit 3 At the zoo", kind="教案", chunks=15,
                 grade=3, subject="英语", edition="人教版", volume="下册", unit="Unit 3"),
        document(f"{SHARE}/教研/磨课记录_20250418.docx", title="三年级数学组磨课记录", kind="教研记录", chunks=8, grade=3,
                 subject="数学", edition="人教版"),
        document(f"{SHARE}/旧稿/长方形的面积_2019版.doc", "retired", 11, title="长方形的面积（2019 版）", kind="教案",
                 grade=3, subject="数学"),
    ]  # fmt: skip


def many_documents(count: int) -> list[dict[str, Any]]:
    """Return a library of any size; every seventh document is a draft, every fifth lacks something."""
    kinds, subjects = ("教案", "课件", "习题", "课堂实录"), ("语文", "数学", "英语", "科学")
    return [
        document(
            f"/srv/share/{n // 100:02d}/资料{n:05d}.docx",
            "draft" if n % 7 == 0 else "published",
            5 + n % 40,
            title=f"第 {n} 份资料",
            kind=kinds[n % 4],
            grade=None if n % 5 == 0 else 1 + n % 9,
            subject=subjects[n % 4 - n % 3],
            edition="人教版",
            volume="上册",
            unit="第一单元",
        )
        for n in range(count)
    ]


def refused(path: str, code: str, status: str = "failed", **facts: object) -> FileRow:
    """Return the row of a file that was not taken in."""
    message, hint = reason(code, **facts)
    return FileRow(path, status, code=code, message=message, hint=hint)  # type: ignore[arg-type]  # one of two words


def some_rows(base: str = SHARE) -> list[FileRow]:
    """Return a row of every sort a report has."""
    lesson = f"{base}/数学/人教版三下第五单元_长方形正方形面积的计算"
    return [
        FileRow(f"{lesson}_教案.docx", "indexed", "added", chunks=18, chars=5400, masked={"pupil": 3}),
        FileRow(f"{lesson}_课件.pptx", "indexed", "added", chunks=22, chars=3100, pages=24),
        FileRow(f"{base}/数学/周长面积对比练习.docx", "indexed", "added", chunks=9, chars=1200, unknown=("kind", "unit")),
        FileRow(f"{base}/语文/笔记整理.txt", "indexed", "updated", chunks=3, chars=600,
                unknown=("kind", "grade", "subject", "edition", "volume", "unit")),
        FileRow(f"{base}/数学/长方形面积_磨课稿_二小改编.docx", "indexed", "added", chunks=17, chars=5100,
                duplicate_of=f"{lesson}_教案.docx", likeness=0.83),
        FileRow(f"{base}/语文/望天门山_教案（副本）.docx", "indexed", "added", chunks=14, chars=4300,
                duplicate_of=f"{base}/语文/望天门山_教案.docx", likeness=1.0),
        FileRow(f"{base}/语文/望天门山_教案.docx", "unchanged"),
        FileRow(f"{base}/科学/教科版三下_测量风的强弱_课件.pptx", "unchanged"),
        refused(f"{base}/期中/三年级数学期中试卷.pdf", "IN-07"),
        refused(f"{base}/期中/三年级语文期中试卷.pdf", "IN-07"),
        refused(f"{base}/旧稿/面积教案_2008.docx", "IN-08"),
        refused(f"{base}/录音/4月16日课堂转写.txt", "IN-20", "skipped"),
        refused(f"{base}/录像/公开课.mp4", "IN-04", "skipped", suffix=".mp4"),
        refused(f"{base}/录像/评课.mp4", "IN-04", "skipped", suffix=".mp4"),
        refused(f"{base}/数学/~$面积教案.docx", "IN-05", "skipped"),
    ]  # fmt: skip


def many_rows(count: int, base: str = "/srv/share") -> list[FileRow]:
    """Return a long report: a third failed for three reasons, a third without a kind, the rest unchanged."""
    reasons = (("IN-07", {}), ("IN-08", {}), ("IN-14", {"suffix": ".doc", "newer": ".docx"}))
    rows = []
    for n in range(count):
        path = f"{base}/{n % 30:02d}/资料{n:05d}.docx"
        if n % 3 == 0:
            code, facts = reasons[n // 3 % 3]
            rows.append(refused(path, code, **facts))
        elif n % 3 == 1:
            rows.append(FileRow(path, "indexed", "added", chunks=6, unknown=("kind",)))
        else:
            rows.append(FileRow(path, "unchanged"))
    return rows


@dataclass(slots=True)
class FakeCurator:
    """Follow a script; `step_seconds` is the time a file takes.

    `asked` records every run with its paths and consent. `error` makes a run end with it, `crash` with an exception.
    """

    library: list[dict[str, Any]] = field(default_factory=some_documents)
    rows: list[FileRow] = field(default_factory=some_rows)
    retired: tuple[str, ...] = ()
    masked: dict[str, int] = field(default_factory=lambda: {"pupil": 31, "phone": 2})
    step_seconds: float = 0.0
    seconds_left: float | None = 190.0
    error: ZhujiaoError | None = None
    crash: bool = False
    broken: LibraryError | None = None
    asked: list[tuple[list[str], str]] = field(default_factory=list)
    stopped: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def ingest(
        self, paths: Sequence[str], *, anew: bool, consent: str = "", stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[dict[str, Any]]:
        """Yield progress file by file, then the report, also of a stopped run."""
        self.asked.append((list(paths), consent))
        started = time.monotonic()
        with self.turn:
            yield from self._events(started, stopped)

    def _events(self, started: float, stopped: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        if self.error is not None:
            yield {"type": "error", "code": self.error.code, "message": self.error.message, "hint": self.error.hint}
            return
        rows = list(self.rows)
        chunks = sum(row.chunks for row in rows)
        for done, row in enumerate(rows, start=1):
            if done > 1 and self.crash:
                raise RuntimeError("/home/teacher/secret.txt")
            at = round(chunks * done / len(rows))
            progress = Progress(done, len(rows), at, chunks, row.path, 14.2, self.seconds_left)
            yield {"type": "progress", **asdict(progress)}
            time.sleep(self.step_seconds)
            if stopped():
                self.stopped += 1
                rows = rows[:done]
                break
        for row in rows:
            self._take(row)
        seconds = time.monotonic() - started
        report = IngestReport(tuple(rows), seconds, stopped(), () if stopped() else self.retired, self.masked)
        yield {"type": "report", **report.as_json()}

    def _take(self, row: FileRow) -> None:
        if row.status == "indexed" and row.path not in {known["path"] for known in self.library}:
            self.library.append(document(row.path, chunks=row.chunks))

    def documents(self, state: str = "") -> dict[str, Any]:
        """Return the documents of a state, or all."""
        if self.broken is not None:
            raise self.broken
        return {"documents": [row for row in self.library if not state or row["state"] == state]}

    def document(self, path: Path) -> dict[str, Any]:
        """Return a document's story; its events are those of `set_state`, after a first one."""
        row = self._row(path)
        kinds = ("manifest", "name", "folder", "heading", "content")
        known = [name for name, value in row["metadata"].items() if value not in ("", None) and name != "scope"]
        origins = {
            name: {"kind": kinds[n % 5], "confidence": (0.98, 0.9, 0.75)[n % 3], "words": f"读到的{name}" if n % 2 else ""}
            for n, name in enumerate(known)
        }  # fmt: skip
        versions = [
            {"id": "a", "number": 1, "sha256": "1f" * 32, "size": 48_230, "state": "old", "created": "2025-03-02T02:10:00+00:00"},
            {"id": "b", "number": 2, "sha256": "2e" * 32, "size": 1_348_230, "state": "current", "created": "2025-04-18T08:41:00+00:00"},
        ]  # fmt: skip
        first = {"before": "", "state": "published", "who": "周敏", "at": "2025-03-02T02:10:00+00:00", "why": "收录"}
        duplicates = [{"path": other, "share": share} for other, share in row.get("alike", ())]
        return {
            **row,
            "origins": origins,
            "versions": versions,
            "events": [first, *row.get("events", ())],
            "corrections": {},
            "duplicates": duplicates,
        }

    def set_state(self, paths: Sequence[Path], state: str, why: str) -> dict[str, Any]:
        """Give documents a state where the step is allowed."""
        done = []
        for path in paths:
            row = self._row(path)
            if state not in STEPS[row["state"]]:
                message = f"这份资料现在是「{CHINESE[row['state']]}」，不能直接改为「{CHINESE[state]}」，没有改动。"
                done.append({"path": str(path), "code": "LB-12", "message": message, "hint": "可以改为别的。"})
                continue
            event = {
                "before": row["state"],
                "state": state,
                "who": "陈晓岚",
                "at": "2026-11-25T01:20:00+00:00",
                "why": why,
            }
            row["events"] = [*row.get("events", ()), event]
            row["state"] = state
            done.append({"path": str(path), "code": "", "message": CHINESE[state], "hint": ""})
        return {"files": done}

    def _row(self, path: Path) -> dict[str, Any]:
        found = next((row for row in self.library if row["path"] == str(path)), None)
        if found is None:
            raise LibraryError("LB-12", f"资料库里没有 {path}，什么都没有改动。", "用 zhujiao list 查看有哪些资料。")
        return found
