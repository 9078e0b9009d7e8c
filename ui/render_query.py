"""What the program read from a question: filters as chips that can be taken away, and choices for one that is too general."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.chat.query import SPELLING
from ui.markup import attributes, button, esc
from ui.places import grade_name

if TYPE_CHECKING:
    from assistant.chat.answer import Filter
    from ui.conversation import TurnState
    from ui.words import Words


def render_query(state: TurnState, words: Words, *, last: bool) -> str:
    """Write the chips of a turn; they are buttons where a click can ask the question again, else plain words."""
    search = state.search
    if search is None or state.infer:
        return ""
    can_ask = last and not state.running
    chips = [
        _chip(
            state,
            SPELLING,
            words("chip.respelled", word=searched),
            words("chip.respelled.was", word=typed),
            words,
            can_ask=can_ask,
        )
        for typed, searched in search.respelled[:1]
    ]
    chips += [
        _chip(
            state,
            item.name,
            said_value(item, words),
            words("chip.carried.long") if item.carried else "",
            words,
            can_ask=can_ask,
            is_carried=item.carried,
        )
        for item in search.filters
    ]
    row = ""
    if chips:
        label = f'<span class="hint">{esc(words("chips.label"))}</span>'
        inside = "".join(f"<li>{chip}</li>" for chip in chips)
        row = f'<div class="chips">{label}<ul{attributes(aria_label=words("chips.label"))}>{inside}</ul></div>'
    if search.relaxed:
        values = words.joined([words("chip.value", value=said_value(item, words)) for item in search.relaxed])
        row += f'<p class="hint relaxed">{esc(words("chips.relaxed", values=values))}</p>'
    return row


def choices_heading(state: TurnState, words: Words) -> str:
    """Say why there are choices instead of an answer."""
    narrowed = state.search is not None and state.search.filters
    return words("choices.several" if narrowed else "choices.heading")


def render_choices(state: TurnState, words: Words, *, last: bool) -> str:
    """Write the exact questions to go on with."""
    asked = state.search.choices if state.search else ()
    rows = "".join(
        f"<li>{button(esc(text), class_='choice', data_act='choose', data_arg=f'{state.number}.{index}') if last else esc(text)}</li>"
        for index, text in enumerate(asked)
    )
    return (
        f'<div class="nothing"><p class="strong">{esc(choices_heading(state, words))}</p><p class="hint">{esc(words("choices.do"))}</p>'
        f'<ul class="choices"{attributes(aria_label=words("choices.do"))}>{rows}</ul></div>'
    )


def said_value(item: Filter, words: Words) -> str:
    """Say the value of a filter: 三年级, 第五单元."""
    return grade_name(item.value, words) if isinstance(item.value, int) else item.value


def _chip(
    state: TurnState, name: str, said: str, more: str, words: Words, *, can_ask: bool, is_carried: bool = False
) -> str:
    kept = f'<span class="kept">{esc(words("chip.carried"))}</span>' if is_carried else ""
    if not can_ask:
        return f'<span class="chip">{kept}{esc(said)}</span>'
    label = words("chip.remove", value=said) + (f"{words('list.dot')}{more}" if more else "")
    return button(
        f'{kept}{esc(said)}<span class="away" aria-hidden="true">×</span>',
        class_="chip",
        data_act="without",
        data_arg=f"{state.number}.{name}",
        title=label,
        aria_label=label,
    )
