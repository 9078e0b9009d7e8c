"""Sentences of an answer with their support marks."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from ui.markup import attributes, button, esc, plain
from ui.places import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assistant.chat.answer import Citation, Claim
    from ingest.document import Metadata
    from ui.conversation import TurnState
    from ui.words import Words

_ITEM = re.compile(r"\s*(?:\d{1,2}[.、)）]|[（(][\d一二三四五六七八九十]{1,2}[)）]|[一二三四五六七八九十]{1,2}、|[-•·]\s)")
_MARKS = re.compile(r"\[\d{1,2}\]|【\d{1,2}】|\[\d{0,2}$")


def render_body(state: TurnState, words: Words) -> str:
    """Write the checked sentences in paragraphs, then the words that are still coming."""
    blocks = [_block(state, kind, list(group), words) for kind, group in _blocks(state.claims)]
    pending = plain(_MARKS.sub("", state.pending))
    if pending.strip():
        coming = f'<span class="pending">{esc(pending)}</span>'
        if blocks and blocks[-1].startswith("<p") and not pending.startswith("\n") and not _ITEM.match(pending):
            blocks[-1] = blocks[-1].removesuffix("</p>") + coming + "</p>"
        else:
            blocks.append(f'<p class="para">{coming}</p>')
    return "".join(blocks)


def _blocks(claims: tuple[Claim, ...]) -> Iterator[tuple[tuple[int, str], Iterable[tuple[int, Claim]]]]:
    """Group neighbouring sentences: inferred ones share a box, a contradiction stands alone, the rest is paragraphs."""
    keys: list[tuple[int, str]] = []
    paragraph = 0
    for index, claim in enumerate(claims):
        kind = "para" if claim.support in {"supported", "partial"} else claim.support
        new = index == 0 or kind != keys[-1][1] or kind == "contradicted"
        if new or _starts_paragraph(claim.text, claims[index - 1].text):
            paragraph += 1
        keys.append((paragraph, kind))
    return groupby(enumerate(claims), key=lambda pair: keys[pair[0]])


def _starts_paragraph(text: str, before: str) -> bool:
    return text.startswith("\n") or before.endswith("\n") or _ITEM.match(text) is not None


def _block(state: TurnState, key: tuple[int, str], claims: list[tuple[int, Claim]], words: Words) -> str:
    kind = key[1]
    if kind == "contradicted":
        index, claim = claims[0]
        return _contradicted(state, index, claim, words)
    sentences = "".join(_sentence(state, index, claim, words) for index, claim in claims)
    if kind == "inferred":
        return f'<div class="inferred">{sentences}</div>'
    item = " item" if _ITEM.match(claims[0][1].text) else ""
    return f'<p class="para{item}">{sentences}</p>'


def _sentence(state: TurnState, index: int, claim: Claim, words: Words) -> str:
    text = plain(claim.text.strip("\n"))
    if claim.support == "inferred":
        tag = f'<span class="tag">{esc(words("support.inferred.tag"))}</span>'
        return f'<span class="claim" data-support="inferred">{tag}{esc(text)}</span>'
    shown = _dotted(text, claim.unproven) if claim.support == "partial" else esc(text)
    marks = _citations(state, index, claim, words)
    if claim.support == "partial":
        say = words("support.partial.say") + (f" {claim.reason}" if claim.reason else "")
        marks = f'<i class="dot half" role="img"{attributes(aria_label=say, title=say)}></i>{marks}'
    return f'<span class="claim" data-support="{claim.support}">{shown}{marks}</span>'


def _contradicted(state: TurnState, index: int, claim: Claim, words: Words) -> str:
    quotes = "".join(f"<p>{esc(quote.quote)}</p>" for quote in claim.citations)
    reason = f'<p class="reason">{esc(claim.reason)}</p>' if claim.reason else ""
    return (
        f'<div class="contradicted" data-support="contradicted"><p class="flag">{esc(words("support.contradicted"))}</p>'
        f'<div class="sides"><div><p class="side">{esc(words("support.contradicted.answer"))}</p>'
        f"<p>{esc(plain(claim.text.strip()))}</p></div>"
        f'<div><p class="side">{esc(words("support.contradicted.source"))}'
        f"{_citations(state, index, claim, words)}</p>{quotes}</div></div>{reason}</div>"
    )


def _citations(state: TurnState, index: int, claim: Claim, words: Words) -> str:
    """Write one button for each passage cited; a second quotation from the same passage needs none of its own."""
    seen: set[int] = set()
    buttons = []
    for order, citation in enumerate(claim.citations):
        if citation.number in seen:
            continue
        seen.add(citation.number)
        buttons.append(_citation(state, f"{state.number}.c{index}.{order}", claim, citation, words))
    return "".join(buttons)


def _citation(state: TurnState, reference: str, claim: Claim, citation: Citation, words: Words) -> str:
    metadata = _metadata(state, citation.number)
    title = title_of(metadata, words) if metadata else words("untitled")
    say = words("cite.open", number=citation.number, support=words(f"support.{claim.support}"), title=title)
    dot = '<i class="dot full"></i>' if claim.support == "supported" else ""
    return button(f"{dot}{citation.number}", class_="cite", data_open=reference, aria_label=say, title=title)


def _metadata(state: TurnState, number: int) -> Metadata | None:
    passages = state.search.evidence if state.search else ()
    return next((passage.metadata for passage in passages if passage.number == number), None)


def _dotted(text: str, unproven: tuple[str, ...]) -> str:
    """Escape a sentence and underline the words no source contains; overlapping words are underlined once."""
    flags = [False] * len(text)
    for phrase in filter(None, unproven):
        start = text.find(phrase)
        while start >= 0:
            flags[start : start + len(phrase)] = [True] * len(phrase)
            start = text.find(phrase, start + len(phrase))
    parts = []
    for marked, group in groupby(zip(text, flags, strict=True), key=lambda pair: pair[1]):
        piece = esc("".join(character for character, _ in group))
        parts.append(f'<span class="unproven">{piece}</span>' if marked else piece)
    return "".join(parts)
