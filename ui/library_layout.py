"""The 资料库 place of the Gradio page: its form and lists in their places, and events tied to the handlers."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from ui.library_handlers import CONSENT_LIMIT, PATH_LIMIT, LibraryHandlers, LibraryShown, parse_library_call
from ui.render_library import render_library_head, render_list_head, render_refusal
from ui.uploads import Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.words import Words

# Our own markup with our own style sheet; the script of the page listens for clicks, the components do not.
RAW: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
AT_ONCE: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_FILES = "(files) => [files, window.zj.tab]"
_FORM = "(path, consent) => [path, consent, window.zj.begin()]"
_CALL = "() => [window.zj.nextCall()]"


class LibraryPlace:
    """The components of the place."""

    def __init__(self, words: Words) -> None:
        with gr.Column(elem_id="zj-library"):
            gr.HTML(render_library_head(words), elem_id="zj-library-head", **RAW)
            with gr.Column(elem_id="zj-intake"):
                self.path = gr.Textbox(
                    label=words("intake.path"),
                    info=words("intake.path.info"),
                    placeholder=words("intake.path.placeholder"),
                    max_lines=1,
                    max_length=PATH_LIMIT,
                    elem_id="zj-path",
                )
                self.consent = gr.Textbox(
                    label=words("intake.consent"),
                    info=words("intake.consent.info"),
                    placeholder=words("intake.consent.placeholder"),
                    max_lines=1,
                    max_length=CONSENT_LIMIT,
                    elem_id="zj-consent",
                )
                self.files = gr.File(
                    label=words("intake.files"), file_count="multiple", elem_id="zj-files", height="auto"
                )
                self.basket = gr.HTML(elem_id="zj-basket", **RAW)
                self.go = gr.Button(words("intake.go"), variant="primary", elem_id="zj-go")
                gr.HTML(render_refusal(), elem_id="zj-refusal", **RAW)
                self.note = gr.HTML(elem_id="zj-note", **RAW)
            self.jobs = gr.HTML(elem_id="zj-jobs", **RAW)
            self.report = gr.HTML(elem_id="zj-report", **RAW)
            gr.HTML(render_list_head(words), elem_id="zj-list-head", **RAW)
            self.listing = gr.HTML(elem_id="zj-list", **RAW)
        # The script puts what it wants into its queue and clicks this.
        self.payload = gr.Textbox(visible="hidden", elem_id="zj-library-payload")
        self.act = gr.Button("act", visible="hidden", elem_id="zj-library-act")


def tie_library(
    place: LibraryPlace, panel: gr.HTML, state: gr.HTML, handlers: LibraryHandlers, state_line: Callable[[], str]
) -> None:
    """Tie the events of the place; `panel` shows documents, `state` the line under the question box."""
    outputs = [place.note, place.basket, place.jobs, place.report, place.listing, panel, state]

    def parts(shown: LibraryShown) -> list[Any]:
        changed = [shown.note, shown.basket, shown.jobs, shown.report, shown.listing, shown.panel]
        # A finished run or a changed state changes what there is to search.
        line = state_line() if shown.report is not None or shown.panel is not None else None
        return [gr.skip() if part is None else part for part in (*changed, line)]

    def received(files: list[dict[str, Any]] | None, tab: str) -> list[Any]:
        sent = [
            Upload(Path(file["path"]), str(file.get("orig_name") or Path(file["path"]).name)) for file in files or []
        ]
        # The box is empty again for the next files; the chosen ones are listed below it.
        return [*parts(handlers.received(tab, sent)), None]

    def begin(path: str, consent: str, tab: str, request: gr.Request) -> list[Any]:
        shown = handlers.begin(tab, path or "", consent or "", is_here=_is_here(request))
        return [*parts(shown), *(("", "") if shown.clear else (gr.skip(), gr.skip()))]

    def act(payload: str) -> list[Any]:
        return parts(handlers.act(parse_library_call(payload)))

    # Without preprocessing, since the name a file was sent under is in what the component would reduce to a path.
    place.files.upload(
        received, [place.files, place.payload], [*outputs, place.files], js=_FILES, preprocess=False, **AT_ONCE
    )
    gr.on(
        [place.go.click, place.path.submit, place.consent.submit],
        begin,
        inputs=[place.path, place.consent, place.payload],
        outputs=[*outputs, place.path, place.consent],
        js=_FORM,
        **AT_ONCE,
    )
    place.act.click(act, inputs=[place.payload], outputs=outputs, js=_CALL, trigger_mode="multiple", **AT_ONCE)


def _is_here(request: gr.Request) -> bool:
    """Tell whether the browser runs on this computer."""
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except (AttributeError, ValueError):
        return False
