"""Web pages and Markdown: write out what unstructured drops or eats, then let it read headings, lists and tables."""

from __future__ import annotations

import re
from typing import Any

from ingest.document import Element
from ingest.partition.failures import failure
from ingest.partition.headings import promote
from ingest.partition.markdown import protect
from ingest.partition.scripts import lowered, raised
from ingest.partition.structured import KEEP, partition_markdown, partition_web
from ingest.partition.turns import mark_turns

DEEPEST = 200
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_BLOCKS = {"p", "div", "li", "blockquote", "section", "article", "dd", "dt", "td", "th", "body", "center"}


def read_markdown(text: str) -> list[Element]:
    """Read Markdown; numbers of items, blanks to fill in, formulas and single lines stay as typed."""
    return promote(mark_turns(partition_markdown(protect(text))))


def read_html(page: str) -> list[Element]:
    """Read a web page.

    Raises:
        SourceError: IN-11 when the page has no body, IN-18 when it is nested too deeply to be read whole.

    """
    return promote(mark_turns(partition_web(_write_out(page))))


def _write_out(page: str) -> str:
    from lxml import etree, html  # noqa: PLC0415  (comes with unstructured)

    parser = html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = html.fromstring(_DECLARATION.sub("", page).encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise failure("IN-11") from error
    if any("depth" in (entry.message or "").lower() for entry in parser.error_log) or _depth(root) > DEEPEST:
        raise failure("IN-18", detail="网页嵌套太深")
    for index, write in (("sup", raised), ("sub", lowered)):
        for node in list(root.iter(index)):
            text = write(node.text_content())
            node.clear(keep_tail=True)
            node.text = text
    for node in list(root.iter("img")):
        _write_picture(node)
    for node in list(root.iter("ol")):
        _write_numbers(node)
    for node in list(root.iter("u")):
        if not node.text_content().strip("\u00a0 \u3000\n"):
            node.clear(keep_tail=True)
            node.text = "____"
    for node in list(root.iter("br")):
        _write_break(node, html)
    return str(etree.tostring(root, encoding="unicode", method="html"))


def _depth(root: Any) -> int:  # noqa: ANN401
    deepest, waiting = 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in node)
    return deepest


def _write_picture(node: Any) -> None:  # noqa: ANN401
    alternative = (node.get("alt") or "").strip()
    node.tag = "span"
    node.text = f"〔图：{alternative}〕" if alternative else ""


def _write_numbers(listing: Any) -> None:  # noqa: ANN401
    """Type the numbers a browser would show: unstructured drops them, and exercises are cited by number."""
    start = listing.get("start", "1")
    number = int(start) if start.isdigit() and len(start) < 6 else 1  # noqa: PLR2004  (five digits)
    for item in listing.iterchildren("li"):
        target = item
        while target.text is None or not target.text.strip():
            first = next(iter(target), None)
            if first is None or first.tag not in {"p", "div", "span"}:
                break
            target = first
        target.text = f"{KEEP}{number}. {(target.text or '').lstrip()}"
        number += 1


def _write_break(node: Any, html: Any) -> None:  # noqa: ANN401
    """Split a paragraph at a line break; inside a table cell a space has to do."""
    parent = node.getparent()
    if parent is None or parent.tag != "p":
        node.tail = " " + (node.tail or "")
        return
    following = html.Element("p")
    following.text = node.tail
    following.tail = parent.tail
    parent.tail = None
    following.extend(list(node.itersiblings()))
    node.tail = None
    parent.remove(node)
    parent.addnext(following)
