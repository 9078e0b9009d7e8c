"""The 资料库 place around its form: heading, what was wrong with a request, and the list of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.library_list import FILTER_LIMIT, PAGE_ROWS, STANDINGS
from ui.markup import attributes, button, esc
from ui.names import fields_line, named, said_size
from ui.places import grade_of, title_of
from ui.uploads import safe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.library_list import Listing, ListView, Row
    from ui.uploads import Upload
    from ui.words import Words


def render_library_head(words: Words) -> str:
    """Write the heading of the place."""
    return (
        f'<div class="place-head"><h1 tabindex="-1">{esc(words("library.heading"))}</h1>'
        f'<p class="lead">{esc(words("library.lead"))}</p></div>'
    )


def render_note(message: str, hint: str = "", code: str = "", *, words: Words, is_bad: bool = True) -> str:
    """Write what became of a request: a sentence, what to do, and the code."""
    said = f'<span class="code">{esc(words("error.code", code=code))}</span>' if code else ""
    role = "alert" if is_bad else "status"
    return (
        f'<div class="notice {"bad" if is_bad else "soft"}" role="{role}">'
        f'<p><span class="strong">{esc(message)}</span>{esc(hint)}{said}</p></div>'
    )


def render_basket(uploads: Sequence[Upload], words: Words) -> str:
    """Write the files chosen so far, each with a button that takes it off; empty without any."""
    items = []
    for number, upload in enumerate(uploads):
        name = safe_name(upload.name) or upload.name
        off = button(
            esc(words("intake.forget")),
            class_="link",
            data_forget=number,
            aria_label=words("intake.forget.label", name=name),
        )
        items.append(f'<li><span class="name">{esc(name)}</span><span class="soft">{_size(upload)}</span>{off}</li>')
    if not items:
        return ""
    label = words("intake.chosen", count=len(items))
    return f'<p class="soft">{esc(label)}</p><ul class="basket"{attributes(aria_label=label)}>{"".join(items)}</ul>'


def _size(upload: Upload) -> str:
    try:
        return said_size(upload.path.stat().st_size)
    except OSError:  # removed meanwhile; the next step says so
        return ""


def render_refusal() -> str:
    """Write the place where the script says why it does not send a file."""
    return '<p class="notice bad" id="zj-refused" role="alert" hidden></p>'


def render_list_head(words: Words) -> str:
    """Write the heading of the list and its filter box, which stay while the list below changes."""
    box = attributes(
        type="search",
        id="zj-filter",
        maxlength=FILTER_LIMIT,
        autocomplete="off",
        spellcheck="false",
        placeholder=words("list.filter.placeholder"),
    )
    return (
        f'<div class="list-head"><h2>{esc(words("list.heading"))}</h2>'
        f'<label class="sr" for="zj-filter">{esc(words("list.filter"))}</label><input{box}></div>'
    )


def render_listing(listing: Listing, words: Words) -> str:
    """Write one page of the list with the choices above it; an empty library says what to do."""
    if listing.library == 0:
        return (
            f'<div class="listing" data-empty><div class="notice soft"><p class="strong">{esc(words("list.empty"))}</p>'
            f"<p>{esc(words('list.empty.do'))}</p></div></div>"
        )
    shown = f'<p class="sr" role="status">{esc(words("list.shown", count=listing.total))}</p>'
    if not listing.total:
        body = f'<p class="strong">{esc(words("list.nothing"))}</p><p class="soft">{esc(words("list.nothing.do"))}</p>'
        return f'<div class="listing">{_choices(listing, words)}{shown}{body}</div>'
    names = ("title", "kind", "grade", "subject", "scope")
    heads = [words(f"field.{name}") for name in names]
    heads += [words("list.state"), words("list.chunks"), words("list.lacks")]
    head = "".join(f'<th scope="col">{esc(text)}</th>' for text in heads)
    rows = "".join(_row(row, words) for row in listing.rows)
    pager = render_pager(
        listing.view.page, PAGE_ROWS, listing.total, words, name=words("list.heading"), marks={"data_turn": True}
    )
    return (
        f'<div class="listing">{_choices(listing, words)}{shown}<table class="docs"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{pager}</div>"
    )


def render_pager(page: int, rows: int, total: int, words: Words, *, name: str, marks: Mapping[str, str | bool]) -> str:
    """Write which of the rows are shown and the buttons to the other pages; empty when all are shown.

    Args:
        page: the page shown, counted from 0.
        rows: how many a page has.
        total: how many there are.
        words: the words of the page's language.
        name: of what is turned over.
        marks: what the buttons carry beside the page they lead to.

    """
    if total <= rows:
        return ""
    first, last = page * rows + 1, min((page + 1) * rows, total)
    back = button(esc(words("pager.back")), class_="act", data_page=page - 1, disabled=page == 0, **marks)
    on = button(esc(words("pager.on")), class_="act", data_page=page + 1, disabled=last == total, **marks)
    said = esc(words("pager.range", first=first, last=last, total=total))
    return f'<nav class="pager"{attributes(aria_label=words("pager.label", name=name))}><span>{said}</span>{back}{on}</nav>'


def _choices(listing: Listing, words: Words) -> str:
    view = listing.view
    every = sum(listing.of_state.values())
    states = [_choice("", words("list.all"), every, view)]
    states += [
        _choice(state, named("standing", state, words), listing.of_state.get(state, 0), view) for state in STANDINGS
    ]
    lacks = button(
        f"{esc(words('list.unknown'))} <b>{listing.incomplete}</b>",
        class_="choice",
        data_incomplete=not view.incomplete,
        aria_pressed="true" if view.incomplete else "false",
    )
    return (
        f'<div class="choices" role="group"{attributes(aria_label=words("list.state"))}>{"".join(states)}'
        f'<span class="gap"></span>{lacks}</div>'
    )


def _choice(state: str, name: str, count: int, view: ListView) -> str:
    return button(
        f"{esc(name)} <b>{count}</b>",
        class_="choice",
        data_state_choice=state or "all",
        aria_pressed="true" if view.state == state else "false",
    )


def _row(row: Row, words: Words) -> str:
    metadata = row.metadata
    title = title_of(metadata, words) if metadata.title else row.file
    opener = button(
        esc(title),
        class_="doc",
        data_open=f"d.{row.key}",
        aria_expanded="false",
        aria_label=words("list.open", title=title),
    )
    file = f'<span class="file">{esc(row.file)}</span>' if title != row.file else ""
    plain = (
        ("kind", metadata.kind),
        ("grade", grade_of(metadata, words)),
        ("subject", metadata.subject),
        ("scope", named("scope", metadata.scope, words) if metadata.scope else ""),
    )
    cells = "".join(f'<td class="{name}">{esc(value)}</td>' for name, value in plain)
    lacks = fields_line(row.unknown, words)
    named_chunks = f'<span class="unit">{esc(words("list.chunks"))} </span>'
    named_lacks = f'<span class="unit">{esc(words("list.lacks"))}：</span>' if lacks else ""
    return (
        f'<tr data-row><th scope="row">{opener}{file}</th>{cells}'
        f'<td class="standing">{render_standing(row.state, words)}</td>'
        f'<td class="chunks">{named_chunks}{row.chunks}</td><td class="lacks">{named_lacks}{esc(lacks)}</td></tr>'
    )


def render_standing(state: str, words: Words) -> str:
    """Write a state as a word with its sign: full, half, empty, crossed; never by colour alone."""
    known = state if state in STANDINGS else "draft"
    return f'<span class="standing-mark" data-standing="{known}"><i></i>{esc(named("standing", state, words))}</span>'
