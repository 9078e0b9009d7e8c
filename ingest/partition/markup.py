"""Web pages and Markdown: write out what unstructured drops or eats, then let it read headings, lists and tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ingest.partition.headings import promote
from ingest.partition.markdown import protect
from ingest.partition.mathml import write_formulas
from ingest.partition.scripts import lowered, raised
from ingest.partition.structured import EATEN, KEEP, partition_markdown, partition_web
from ingest.partition.tree import parse_html, to_html
from ingest.partition.turns import mark_turns

if TYPE_CHECKING:
    from ingest.document import Element

WIDEST_SPAN = 1000
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


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
    root = parse_html(_DECLARATION.sub("", page))
    write_formulas(root)
    for index, write in (("sup", raised), ("sub", lowered)):
        for node in list(root.iter(index)):
            text = write(node.text_content())
            node.clear(keep_tail=True)
            node.text = text
    for node in list(root.iter("img")):
        _write_picture(node)
    for node in list(root.iter("ol")):
        _write_numbers(node)
    for node in list(root.iter("table")):
        _write_spans(node)
    for node in reversed(list(root.iter("br"))):  # from the end: each takes along all that follows it
        _write_break(node)
    for node in root.iter():
        _guard(node)
    return to_html(root)


def _guard(node: Any) -> None:
    """Show blanks to fill in, and keep the texts that unstructured would change."""
    if node.tag == "u" and not node.text_content().strip("\u00a0 \u3000\n"):
        node.clear(keep_tail=True)
        node.text = "____"
    if node.text and EATEN.match(node.text):
        node.text = KEEP + node.text
    if node.tail and EATEN.match(node.tail):
        node.tail = KEEP + node.tail


def _write_spans(table: Any) -> None:
    """Say a cell that spans rows again in each of them: unstructured forgets the span and the columns would shift."""
    below: dict[int, tuple[int, str]] = {}  # column → rows still covered, text
    for row in table.iter("tr"):
        column = 0
        for cell in [*row.iterchildren("td", "th"), None]:
            while column in below:
                rows, text = below.pop(column)
                if rows > 1:
                    below[column] = (rows - 1, text)
                copy = row.makeelement("td", {})
                copy.text = text
                if cell is None:
                    row.append(copy)
                else:
                    cell.addprevious(copy)
                column += 1
            if cell is not None:
                if (height := _span(cell, "rowspan")) > 1:
                    below[column] = (height - 1, cell.text_content())
                column += _span(cell, "colspan")


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(int(value), WIDEST_SPAN) if value.isascii() and value.isdecimal() and len(value) < 7 else 1  # six digits


def _write_picture(node: Any) -> None:
    alternative = (node.get("alt") or "").strip()
    node.tag = "span"
    node.text = f"〔图：{alternative}〕" if alternative else ""


def _write_numbers(listing: Any) -> None:
    """Type the numbers a browser would show: unstructured drops them, and exercises are cited by number."""
    start = listing.get("start", "1")
    number = int(start) if start.isascii() and start.isdecimal() and len(start) < 6 else 1  # five digits
    for item in listing.iterchildren("li"):
        target = item
        while target.text is None or not target.text.strip():
            first = next(iter(target), None)
            if first is None or first.tag not in {"p", "div", "span"}:
                break
            target = first
        target.text = f"{KEEP}{number}. {(target.text or '').lstrip()}"
        number += 1


def _write_break(node: Any) -> None:
    """Split a paragraph at a line break; inside a table cell a space has to do."""
    parent = node.getparent()
    if parent is None or parent.tag != "p":
        node.tail = " " + (node.tail or "")
        return
    following = parent.makeelement("p", {})
    following.text = node.tail
    following.tail = parent.tail
    parent.tail = None
    following.extend(list(node.itersiblings()))
    node.tail = None
    parent.remove(node)
    parent.addnext(following)
