"""The only place where text becomes HTML: everything that is not our own markup is escaped here."""

from __future__ import annotations

import html
import re

from assistant.chat.plain_formula import plain_formulas

# Controls other than tab and newline, and the bidirectional overrides that can make a sentence read as another one.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)


def esc(text: object) -> str:
    """Escape text for an element's content or a quoted attribute."""
    return html.escape(_UNSEEN.sub("", str(text)), quote=True)


def attributes(**values: str | int | bool | None) -> str:
    """Write attributes, each after a space; None and False are left out, `data_x` becomes `data-x`, `class_` `class`."""
    written = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        name_in_html = name.rstrip("_").replace("_", "-")
        written.append(f" {name_in_html}" if value is True else f' {name_in_html}="{esc(value)}"')
    return "".join(written)


def button(label_html: str, **values: str | int | bool | None) -> str:
    """Write a button around markup that is already safe."""
    return f'<button type="button"{attributes(**values)}>{label_html}</button>'


def plain(text: str) -> str:
    """Take away the Markdown signs a model may write, and say formulas on the line; the words stay as they are."""
    return plain_formulas(_HEADING.sub("", _BOLD.sub(r"\1", text)).replace("**", ""))


def source(text: str) -> str:
    """Escape a piece of a document's text, its formulas said on the line."""
    return esc(plain_formulas(text))
