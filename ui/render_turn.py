"""One turn of the conversation as HTML: question, what was found, the answer, what can be done next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from assistant.chat.answer import Support
from ui.markup import attributes, button, esc
from ui.places import count_kinds, place_of, title_of
from ui.plain_text import answer_text
from ui.render_frame import render_legend
from ui.render_query import choices_heading, render_choices, render_query
from ui.render_shapes import render_answer

if TYPE_CHECKING:
    from assistant.chat.answer import Answer, Evidence, Search
    from ui.conversation import TurnState
    from ui.words import Words

_EXCERPT = 64


def render_turn(state: TurnState, words: Words, *, last: bool = True) -> str:
    """Write a turn in any phase; only the last one offers to try again."""
    found = state.search is not None and bool(state.search.evidence) and not state.infer
    # A list of documents is its own cards.
    found = found and not (state.search and state.search.shape == "resources")
    nothing = state.answer is not None and state.answer.status == "not_found"
    parts = [
        _question(state, words),
        f'<p class="sr" role="status">{esc(_spoken(state, words))}</p>',
        render_query(state, words, last=last),
        _found_line(state, words),
        _cards(state, words) if found and not nothing else "",
        _body(state, words),
        _outcome(state, words, last=last),
    ]
    busy = "true" if state.running else "false"
    return f'<article class="turn" data-turn="{state.number}" aria-busy="{busy}">{"".join(parts)}</article>'


def _question(state: TurnState, words: Words) -> str:
    tag = f'<span class="tag">{esc(words("turn.infer"))}</span>' if state.infer else ""
    return f'<h2 class="question"><span class="sr">{esc(words("turn.question"))}</span>{esc(state.question)}{tag}</h2>'


def _spoken(state: TurnState, words: Words) -> str:
    """Return the one sentence a screen reader is told in each phase; it does not change with every word."""
    if state.failure is not None:
        return state.failure.message
    if state.answer is not None:
        if state.answer.status == "unclear":
            return choices_heading(state, words)
        return words("none.heading") if state.answer.status == "not_found" else _outcome_note(state.answer, words)
    return words("wait.writing") if state.phase == "writing" else _waiting(state, words)


def _waiting(state: TurnState, words: Words) -> str:
    if state.stopping:
        return words("wait.stopping")
    if state.infer:
        return words("wait.infer")
    if state.search is None or not state.search.evidence:
        return words("wait.searching")
    count, kinds = len(state.search.evidence), count_kinds(state.search.evidence, words)
    seconds = state.search.expected_seconds
    if seconds is None or state.ahead:
        return words("wait.found", count=count, kinds=kinds)
    return words("wait.found.seconds", count=count, kinds=kinds, seconds=max(1, round(seconds)))


def _found_line(state: TurnState, words: Words) -> str:
    if not state.running:
        evidence = state.search.evidence if state.search and not state.infer else ()
        if not evidence or (state.answer and state.answer.status == "not_found"):
            return ""
        done = words("found.done", count=len(evidence), kinds=count_kinds(evidence, words))
        return f'<p class="wait done">{esc(done)}</p>'
    if state.phase == "writing" and not state.stopping and not state.infer and state.search and state.search.evidence:
        kinds = count_kinds(state.search.evidence, words)
        line = words("found.done", count=len(state.search.evidence), kinds=kinds)
        return f'<p class="wait"><i class="pulse"></i>{esc(line + words("list.dot") + words("wait.writing"))}</p>'
    more = ""
    if state.ahead:
        more = f'<span class="ahead">{esc(words("wait.ahead", count=state.ahead))}</span>'
    elif state.search and state.search.expected_seconds and not state.stopping:
        # The style sheet shows these words after one and a half times the estimate; nothing is sent for it.
        after = max(2.0, state.search.expected_seconds * 1.5)
        more = f'<span class="longer" style="--after:{after:.1f}s">{esc(words("wait.longer"))}</span>'
    return f'<p class="wait"><i class="pulse"></i>{esc(_waiting(state, words))}{more}</p>'


def _cards(state: TurnState, words: Words) -> str:
    cited = {citation.number for claim in state.claims for citation in claim.citations}
    cards = "".join(
        f"<li>{_card(state, passage, words, cited=passage.number in cited)}</li>"
        for passage in (state.search.evidence if state.search else ())
    )
    return f'<ol class="cards"{attributes(aria_label=words("turn.sources"))}>{cards}</ol>'


def _card(state: TurnState, passage: Evidence, words: Words, *, cited: bool) -> str:
    title = title_of(passage.metadata, words)
    place = place_of(passage.headings[-1:], passage.locator, words)
    kind = passage.metadata.kind or words("kind.other")
    label = words("list.dot").join(part for part in (kind, place) if part)
    inside = (
        f'<span class="number">{passage.number}</span><span class="what"><span class="name">'
        f'{esc(passage.metadata.title or words("untitled"))}</span><span class="where">{esc(label)}</span></span>'
    )
    return button(
        inside,
        class_="card cited" if cited else "card",
        data_open=f"{state.number}.e{passage.number}",
        title=f"{title}\n{passage.text[:_EXCERPT]}",
        aria_label=f"{words('source.open', number=passage.number, title=title)} {label}",
    )


def _body(state: TurnState, words: Words) -> str:
    body = render_answer(state, words)
    return f'<section class="answer"{attributes(aria_label=words("turn.answer"))}>{body}</section>' if body else ""


def _outcome(state: TurnState, words: Words, *, last: bool) -> str:
    if state.failure is not None:
        code = words("error.code", code=state.failure.code)
        text = f"{state.failure.message}{state.failure.hint}{code}"
        actions = _actions(state, words, retry=last, copy=bool(state.claims))
        return f'<div class="notice bad" role="alert"><p>{esc(text)}</p></div>{actions}'
    if state.answer is None:
        return ""
    if state.answer.status == "unclear":
        return render_choices(state, words, last=last)
    if state.answer.status == "not_found":
        return _nothing(state, state.answer, words, last=last) + _foot(state, state.answer, words, last=False)
    note = _outcome_note(state.answer, words)
    grade = "bad" if state.answer.status == "unavailable" else "soft"
    shown = f'<div class="notice {grade}"><p>{esc(note)}</p></div>' if _needs_note(state.answer) else ""
    return shown + _foot(state, state.answer, words, last=last)


def _needs_note(answer: Answer) -> bool:
    return bool(answer.notice) or answer.status in {"stopped", "inferred", "unavailable"} or not answer.claims


def _outcome_note(answer: Answer, words: Words) -> str:
    if answer.status == "stopped":
        return answer.notice or words("done.stopped" if answer.claims else "done.stopped.empty")
    if answer.status == "unavailable":
        here = words("done.unavailable" if answer.search.evidence else "done.unavailable.none")
        return answer.notice if answer.notice and answer.claims else f"{answer.notice}{here}"
    if answer.status == "inferred":
        return answer.notice or words("done.inferred.note")
    return answer.notice or (_summary(answer, words) if answer.claims else words("done.empty"))


def _summary(answer: Answer, words: Words) -> str:
    shape = answer.search.shape
    if shape in {"resources", "steps", "table"} and all(claim.quoted for claim in answer.claims):
        return words(f"done.{shape}", count=len(answer.claims)) if answer.claims else ""
    counts = Counter(claim.support for claim in answer.claims if not claim.conflict)
    said = [words(f"done.{kind}", count=counts[kind]) for kind in get_args(Support) if counts[kind]]
    return words("list.dot").join(said)


def _nothing(state: TurnState, answer: Answer, words: Words, *, last: bool) -> str:
    search = answer.search
    terms = words.joined(list(search.terms))
    key = "none.searched" if terms else "none.searched.documents"
    nearest = ""
    if search.evidence:
        passage = search.evidence[0]
        place = place_of(passage.headings[-1:], passage.locator, words)
        label = words("list.dot").join(part for part in (title_of(passage.metadata, words), place) if part)
        opener = button(esc(label), class_="link", data_open=f"{state.number}.e{passage.number}")
        nearest = f"<p>{esc(words('none.nearest'))} {opener}</p>"
    return (
        f'<div class="nothing"><p class="strong">{esc(words("none.heading"))}</p>'
        f"<p>{esc(words(key, terms=terms, documents=search.documents_searched))}</p>{nearest}"
        f"{_ways_on(state, words) if last else ''}</div>"
    )


def _ways_on(state: TurnState, words: Words) -> str:
    rephrase = button(esc(words("action.rephrase")), class_="act", data_act="rephrase", data_arg=state.number)
    infer = button(esc(words("action.infer")), class_="act", data_act="infer", data_arg=state.number)
    note = f'<span class="hint">{esc(words("action.infer.note"))}</span>'
    return f'<p class="ways"><span>{esc(words("none.can"))}</span>{rephrase}{infer}{note}</p>'


def _foot(state: TurnState, answer: Answer, words: Words, *, last: bool) -> str:
    dot = words("list.dot")
    seconds = words("done.seconds", seconds=max(1, round(answer.seconds))) if answer.claims else ""
    line = dot.join(part for part in (_summary(answer, words), seconds) if part)
    summary = f'<p class="summary">{esc(line)}</p>' if line else ""
    actions = _actions(
        state,
        words,
        retry=last and answer.status in {"stopped", "unavailable"},
        copy=bool(answer.claims),
        more=_trace(state, answer.search, answer, words)
        + (render_legend(words, state.number) if answer.claims else ""),
    )
    return f"{summary}{actions}"


def _actions(state: TurnState, words: Words, *, retry: bool, copy: bool, more: str = "") -> str:
    written = ""
    if retry:
        written += button(esc(words("action.retry")), class_="act", data_act="retry", data_arg=state.number)
    if copy:
        written += button(esc(words("action.copy")), class_="act", data_copy=state.number)
        written += f'<pre hidden data-copy-text="{state.number}">{esc(answer_text(state, words))}</pre>'
    return f'<div class="actions">{written}{more}</div>' if written or more else ""


def _trace(state: TurnState, search: Search, answer: Answer, words: Words) -> str:
    rows = [(words("trace.question"), search.question)]
    if not state.infer:
        rows += [
            (words("trace.terms"), words.joined(list(search.terms)) or "—"),
            (
                words("trace.scope"),
                words("trace.scope.value", documents=search.documents_searched, chunks=search.chunks_searched),
            ),
            (words("trace.seconds"), words("trace.seconds.value", seconds=f"{search.seconds:.1f}")),
        ]
    if answer.model:
        rows.append((words("trace.model"), answer.model))
    if answer.prompt_hash:
        rows.append((words("trace.prompt"), answer.prompt_hash[:8]))
    if answer.usage:
        usage = answer.usage
        value = words(
            "trace.tokens.value",
            prompt=usage.prompt_tokens,
            cached=usage.cached_tokens,
            generated=usage.generated_tokens,
        )
        rows.append((words("trace.tokens"), value))
    body = "".join(f"<dt>{esc(name)}</dt><dd>{esc(value)}</dd>" for name, value in rows)
    key = f"trace-{state.number}"
    return f'<details data-key="{key}"><summary>{esc(words("trace.open"))}</summary><dl class="trace">{body}</dl></details>'
