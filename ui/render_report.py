"""What the page says of a finished ingest run: counts, and what became of every file, in parts and pages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from ui.ingest_job import FINISHED
from ui.markup import attributes, button, esc
from ui.names import fields_line, masked_line, taken
from ui.render_library import render_pager

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ui.conversation import Failure
    from ui.ingest_job import JobState
    from ui.library_contracts import Json
    from ui.words import Words

PART_ROWS = 100
# A part with no more rows than this is read at a glance; a longer one is folded, unless it wants something done.
GLANCE = 12
COUNTS = ("added", "updated", "unchanged", "retired", "duplicates", "failed", "skipped")
_ALWAYS_OPEN, _NEVER_OPEN = {"failed"}, {"taken", "unchanged"}


@dataclass(frozen=True, slots=True)
class _Part:
    """One group of the report: its rows, and how a page of them is written."""

    key: str
    rows: Sequence[Json]
    write: Callable[[Sequence[Json]], str]


def render_report(states: Sequence[JobState], number: int, pages: Mapping[str, int], words: Words) -> str:
    """Write the report of a finished run, or of the latest when `number` is none of them; empty without any.

    `pages` says which page of a part is shown, counted from 0.
    """
    finished = [state for state in states if state.phase in FINISHED]
    if not finished:
        return ""
    state = next((one for one in finished if one.number == number), finished[0])
    heading = f"report.{state.phase}"
    report = state.report or {}
    label = words("list.dot").join(
        part
        for part in (
            state.label,
            words("report.seconds", time=taken(report["seconds"], words)) if report else "",
        )
        if part
    )
    body = _failed(state.failure, words) if state.failure else _stopped(state, words)
    if report:
        body += _counts(report, words) + _masked(report, words)
        body += "".join(_part(part, state.number, pages, words) for part in _parts(report, words) if part.rows)
        if not report["files"]:
            body += f'<p class="soft">{esc(words("report.empty"))}</p>'
    earlier = "".join(
        button(esc(other.label), class_="link", data_report=other.number) for other in finished if other is not state
    )
    if earlier:
        body += f'<p class="earlier">{esc(words("report.earlier"))}{earlier}</p>'
    return (
        f"<section{attributes(class_='report', data_job=state.number, aria_label=words('report.label'))}>"
        f'<p class="sr" role="status">{esc(words(heading))}</p>'
        f'<details class="whole"{attributes(data_key=f"report-{state.number}", data_unfolded=True)}>'
        f'<summary><span class="strong">{esc(words(heading))}</span><span class="what">{esc(label)}</span></summary>'
        f"{body}</details></section>"
    )


def _failed(failure: Failure, words: Words) -> str:
    code = esc(words("error.code", code=failure.code))
    return (
        f'<div class="notice bad"><p class="strong">{esc(failure.message)}</p>'
        f'<p>{esc(failure.hint)}<span class="code">{code}</span></p></div>'
    )


def _stopped(state: JobState, words: Words) -> str:
    if state.phase != "stopped":
        return ""
    progress = state.progress
    at = words("report.stopped.at", done=progress.files_done, total=progress.files_total) if progress else ""
    return f'<p class="soft">{esc(at)}{esc(words("report.stopped.kept"))}</p>'


def _counts(report: Json, words: Words) -> str:
    items = "".join(
        f"<li{attributes(data_count=name, class_='none' if not report[name] else None)}>"
        f"<span>{esc(words('report.count.' + name))}</span> <b>{int(report[name])}</b></li>"
        for name in COUNTS
    )
    return f'<ul class="counts">{items}</ul>'


def _masked(report: Json, words: Words) -> str:
    line = masked_line(report["masked"], words)
    return f'<p class="soft">{esc(words("report.masked", masked=line))}</p>' if line else ""


def _parts(report: Json, words: Words) -> list[_Part]:
    files: list[Json] = report["files"]
    base = _base([str(row["path"]) for row in files] + list(report["retired_files"]))

    def plain(rows: Sequence[Json]) -> str:
        return _files([(row, "") for row in rows], base)

    def causes(rows: Sequence[Json]) -> str:
        return _causes(rows, base, words)

    def lines(say: Callable[[Json], str]) -> Callable[[Sequence[Json]], str]:
        return lambda rows: _files([(row, say(row)) for row in rows], base)

    return [
        _Part("failed", _by_cause(files, "failed"), causes),
        _Part("skipped", _by_cause(files, "skipped"), causes),
        _Part("duplicates", [row for row in files if row["duplicate_of"]], lines(lambda row: _alike(row, base, words))),
        _Part(
            "unknown",
            [row for row in files if row["unknown"]],
            lines(lambda row: words("report.lacks", fields=fields_line(row["unknown"], words))),
        ),
        _Part("retired", [{"path": path} for path in report["retired_files"]], plain),
        _Part("taken", [row for row in files if row["status"] == "indexed"], lines(lambda row: _made(row, words))),
        _Part("unchanged", [row for row in files if row["status"] == "unchanged"], plain),
    ]


def _part(part: _Part, number: int, pages: Mapping[str, int], words: Words) -> str:
    name = words(f"report.part.{part.key}")
    last = (len(part.rows) - 1) // PART_ROWS
    page = min(max(pages.get(part.key, 0), 0), last)
    shown = part.rows[page * PART_ROWS : (page + 1) * PART_ROWS]
    is_open = part.key in _ALWAYS_OPEN or (part.key not in _NEVER_OPEN and len(part.rows) <= GLANCE)
    pager = render_pager(page, PART_ROWS, len(part.rows), words, name=name, marks={"data_part": part.key})
    return (
        f'<details class="part"{attributes(data_key=f"report-{number}-{part.key}", data_unfolded=is_open)}>'
        f"<summary>{esc(words('report.part', name=name, count=len(part.rows)))}</summary>"
        f"{part.write(shown)}{pager}</details>"
    )


def _by_cause(files: Sequence[Json], status: str) -> list[Json]:
    """Return the rows of a status, those with one cause together, causes in the order they came."""
    order: dict[tuple[str, str, str], int] = {}
    rows = [row for row in files if row["status"] == status]
    for row in rows:
        order.setdefault(_cause(row), len(order))
    return sorted(rows, key=lambda row: order[_cause(row)])


def _cause(row: Json) -> tuple[str, str, str]:
    return str(row["code"]), str(row["message"]), str(row["hint"])


def _causes(rows: Sequence[Json], base: str, words: Words) -> str:
    """Write each cause once, with the files it befell."""
    groups: dict[tuple[str, str, str], list[tuple[Json, str]]] = {}
    for row in rows:
        groups.setdefault(_cause(row), []).append((row, ""))
    written = []
    for (code, message, hint), group in groups.items():
        do = words.table.get(f"report.hint.{code}", hint)
        said = f'<span class="code">{esc(words("error.code", code=code))}</span>' if code else ""
        written.append(
            f'<div class="cause"><p>{esc(message)}<span class="do">{esc(do)}</span>{said}</p>{_files(group, base)}</div>'
        )
    return "".join(written)


def _files(rows: Sequence[tuple[Json, str]], base: str) -> str:
    items = []
    for row, note in rows:
        path = PurePath(_within(str(row["path"]), base))
        folder = "" if path.parent == PurePath() else f'<span class="folder">{esc(path.parent)}</span>'
        said = f'<span class="said">{esc(note)}</span>' if note else ""
        items.append(f'<li><span class="name">{esc(path.name)}</span>{folder}{said}</li>')
    return f'<ul class="files">{"".join(items)}</ul>'


def _alike(row: Json, base: str, words: Words) -> str:
    twin = _within(str(row["duplicate_of"]), base)
    if row["likeness"] >= 1:
        return words("report.same", name=twin)
    return words("report.like", name=twin, share=min(round(row["likeness"] * 100), 99))


def _made(row: Json, words: Words) -> str:
    masked = masked_line(row["masked"], words)
    parts = (
        words(f"report.{row['change']}") if row["change"] else "",
        words("report.pages", count=row["pages"]) if row["pages"] else "",
        words("report.chunks", count=row["chunks"]),
        words("report.masked.file", masked=masked) if masked else "",
    )
    return words("list.dot").join(part for part in parts if part)


def _base(paths: Sequence[str]) -> str:
    """Return the folder that all files have in common; empty when they have none."""
    try:
        return os.path.commonpath([str(PurePath(path).parent) for path in paths]) if paths else ""
    except ValueError:  # two drives
        return ""


def _within(path: str, base: str) -> str:
    if base and PurePath(path).is_relative_to(base):
        return str(PurePath(path).relative_to(base))
    return path
