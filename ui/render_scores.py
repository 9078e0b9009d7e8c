"""The 评测成绩 place as HTML: each measure, what it means, what it gave here, what is aimed at, and what came with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.scorecard import number, worse
from ui.markup import attributes, esc
from ui.names import taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.scorecard import Entry, Figure, Record
    from ui.words import Words


def render_scores(entries: Sequence[Entry], words: Words) -> str:
    """Write the place; names and labels come from files, so they are escaped like any text."""
    return (
        f'<div class="scores"><div class="place-head"><h1 tabindex="-1">{esc(words("scores.heading"))}</h1>'
        f'<p class="lead">{esc(words("scores.lead"))}</p></div>'
        f"{''.join(_measure(entry, words) for entry in entries)}{_how(words)}</div>"
    )


def _measure(entry: Entry, words: Words) -> str:
    name = f"scores.{entry.measure}"
    return (
        f'<section><h2>{esc(words(name))}</h2><p class="means">{esc(words(f"{name}.means"))}</p>'
        f'<p class="soft">{esc(_when(entry, words))}</p>{_table(entry, words)}{_about(entry, words)}</section>'
    )


def _when(entry: Entry, words: Words) -> str:
    """Say when it was measured here, or that it was not."""
    if entry.last is not None:
        last = entry.last
        told = words("scores.last", date=f"{last.date.astimezone():%Y-%m-%d %H:%M}", time=taken(last.seconds, words))
        told += words("scores.limited", limit=last.limit) if last.limit else ""
        return told + (words("scores.compared", date=_day(entry.baseline)) if entry.baseline else "")
    if entry.baseline is not None:
        return words("scores.never", date=_day(entry.baseline))
    return words("scores.never.none")


def _table(entry: Entry, words: Words) -> str:
    """Write a row for each figure; without a run here there is no column for it."""
    shown = entry.last or entry.baseline
    if shown is None:
        return ""
    behind = {figure.name for figure, _ in worse(entry.last, entry.baseline)} if entry.last else set()
    columns = [
        *([words("scores.here")] if entry.last else []),
        words("scores.aim"),
        *([words("scores.shipped")] if entry.baseline else []),
        words("scores.cases"),
    ]
    heads = "".join(f'<th scope="col">{esc(column)}</th>' for column in (words("scores.what"), *columns))
    rows = ""
    for figure in shown.figures:
        before = entry.baseline.figure(figure.name) if entry.baseline else None
        cells = [
            *([_value(figure, words, marked=True, is_worse=figure.name in behind)] if entry.last else []),
            esc(_aim(figure, words)),
            *([_value(before, words, marked=not entry.last)] if entry.baseline else []),
            esc(figure.cases or words("scores.none")),
        ]
        said = "".join(
            f"<td{attributes(data_label=column)}><span>{cell}</span></td>"
            for column, cell in zip(columns, cells, strict=True)
        )
        rows += f'<tr><th scope="row">{esc(figure.label)}</th>{said}</tr>'
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _value(figure: Figure | None, words: Words, *, marked: bool, is_worse: bool = False) -> str:
    """Write a value, with what is to be said of it in words where it is the one that counts."""
    if figure is None:
        return esc(words("scores.none"))
    marks = []
    if marked and figure.reaches_aim is not None:
        marks.append(("reached", "scores.reached") if figure.reaches_aim else ("missed", "scores.missed"))
    if is_worse:
        marks.append(("missed", "scores.worse"))
    said = "".join(f'<span class="mark-{kind}">{esc(words(key))}</span>' for kind, key in marks)
    return f"<b>{esc(_said(figure, figure.value, words))}</b>{said}"


def _aim(figure: Figure, words: Words) -> str:
    if figure.aim is None:
        return words("scores.none")
    return words(f"scores.aim.{figure.better}", value=_said(figure, figure.aim, words))


def _said(figure: Figure, value: float, words: Words) -> str:
    return words(f"scores.value.{figure.unit}", number=number(value, figure.unit))


def _about(entry: Entry, words: Words) -> str:
    """Write on what and with what it was measured, and the command that does it again."""
    rows = []
    if record := entry.last or entry.baseline:
        version = words("list.dot").join(part for part in (record.version, record.commit) if part)
        rows = [
            (
                words("scores.about.cpu"),
                words("scores.about.cpu.value", cpu=record.machine.cpu, cores=record.machine.cores),
            ),
            (words("scores.about.version"), version or words("scores.none")),
            (words("scores.about.data"), record.data),
        ]
    command = f"zhujiao eval {entry.measure} --data {words('scores.folder')}"
    written = "".join(f"<dt>{esc(name)}</dt><dd>{esc(value)}</dd>" for name, value in rows)
    written += f"<dt>{esc(words('scores.about.command'))}</dt><dd><code>{esc(command)}</code></dd>"
    return f"<details><summary>{esc(words('scores.about'))}</summary><dl>{written}</dl></details>"


def _how(words: Words) -> str:
    steps = "".join(
        f"<li>{esc(step)}</li>"
        for step in (
            words("scores.how.data"),
            words("scores.how.run", folder=words("scores.folder"), option="--limit 20"),
            words("scores.how.slow"),
        )
    )
    return f'<section class="how"><h2>{esc(words("scores.how"))}</h2><ol>{steps}</ol></section>'


def _day(record: Record) -> str:
    return f"{record.date.astimezone():%Y-%m-%d}"
