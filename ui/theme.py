"""Hand the page's own colours, in static/tokens.css, to Gradio's components."""

from __future__ import annotations

import gradio as gr

FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif")
MONOSPACED = ("Consolas", "Noto Sans Mono CJK SC", "monospace")

# Gradio's variable to ours. Ours change with light and dark by themselves, so both of Gradio's get the same.
_COLOURS = {
    "body_background_fill": "--zj-paper",
    "body_text_color": "--zj-ink",
    "body_text_color_subdued": "--zj-ink-soft",
    "background_fill_primary": "--zj-paper",
    "background_fill_secondary": "--zj-sheet",
    "block_background_fill": "--zj-sheet",
    "block_border_color": "--zj-line",
    "border_color_primary": "--zj-line",
    "border_color_accent": "--zj-accent",
    "input_background_fill": "--zj-sheet",
    "input_border_color": "--zj-line",
    "input_border_color_focus": "--zj-accent",
    "input_placeholder_color": "--zj-ink-soft",
    "button_primary_background_fill": "--zj-accent",
    "button_primary_background_fill_hover": "--zj-accent-strong",
    "button_primary_text_color": "--zj-on-accent",
    "button_secondary_background_fill": "--zj-sheet",
    "button_secondary_background_fill_hover": "--zj-tint",
    "button_secondary_text_color": "--zj-ink",
    "link_text_color": "--zj-accent",
}


def page_theme() -> gr.themes.Base:
    """Return a Gradio theme made of the page's tokens and of fonts the system has; it fetches nothing."""
    theme = gr.themes.Base(font=FONTS, font_mono=MONOSPACED, radius_size=gr.themes.sizes.radius_md)
    values = {name: f"var({token})" for name, token in _COLOURS.items()}
    dark = {f"{name}_dark": value for name, value in values.items()}
    return theme.set(**values, **dark, block_shadow="none", block_border_width="0px")
