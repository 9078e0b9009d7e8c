"""Sentences of an answer with their support marks."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from ui.markup import attributes, button, esc, plain, source
from ui.places import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assistant.chat.answer import Citation, Claim
    from ingest.document import Metadata
    from ui.conversation import TurnState
    from ui.words import Words

_ITEM = re.compile(
    r"\s*(?:\d{1,2}[.、)）]|[（(][\d一二三四五六七八九十]{1,2}[)）]|[一二三四五六七八九十]{1,2}、|[-•·]\s)"
)
_MARKS = re.compile(r"\[\d{1,2}\]|【\d{1,2}】|\[\d{0,2}$")


def render_body(state: TurnState, words: Words) -> str:
    """Write the model's checked sentences, the words that are still coming, and below them the sources' own sentences."""
    numbered = list(enumerate(state.claims))
    blocks = [
        _block(state, kind, list(group), words)
        for kind, group in _blocks([one for one in numbered if not one[1].quoted])
    ]
    pending = plain(_MARKS.sub("", state.pending))
    if pending.strip():
        blocks.append(f'<p class="para"><span class="pending">{esc(pending.strip())}</span></p>')
    if state.search is not None and state.search.shape == "points" and blocks:
        blocks = [f'<ul class="points">{"".join(f"<li>{block}</li>" for block in blocks)}</ul>']
    quoted = "".join(
        f"<li>{sentence(state, index, claim, words)}</li>"
        for index, claim in numbered
        if claim.quoted and not claim.conflict
    )
    if quoted:
        blocks.append(f'<p class="label">{esc(words("answer.quoted"))}</p><ul class="quoted">{quoted}</ul>')
    return "".join(blocks)


def _blocks(claims: list[tuple[int, Claim]]) -> Iterator[tuple[tuple[int, str], Iterable[tuple[int, Claim]]]]:
    """Give each sentence a paragraph: a draft is a list of points. Neighbouring inferred ones share a box."""
    keys: list[tuple[int, str]] = []
    for place, (index, claim) in enumerate(claims):
        shared = claim.support == "inferred" and place > 0 and claims[place - 1][1].support == "inferred"
        keys.append(keys[-1] if shared else (index, claim.support))
    placed = {index: key for (index, _), key in zip(claims, keys, strict=True)}
    return groupby(claims, key=lambda pair: placed[pair[0]])


def _block(state: TurnState, key: tuple[int, str], claims: list[tuple[int, Claim]], words: Words) -> str:
    kind = key[1]
    if kind == "contradicted":
        index, claim = claims[0]
        return _contradicted(state, index, claim, words)
    sentences = "".join(sentence(state, index, claim, words) for index, claim in claims)
    if kind == "inferred":
        return f'<div class="inferred">{sentences}</div>'
    item = " item" if _ITEM.match(claims[0][1].text) else ""
    return f'<p class="para{item}">{sentences}</p>'


def sentence(state: TurnState, index: int, claim: Claim, words: Words) -> str:
    """Write a sentence with its mark and the buttons of its sources."""
    text = plain(claim.text.strip())
    if claim.support == "inferred":
        why = attributes(title=claim.reason or None)
        tag = f'<span class="tag"{why}>{esc(words("support.inferred.tag"))}</span>'
        return f'<span class="claim" data-support="inferred">{tag}{esc(text)}</span>'
    unproven = claim.unproven if claim.support == "partial" else ()
    marks = _citations(state, index, claim, words)
    if claim.support == "partial":
        say = words("support.partial.say") + (f" {claim.reason}" if claim.reason else "")
        marks = f'<i class="dot half" role="img"{attributes(aria_label=say, title=say)}></i>{marks}'
    # The last character keeps its marks on its line: a number at the start of a line would belong to no sentence.
    shown, tail = dotted(text, unproven)
    inside = f'{shown}<span class="tail">{tail}{marks}</span>'
    return f'<span class="claim" data-support="{claim.support}">{inside}</span>'


def _contradicted(state: TurnState, index: int, claim: Claim, words: Words) -> str:
    quotes = "".join(f"<p>{source(quote.quote)}</p>" for quote in claim.citations)
    reason = f'<p class="reason">{esc(claim.reason)}</p>' if claim.reason else ""
    return (
        f'<div class="contradicted" data-support="contradicted"><p class="flag">{esc(words("support.contradicted"))}</p>'
        f'<div class="sides"><div><p class="side">{esc(words("support.contradicted.answer"))}</p>'
        f"<p>{''.join(dotted(plain(claim.text.strip()), claim.unproven))}</p></div>"
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
        buttons.append(citation_button(state, f"{state.number}.c{index}.{order}", claim, citation, words))
    return "".join(buttons)


def citation_button(state: TurnState, reference: str, claim: Claim, citation: Citation, words: Words) -> str:
    """Write the button that opens a citation, with the mark of the sentence it stands behind."""
    metadata = metadata_of(state, citation.number)
    title = title_of(metadata, words) if metadata else words("untitled")
    say = words("cite.open", number=citation.number, support=words(f"support.{claim.support}"), title=title)
    dot = '<i class="dot full"></i>' if claim.support == "supported" else ""
    return button(f"{dot}{citation.number}", class_="cite", data_open=reference, aria_label=say, title=title)


def metadata_of(state: TurnState, number: int) -> Metadata | None:
    """Return what is known of the document of a passage; None for a number that no passage has."""
    passages = state.search.evidence if state.search else ()
    return next((passage.metadata for passage in passages if passage.number == number), None)


def dotted(text: str, unproven: tuple[str, ...]) -> tuple[str, str]:
    """Escape a sentence, the words no source contains underlined; returns all but the last character, and that one."""
    flags = [False] * len(text)
    for phrase in filter(None, unproven):
        start = text.find(phrase)
        while start >= 0:
            flags[start : start + len(phrase)] = [True] * len(phrase)
            start = text.find(phrase, start + len(phrase))
    return _underlined(text[:-1], flags[:-1]), _underlined(text[-1:], flags[-1:])


def _underlined(text: str, flags: list[bool]) -> str:
    parts = []
    for marked, group in groupby(zip(text, flags, strict=True), key=lambda pair: pair[1]):
        piece = esc("".join(character for character, _ in group))
        parts.append(f'<span class="unproven">{piece}</span>' if marked else piece)
    return "".join(parts)
