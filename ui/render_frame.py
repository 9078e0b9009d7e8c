"""What stands around the conversation: rail, top line, first screen, state line, legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.markup import attributes, button, esc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.contracts import Readiness
    from ui.words import Words

EXAMPLES = ("example.1", "example.2", "example.3")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One entry of the rail: its name in the words, where it leads, its drawing."""

    key: str
    link: str
    icon: str


# Icons are drawn with the pen of the text: 20 × 20, no fill.
PREPARE = Workspace("prepare", "#main", "M4 4h9a3 3 0 0 1 3 3v10H7a3 3 0 0 1-3-3zM7 8h6M7 11h6")
LIBRARY = Workspace("library", "#library", "M4 4h3v12H4zM8.5 4h3v12h-3zM13.2 4.9l2.6-.7 2.9 11.1-2.6.7z")
SCORES = Workspace("scores", "#scores", "M4 16V10M8 16V6M12 16v-4M16 16V4")
_NEW = "M10 4v12M4 10h12"
_THEME = "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14"


def icon(path: str) -> str:
    """Draw an icon; it always stands beside a word and is silent to screen readers."""
    return f'<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{path}"/></svg>'


def render_rail(words: Words, spaces: Sequence[Workspace] = (PREPARE, SCORES)) -> str:
    """Write the rail: the workspaces that exist, and below them what belongs to the whole page."""
    entries = "".join(_entry(space, words) for space in spaces)
    new = button(f"{icon(_NEW)}<span>{esc(words('rail.new'))}</span>", class_="entry", data_act="new")
    theme = button(
        f"{icon(_THEME)}<span>{esc(words('rail.theme'))}</span>",
        class_="entry",
        data_theme_toggle=True,
        aria_label=words("rail.theme.label"),
    )
    return (
        f'<div class="rail"><p class="brand">{esc(words("app.name"))}</p>'
        f'<nav{attributes(aria_label=words("rail.label"))}>{entries}</nav><div class="below">{new}{theme}</div></div>'
    )


def _entry(space: Workspace, words: Words) -> str:
    """Write one entry; the script moves `aria-current` and shows that the library is taking files in."""
    current = "page" if space is PREPARE else None
    working = f'<span class="working">{esc(words("rail.library.working"))}</span>' if space is LIBRARY else ""
    return (
        f"<a{attributes(class_='entry', href=space.link, aria_current=current)}>{icon(space.icon)}"
        f"<span>{esc(words('rail.' + space.key))}</span>{working}</a>"
    )


def render_first(readiness: Readiness, words: Words) -> str:
    """Write the first screen: what this is, and three questions to start from; an empty library says what to do."""
    heading = f'<h1>{esc(words("first.heading"))}</h1><p class="lead">{esc(words("first.lead"))}</p>'
    if readiness.search == "ready" and readiness.documents == 0:
        todo = readiness.notice or words("state.empty.do")
        return (
            f'<div class="first">{heading}<div class="notice soft"><p class="strong">{esc(words("state.empty"))}</p>'
            f"<p>{esc(todo)}</p></div></div>"
        )
    examples = "".join(
        f"<li>{button(_example(key, words), class_='example', data_act='example', data_arg=number)}</li>"
        for number, key in enumerate(EXAMPLES, start=1)
    )
    return f'<div class="first">{heading}<ul class="examples"{attributes(aria_label=words("first.try"))}>{examples}</ul></div>'


def _example(key: str, words: Words) -> str:
    return f'<span class="kind">{esc(words(key + ".kind"))}</span><span>{esc(words(key))}</span>'


def render_state(readiness: Readiness, words: Words) -> str:
    """Write the line under the question box: how much there is to search, and what cannot be used yet."""
    notice = f'<p class="todo">{esc(readiness.notice)}</p>' if readiness.notice else ""
    level = "ready"
    parts = []
    if readiness.search == "ready":
        empty = readiness.documents == 0
        parts.append(words("state.empty") if empty else words("state.documents", documents=readiness.documents))
    else:
        level = readiness.search
        parts.append(words(f"state.search.{readiness.search}"))
    if readiness.model != "ready":
        level = "missing" if "missing" in {level, readiness.model} else "loading"
        parts.append(words(f"state.model.{readiness.model}"))
    if level == "ready":
        parts.append(words("state.local"))
    line = words("list.dot").join(parts)
    return f'<div class="state" role="status" data-level="{level}"><p><i class="lamp"></i>{esc(line)}</p>{notice}</div>'


def render_legend(words: Words, key: int) -> str:
    """Write the four marks as they look, each with what it means."""
    tag = esc(words("support.inferred.tag"))
    rows = (
        ('<span class="cite sample"><i class="dot full"></i>1</span>', "supported"),
        ('<i class="dot half"></i><span class="cite sample">2</span>', "partial"),
        (f'<span class="inferred sample"><span class="tag">{tag}</span></span>', "inferred"),
        ('<i class="bar"></i>', "contradicted"),
    )
    body = "".join(
        f'<dt><span class="sample-box">{sample}</span>'
        f"<span>{esc(words(f'support.{kind}'))}</span></dt><dd>{esc(words(f'legend.{kind}'))}</dd>"
        for sample, kind in rows
    )
    return (
        f'<details class="marks" data-key="legend-{key}"><summary>{esc(words("legend.open"))}</summary>'
        f'<dl class="legend">{body}</dl></details>'
    )


def render_script_words(words: Words, limit_mb: int = 0) -> str:
    """Write the few words the script needs where it can read them, and the largest file it may send."""
    return (
        "<div hidden"
        + attributes(
            id="zj-words",
            data_copied=words("action.copied"),
            data_copy_failed=words("action.copy.failed"),
            data_ask=words("ask.label"),
            data_limit=limit_mb,
            data_large=words("upload.large", name="{name}", size="{size}", limit=limit_mb) + words("upload.large.do"),
            data_folder=words("intake.folder"),
            data_drop=words("intake.drop"),
            data_sending=words("intake.sending"),
            data_unsent=words("intake.unsent"),
        )
        + "></div>"
    )
