"""The evidence panel: where a passage comes from, and its document's text around the cited words."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from ingest.document import Locator, Span
from ui.markup import attributes, button, esc, source
from ui.passage import Window, block_at
from ui.places import describe, place_of, title_of
from ui.render_frame import icon

if TYPE_CHECKING:
    from assistant.chat.contracts import DocumentView
    from ingest.document import Block, Metadata
    from ui.conversation import Target
    from ui.words import Words

_CLOSE = "M5 5l10 10M15 5L5 15"
_CELL = re.compile(r" \| ")
_DEEPEST = 6
_SHORT_CELL = 6


def render_panel(
    target: Target, view: DocumentView | None, window: Window, words: Words, *, serial: int, whole: bool
) -> str:
    """Write the panel.

    `serial` is new for every opening, so that the script scrolls to the mark once; `whole` says that the whole text
    was asked for, so what is missing comes in steps.
    """
    if view is None:
        return panel_frame(str(serial), _head(target, None, words), _gone(target, words), words)
    span = _span(target)
    body = "".join(_block(view, block, span, words) for block in view.blocks[window.first : window.last])
    before, after = _more(view, window, words, whole=whole)
    head = _head(target, view, words)
    return panel_frame(
        str(serial), head, f'{before}<div class="text">{body}</div>{after}', words, stale=_stale(view, words)
    )


def panel_frame(serial: str, head: str, body: str, words: Words, *, label: str = "", stale: str = "") -> str:
    """Write the panel around a head and a body that are markup already; `serial` is new for every opening.

    `stale` is a word for a source that is not what it was; the script writes it at the button that opened the panel.
    """
    close = button(f"{icon(_CLOSE)}<span>{esc(words('panel.close'))}</span>", class_="close", data_panel_close=True)
    resize = (
        f'<div class="grip" role="separator" tabindex="0" aria-orientation="vertical"'
        f"{attributes(aria_label=words('panel.resize'))}></div>"
    )
    return (
        f'{resize}<section class="evidence"{attributes(data_serial=serial, data_stale=stale, aria_label=label or words("panel.label"))}>'
        f'<header tabindex="-1">{head}{close}</header><div class="paper">{body}</div></section>'
    )


def _stale(view: DocumentView, words: Words) -> str:
    if view.is_retired:
        return words("panel.stale.retired")
    return "" if view.is_current else words("panel.stale.old")


def _span(target: Target) -> Span:
    cited = target.citation or target.evidence
    return cited.span if cited else Span(0, 0)


def _head(target: Target, view: DocumentView | None, words: Words) -> str:
    metadata = _metadata(target, view)
    number = _number(target)
    label = f'<p class="which">{esc(words("panel.number", number=number))}</p>' if number else ""
    title = title_of(metadata, words) if metadata else words("untitled")
    known = words("list.dot").join(describe(metadata, words)) if metadata else ""
    place = _place(target, view, words)
    lines = "".join(f'<p class="{name}">{esc(line)}</p>' for name, line in (("known", known), ("place", place)) if line)
    said = []
    if view is not None and view.is_retired:
        said.append(words("panel.retired"))
    if view is not None and not view.is_current:
        said.append(words("panel.old", version=view.version))
    old = "".join(f'<p class="old">{esc(line)}</p>' for line in said)
    file = PurePath(view.path).name if view is not None else ""
    named = f'<p class="file">{esc(words("panel.file"))} {esc(file)}</p>' if file else ""
    return f"{label}<h2>{esc(title)}</h2>{lines}{named}{old}"


def _metadata(target: Target, view: DocumentView | None) -> Metadata | None:
    if view is not None:
        return view.metadata
    return target.evidence.metadata if target.evidence else None


def _number(target: Target) -> int | None:
    cited = target.citation or target.evidence
    return cited.number if cited else None


def _place(target: Target, view: DocumentView | None, words: Words) -> str:
    if view is not None and view.blocks:
        block = view.blocks[block_at(view, _span(target).start)]
        evidence = target.evidence
        locator = block.locator if block.locator != Locator() or evidence is None else evidence.locator
        headings = block.headings or (evidence.headings if evidence else ())
        # Many documents repeat their title as the first heading; the panel says it just above.
        shown = headings[1:] if headings[:1] == (view.metadata.title,) else headings
        return place_of(shown, locator, words)
    return place_of(target.evidence.headings, target.evidence.locator, words) if target.evidence else ""


def _gone(target: Target, words: Words) -> str:
    quote = target.citation.quote if target.citation else (target.evidence.text if target.evidence else "")
    return f'<p class="old">{esc(words("panel.gone"))}</p><blockquote>{source(quote)}</blockquote>'


def _more(view: DocumentView, window: Window, words: Words, *, whole: bool) -> tuple[str, str]:
    """Write the buttons for what is not shown, to stand before and after the text."""
    hidden_before, hidden_after = window.first > 0, window.last < len(view.blocks)
    if not whole and (hidden_before or hidden_after):
        full = button(esc(words("panel.full")), class_="act", data_act="full")
        return f'<p class="section">{esc(words("panel.section"))}{full}</p>', ""
    earlier = button(esc(words("panel.earlier")), class_="act", data_act="earlier")
    later = button(esc(words("panel.later")), class_="act", data_act="later")
    return (
        f'<p class="step">{earlier}</p>' if hidden_before else "",
        f'<p class="step">{later}</p>' if hidden_after else "",
    )


def _block(view: DocumentView, block: Block, span: Span, words: Words) -> str:
    text = view.text[block.span.start : block.span.end]
    if block.kind == "heading":
        level = min((block.level or 1) + 2, _DEEPEST)
        return f'<h{level} class="head">{_marked(text, block.span.start, span, words)}</h{level}>'
    if block.kind == "table":
        return _table(text, block.span.start, span, words)
    inside = _marked(text, block.span.start, span, words)
    if block.kind == "turn":
        return _turn(block, text, inside)
    if block.kind == "note":
        return f'<p class="note"><span class="tag">{esc(words("panel.note"))}</span>{inside}</p>'
    return f'<p class="{block.kind}">{inside}</p>'


def _turn(block: Block, text: str, inside: str) -> str:
    time = block.locator.label() if block.locator.start is not None else ""
    speaker = block.speaker if block.speaker and not text.startswith(block.speaker) else ""
    label = (
        f'<span class="who">{esc(" ".join(part for part in (time, speaker) if part))}</span>' if time or speaker else ""
    )
    return f'<p class="said">{label}{inside}</p>'


def _table(text: str, start: int, span: Span, words: Words) -> str:
    rows = []
    offset = start
    for order, line in enumerate(text.split("\n")):
        cell_tag = "th" if order == 0 else "td"
        cells, position = [], 0
        for separator in [*_CELL.finditer(line), None]:
            end = separator.start() if separator else len(line)
            inside = _marked(line[position:end], offset + position, span, words)
            short = ' class="short"' if end - position <= _SHORT_CELL else ""
            cells.append(f"<{cell_tag}{short}>{inside}</{cell_tag}>")
            position = separator.end() if separator else end
        rows.append(f"<tr>{''.join(cells)}</tr>")
        offset += len(line) + 1
    return f'<div class="table"><table><tbody>{"".join(rows)}</tbody></table></div>'


def _marked(text: str, start: int, span: Span, words: Words) -> str:
    """Escape a piece of the document's text that begins at `start`, with the cited part of it marked."""
    first = min(max(span.start - start, 0), len(text))
    last = min(max(span.end - start, 0), len(text))
    if first >= last:
        return source(text)
    label = attributes(aria_label=words("panel.mark"))
    return f"{source(text[:first])}<mark{label}>{source(text[first:last])}</mark>{source(text[last:])}"
