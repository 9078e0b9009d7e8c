"""The Gradio page: components in their places, and events tied to the handlers."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003  (Gradio reads the handlers' annotations at run time)
from typing import TYPE_CHECKING, Any

import gradio as gr

from ui.handlers import QUESTION_LIMIT, Handlers, Shown, parse_call
from ui.render_frame import render_rail, render_script_words

if TYPE_CHECKING:
    from ui.words import Words

POLL_SECONDS = 3.0
ASKING_AT_ONCE = 16
_TAB = "() => [window.zj.tab]"
_QUESTION = "(question) => [question, window.zj.tab]"
_CALL = "() => [window.__cite]"
# Our own markup with our own style sheet; the script of the page listens for clicks, the components do not.
_RAW: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}


class Page:
    """The components that handlers change."""

    def __init__(self, words: Words) -> None:
        with gr.Row(elem_id="zj-shell"):
            gr.HTML(render_rail(words) + render_script_words(words), elem_id="zj-rail", **_RAW)
            with gr.Column(elem_id="zj-work"):
                with gr.Column(elem_id="zj-scroll"):
                    self.past = gr.HTML(elem_id="zj-past", **_RAW)
                    self.live = gr.HTML(elem_id="zj-live", **_RAW)
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
                    self.state = gr.HTML(elem_id="zj-state", **_RAW)
            self.panel = gr.HTML(elem_id="zj-panel", **_RAW)
        # The script of the page puts what was clicked into window.__cite and clicks one of these.
        self.payload = gr.Textbox(visible="hidden", elem_id="zj-payload")
        self.act = gr.Button("act", visible="hidden", elem_id="zj-act")
        self.open = gr.Button("open", visible="hidden", elem_id="zj-open")
        self.timer = gr.Timer(POLL_SECONDS)


def build_blocks(handlers: Handlers, words: Words) -> gr.Blocks:
    """Lay out the page and tie its events."""
    blocks = gr.Blocks(title=words("app.title"), analytics_enabled=False, fill_width=True)
    with blocks:
        page = Page(words)
        _tie_questions(page, handlers, words)
        _tie_rest(blocks, page, handlers, words)
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


def _tie_rest(blocks: gr.Blocks, page: Page, handlers: Handlers, words: Words) -> None:
    at_once: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}

    def opened(tab: str) -> tuple[Any, Any, str]:
        shown, state = handlers.opened(tab)
        past, live, _ = _parts(shown, words)
        return past, live, state

    def open_panel(payload: str) -> Any:  # noqa: ANN401  (Gradio's own update value)
        html = handlers.open(parse_call(payload))
        return gr.skip() if html is None else html

    def tick() -> tuple[str, gr.Timer]:
        state, may_change = handlers.state()
        return state, gr.Timer(active=may_change)

    def closed(request: gr.Request) -> None:
        handlers.sessions.disconnect(request.session_hash or "")

    blocks.load(opened, inputs=[page.payload], outputs=[page.past, page.live, page.state], js=_TAB, **at_once)
    page.stop.click(handlers.stop, inputs=[page.payload], js=_TAB, trigger_mode="multiple", **at_once)
    page.open.click(
        open_panel, inputs=[page.payload], outputs=[page.panel], js=_CALL, trigger_mode="multiple", **at_once
    )
    page.timer.tick(tick, outputs=[page.state, page.timer], **at_once)
    blocks.unload(closed)
