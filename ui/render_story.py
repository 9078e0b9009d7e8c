"""The story of one document in the panel: what is known and from where, versions, what happened, what is like it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ingest.lifecycle import STEPS
from ui.library_list import key_of, metadata_of
from ui.markup import attributes, button, esc
from ui.names import fields_line, named, said_size
from ui.places import describe, grade_of, title_of
from ui.render_library import render_standing
from ui.render_panel import panel_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingest.document import Metadata
    from ui.library_contracts import Json
    from ui.words import Words

WHY_LIMIT = 300
# A state the page does not know leads nowhere.
_STEPS: Mapping[str, Sequence[str]] = {state: steps for state, steps in STEPS.items()}  # noqa: C416  (any name may be asked)


def render_story(document: Json, words: Words, *, serial: str, note: str = "") -> str:
    """Write the panel of a document.

    Args:
        document: as `Curator.document` returns it.
        words: the words of the page's language.
        serial: new for every opening, so that the script moves the focus once.
        note: markup that says what became of a change just asked for.

    """
    metadata = metadata_of(document["metadata"])
    title = title_of(metadata, words) if metadata.title else _file(document["path"])
    known = words("list.dot").join(describe(metadata, words))
    head = (
        f'<p class="which">{esc(words("story.label"))}</p><h2>{esc(title)}</h2>'
        + (f'<p class="known">{esc(known)}</p>' if known else "")
        + f'<p class="file">{esc(words("story.chunks", count=document["chunks"]))}</p>'
    )
    body = "".join(
        (
            note,
            _state(document, words),
            _known(document, metadata, words),
            _duplicates(document, words),
            _versions(document, words),
            _events(document, words),
            _part(words("story.path"), f'<p class="path">{esc(document["path"])}</p>'),
        )
    )
    return panel_frame(serial, head, f'<div class="story">{body}</div>', words, label=words("story.label"))


def render_no_story(note: str, words: Words, *, serial: str) -> str:
    """Write the panel when there is nothing to tell but why."""
    return panel_frame(serial, f"<h2>{esc(words('story.label'))}</h2>", note, words, label=words("story.label"))


def _part(heading: str, body: str) -> str:
    return f"<section><h3>{esc(heading)}</h3>{body}</section>"


def _state(document: Json, words: Words) -> str:
    state = str(document["state"])
    seen = words("story.findable" if state == "published" else "story.hidden")
    steps = "".join(
        button(
            esc(words(f"story.to.{step}")),
            class_="act primary" if step == "published" else "act",
            data_step=step,
            data_key=key_of(str(document["path"])),
        )
        for step in ("published", "review", "draft", "retired")
        if step in _STEPS.get(state, ())
    )
    why = attributes(type="text", id="zj-why", maxlength=WHY_LIMIT, autocomplete="off")
    return (
        f'<section class="standing"><h3 class="sr">{esc(words("story.state"))}</h3>'
        f'<p>{render_standing(state, words)}<span class="soft">{esc(seen)}</span></p>'
        f'<label for="zj-why">{esc(words("story.why"))}</label><input{why}><div class="steps">{steps}</div></section>'
    )


def _known(document: Json, metadata: Metadata, words: Words) -> str:
    rows = []
    for name, value in document["metadata"].items():
        if value is None or value == "":
            continue
        said = value
        if name == "grade":
            said = grade_of(metadata, words) or value
        elif name == "scope":
            said = named("scope", str(value), words)
        origin = document["origins"].get(name)
        source = f'<span class="origin">{esc(_origin(origin, {str(value), str(said)}, words))}</span>' if origin else ""
        rows.append(f"<dt>{esc(named('field', name, words))}</dt><dd>{esc(said)}{source}</dd>")
    lacks = fields_line(document["unknown"], words)
    if lacks:
        rows.append(f'<dt>{esc(words("story.lacks"))}</dt><dd class="lacks">{esc(lacks)}</dd>')
    return _part(words("story.known"), f'<dl class="facts">{"".join(rows)}</dl>')


def _origin(origin: Json, values: set[str], words: Words) -> str:
    """Say where a value was read and how sure that is; the words read only where they say more than the value."""
    share = round(float(origin["confidence"]) * 100)
    read = words("story.read", origin=named("origin", str(origin["kind"]), words), share=share)
    seen = str(origin["words"])
    plain = seen.partition("：")[2] or seen  # a manifest's words begin with the name of their column
    repeats = any(value.startswith(plain) for value in values)
    told = words("story.words", words=seen) if seen and not repeats else ""
    return words("list.dot").join(part for part in (read, told) if part)


def _duplicates(document: Json, words: Words) -> str:
    if not document["duplicates"]:
        return ""
    items = []
    for alike in document["duplicates"]:
        path, share = str(alike["path"]), float(alike["share"])
        how = words("story.same") if share >= 1 else words("story.like", share=min(round(share * 100), 99))
        link = button(esc(_file(path)), class_="link", data_open=f"d.{key_of(path)}", aria_expanded="false")
        items.append(f'<li>{link}<span class="soft">{esc(how)}</span></li>')
    return _part(words("story.duplicates"), f"<ul>{''.join(items)}</ul>")


def _versions(document: Json, words: Words) -> str:
    items = []
    for version in reversed(document["versions"]):
        current = words("story.current") if version["state"] == "current" else ""
        parts = (
            words("story.version", number=version["number"]),
            _when(version["created"]),
            said_size(version["size"]),
            current,
        )
        items.append(f"<li>{esc(words('list.dot').join(part for part in parts if part))}</li>")
    return _part(words("story.versions"), f"<ul>{''.join(items)}</ul>") if items else ""


def _events(document: Json, words: Words) -> str:
    items = []
    for event in reversed(document["events"]):
        state = named("standing", str(event["state"]), words)
        why = f'<span class="soft">{esc(event["why"])}</span>' if event["why"] else ""
        items.append(
            f'<li><span class="when">{esc(_when(event["at"]))}</span>'
            f"<span>{esc(words('story.event', who=event['who'], state=state))}{why}</span></li>"
        )
    return _part(words("story.events"), f'<ul class="events">{"".join(items)}</ul>') if items else ""


def _file(path: object) -> str:
    return str(path).replace("\\", "/").rsplit("/", 1)[-1]


def _when(moment: object) -> str:
    """Say a moment of the record in this computer's time: 2026-11-23 14:05."""
    try:
        return datetime.fromisoformat(str(moment)).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return str(moment)
