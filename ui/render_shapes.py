"""Answers laid out as asked: steps of a lesson, a table of two things, a list of documents, and notices of conflicts."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ui.answer_table import table_of
from ui.markup import attributes, button, esc, plain
from ui.places import describe, place_of, title_of
from ui.render_claims import citation_button, dotted, metadata_of, render_body, sentence

if TYPE_CHECKING:
    from assistant.chat.answer import Claim, Evidence
    from ui.conversation import TurnState
    from ui.words import Words

    Numbered = list[tuple[int, Claim]]

_SNIPPET = 120


def render_answer(state: TurnState, words: Words) -> str:
    """Write an answer in its shape; while nothing of it is there yet, what the model is writing."""
    numbered = list(enumerate(state.claims))
    notices = "".join(_conflict(state, index, claim, words) for index, claim in numbered if claim.conflict)
    laid_out = [(index, claim) for index, claim in numbered if not claim.conflict]
    shape = state.search.shape if state.search and not state.infer else "direct"
    if shape == "steps" and laid_out:
        return notices + _steps(state, laid_out, words)
    if shape == "table" and laid_out:
        return notices + _table(state, laid_out, words)
    if shape == "resources" and laid_out:
        return notices + _documents(state, laid_out, words)
    return notices + render_body(state, words)


def _steps(state: TurnState, numbered: Numbered, words: Words) -> str:
    parts = []
    for group, claims in groupby(numbered, key=lambda pair: pair[1].group):
        items = "".join(
            f'<li><p class="step">{esc(plain(claim.heading))}</p>'
            f'<p class="said">{sentence(state, index, claim, words)}</p></li>'
            for index, claim in claims
        )
        parts.append(f'<h3 class="plan">{esc(group)}</h3><ol class="steps">{items}</ol>')
    return "".join(parts)


def _table(state: TurnState, numbered: Numbered, words: Words) -> str:
    claims = dict(numbered)
    columns, rows = table_of((index, claim.group, claim.heading) for index, claim in numbered if claim.group)
    headed = any(row.heading for row in rows)
    head = "".join(f'<th scope="col">{esc(name)}</th>' for name in columns)
    corner = "<td></td>" if headed else ""
    body = ""
    for row in rows:
        first = f'<th scope="row">{esc(row.heading)}</th>' if headed else ""
        cells = "".join(
            f"<td{attributes(data_of=name)}>{sentence(state, row.cells[name], claims[row.cells[name]], words)}</td>"
            if name in row.cells
            else f'<td class="missing"{attributes(data_of=name)}>{esc(words("table.missing"))}</td>'
            for name in columns
        )
        body += f"<tr>{first}{cells}</tr>"
    table = f'<div class="beside"><table><thead><tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table></div>'
    together = "".join(
        f"<li>{sentence(state, index, claim, words)}</li>" for index, claim in numbered if not claim.group
    )
    if together:
        table += f'<p class="label">{esc(words("table.together"))}</p><ul class="quoted">{together}</ul>'
    return table


def _documents(state: TurnState, numbered: Numbered, words: Words) -> str:
    passages = {passage.number: passage for passage in state.search.evidence} if state.search else {}
    items = "".join(
        f"<li>{_document(state, index, claim, passages[claim.citations[0].number], words)}</li>"
        for index, claim in numbered
        if claim.citations and claim.citations[0].number in passages
    )
    return f'<ol class="papers"{attributes(aria_label=words("turn.sources"))}>{items}</ol>'


def _document(state: TurnState, index: int, claim: Claim, passage: Evidence, words: Words) -> str:
    dot = words("list.dot")
    title = title_of(passage.metadata, words)
    place = place_of(passage.headings[-1:], passage.locator, words)
    quote = " ".join(plain(claim.citations[0].quote).replace("|", " ").split())
    said = quote if len(quote) <= _SNIPPET else quote[:_SNIPPET] + "…"
    snippet = place + words("list.colon") + said if place else said
    inside = (
        f'<span class="name">{esc(title)}</span><span class="where">{esc(dot.join(describe(passage.metadata, words)))}</span>'
        f'<span class="snippet">{esc(snippet)}</span>'
    )
    return button(
        inside,
        class_="paper-link",
        data_open=f"{state.number}.c{index}.0",
        aria_label=words("source.open", number=passage.number, title=title),
    )


def _conflict(state: TurnState, index: int, claim: Claim, words: Words) -> str:
    sides = ""
    for order, citation in enumerate(claim.citations):
        about = metadata_of(state, citation.number)
        known = (title_of(about, words), about.date, about.school, about.author) if about else (words("untitled"),)
        label = words("list.dot").join(part for part in known if part)
        mark = citation_button(state, f"{state.number}.c{index}.{order}", claim, citation, words)
        differs = claim.unproven[order : order + 1]
        quote = "".join(dotted(" ".join(plain(citation.quote).split()), differs))
        sides += f'<div><p class="side">{esc(label)}{mark}</p><p>{quote}</p></div>'
    reason = f'<p class="reason">{esc(claim.reason)}</p>' if claim.reason else ""
    return (
        f'<div class="conflict"><p class="flag">{esc(words("conflict.heading"))}</p>'
        f'<div class="sides">{sides}</div>{reason}</div>'
    )
