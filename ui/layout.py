"""The Gradio page: components in their places, and events tied to the handlers."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003  (Gradio reads the handlers' annotations at run time)
from typing import TYPE_CHECKING, Any

import gradio as gr

from ui.handlers import QUESTION_LIMIT, Handlers, Shown, parse_call
from ui.library_layout import AT_ONCE, RAW, LibraryPlace, tie_library
from ui.render_frame import LIBRARY, PREPARE, SCORES, render_rail, render_script_words

if TYPE_CHECKING:
    from ui.library_handlers import LibraryHandlers
    from ui.words import Words

POLL_SECONDS = 3.0
ASKING_AT_ONCE = 16
# Seconds: how often sent files are looked at, and how old they become.
UPLOADS_KEPT = (600, 7200)
_TAB = "() => [window.zj.tab]"
_QUESTION = "(question) => [question, window.zj.tab]"
_CALL = "() => [window.__cite]"
# A document's story is opened like a source, under a name that no citation has.
_STORY = "d."


class Page:
    """The components that handlers change."""

    def __init__(self, words: Words, *, has_library: bool, limit_mb: int) -> None:
        spaces = (PREPARE, LIBRARY, SCORES) if has_library else (PREPARE, SCORES)
        with gr.Row(elem_id="zj-shell"):
            rail = render_rail(words, spaces) + render_script_words(words, limit_mb)
            gr.HTML(rail, elem_id="zj-rail", **RAW)
            with gr.Column(elem_id="zj-work"):
                with gr.Column(elem_id="zj-scroll"):
                    self.past = gr.HTML(elem_id="zj-past", **RAW)
                    self.live = gr.HTML(elem_id="zj-live", **RAW)
                with gr.Column(elem_id="zj-compose"):
                    with gr.Row(elem_id="zj-box"):
                        self.question = gr.Textbox(
                            label=words("ask.label"),
                            show_label=False,
                            container=False,
                            placeholder=words("ask.placeholder"),
                            lines=1,
                            max_lines=6,
                            max_length=QUESTION_LIMIT,
                            elem_id="zj-question",
                        )
                        self.send = gr.Button(words("ask.send"), variant="primary", elem_id="zj-send")
                        self.stop = gr.Button(words("ask.stop"), elem_id="zj-stop")
                    self.state = gr.HTML(elem_id="zj-state", **RAW)
            self.library = LibraryPlace(words) if has_library else None
            self.scores = gr.HTML(elem_id="zj-scores", **RAW)
            self.panel = gr.HTML(elem_id="zj-panel", **RAW)
        # The script of the page puts what was clicked into window.__cite and clicks one of these.
        self.payload = gr.Textbox(visible="hidden", elem_id="zj-payload")
        self.act = gr.Button("act", visible="hidden", elem_id="zj-act")
        self.open = gr.Button("open", visible="hidden", elem_id="zj-open")
        self.refresh = gr.Button("refresh", visible="hidden", elem_id="zj-refresh")
        self.score = gr.Button("score", visible="hidden", elem_id="zj-score")
        self.timer = gr.Timer(POLL_SECONDS)


def build_blocks(
    handlers: Handlers, words: Words, library: LibraryHandlers | None = None, limit_mb: int = 0
) -> gr.Blocks:
    """Lay out the page and tie its events; without `library` there is no 资料库 place."""
    # Sent files that nobody took in are removed after a while.
    blocks = gr.Blocks(
        title=words("app.title"),
        analytics_enabled=False,
        fill_width=True,
        delete_cache=UPLOADS_KEPT if library else None,
    )
    with blocks:
        page = Page(words, has_library=library is not None, limit_mb=limit_mb)
        _tie_questions(page, handlers, words)
        _tie_rest(blocks, page, handlers, library, words)
        if library is not None and page.library is not None:
            tie_library(page.library, page.panel, page.state, library, lambda: handlers.state()[0])
    return blocks


def _parts(shown: Shown, words: Words) -> tuple[Any, Any, Any]:
    if shown.warning:
        gr.Warning(shown.warning, title=words("ask.notice"))
    past, live, question = (gr.skip() if part is None else part for part in (shown.past, shown.live, shown.question))
    return past, live, question


def _tie_questions(page: Page, handlers: Handlers, words: Words) -> None:
    outputs = [page.past, page.live, page.question]

    def ask(question: str, tab: str, request: gr.Request) -> Iterator[tuple[Any, Any, Any]]:
        for shown in handlers.ask(question, tab, request.session_hash or ""):
            yield _parts(shown, words)

    def act(payload: str, request: gr.Request) -> Iterator[tuple[Any, Any, Any]]:
        for shown in handlers.act(parse_call(payload), request.session_hash or ""):
            yield _parts(shown, words)

    streaming: dict[str, Any] = {
        "outputs": outputs,
        "show_progress": "hidden",
        "trigger_mode": "multiple",
        "concurrency_limit": ASKING_AT_ONCE,
        "concurrency_id": "ask",
        "api_visibility": "private",
    }
    gr.on([page.question.submit, page.send.click], ask, inputs=[page.question, page.payload], js=_QUESTION, **streaming)
    page.act.click(act, inputs=[page.payload], js=_CALL, **streaming)


def _tie_rest(blocks: gr.Blocks, page: Page, handlers: Handlers, library: LibraryHandlers | None, words: Words) -> None:
    def opened(tab: str) -> tuple[Any, Any, str]:
        shown, state = handlers.opened(tab)
        past, live, _ = _parts(shown, words)
        return past, live, state

    def open_panel(payload: str) -> Any:  # noqa: ANN401  (Gradio's own update value)
        call = parse_call(payload)
        if library is not None and call.argument.startswith(_STORY):
            return library.open(call.argument.removeprefix(_STORY))
        html = handlers.open(call)
        return gr.skip() if html is None else html

    def tick() -> tuple[str, gr.Timer]:
        state, may_change = handlers.state()
        return state, gr.Timer(active=may_change)

    def closed(request: gr.Request) -> None:
        handlers.sessions.disconnect(request.session_hash or "")

    blocks.load(opened, inputs=[page.payload], outputs=[page.past, page.live, page.state], js=_TAB, **AT_ONCE)
    page.refresh.click(opened, inputs=[page.payload], outputs=[page.past, page.live, page.state], js=_TAB, **AT_ONCE)
    page.stop.click(handlers.stop, inputs=[page.payload], js=_TAB, trigger_mode="multiple", **AT_ONCE)
    page.open.click(
        open_panel, inputs=[page.payload], outputs=[page.panel], js=_CALL, trigger_mode="multiple", **AT_ONCE
    )
    page.score.click(handlers.scores, outputs=[page.scores], **AT_ONCE)
    page.timer.tick(tick, outputs=[page.state, page.timer], **AT_ONCE)
    blocks.unload(closed)
