"""The one importer of lxml: HTML text to a tree and back."""

from __future__ import annotations

import re
from typing import Any

from ingest.partition.failures import failure

DEEPEST = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse_html(page: str) -> Any:
    """Return the root of a page, comments and processing instructions left out.

    Raises:
        SourceError: IN-11 when there is nothing in it, IN-18 when it is nested too deeply to be read whole.

    """
    from lxml import etree, html  # type: ignore[import-untyped]  # it ships no types; 0.1 s

    parser = html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = html.document_fromstring(page.encode("utf-8", "ignore"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise failure("IN-11") from error
    # libxml2 silently stops at a depth of 256: what lies deeper would be lost without a word.
    if any("depth" in (entry.message or "").lower() for entry in parser.error_log) or _depth(root) > DEEPEST:
        raise failure("IN-18", detail="网页嵌套太深")
    for node in root.iter():
        _drop_controls(node)
    return root


def _drop_controls(node: Any) -> None:
    """Drop the control characters that lxml reads from a page but refuses to write."""
    if node.text and _CONTROL.search(node.text):
        node.text = _CONTROL.sub("", node.text)
    if node.tail and _CONTROL.search(node.tail):
        node.tail = _CONTROL.sub("", node.tail)
    for name, value in node.attrib.items():
        if _CONTROL.search(value):
            node.set(name, _CONTROL.sub("", value))


def to_html(root: Any) -> str:
    """Write a tree as HTML."""
    from lxml import etree

    return str(etree.tostring(root, encoding="unicode", method="html"))


def _depth(root: Any) -> int:
    deepest, waiting = 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in node)
    return deepest
