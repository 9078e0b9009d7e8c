"""The one importer of unstructured: headings, lists and tables of Word, web and Markdown files."""

from __future__ import annotations

import logging
import re
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ingest.document import Element
from ingest.environment import prepare_environment
from ingest.partition.tree import parse_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_CHINESE = ["zho"]  # left to itself it takes short Chinese for Korean
# Put before a text that unstructured would change: it drops a leading "- " or "* " as a bullet, and single characters
# (the answer 「对」, 「A」) altogether.
KEEP = "\u2060"
LONGEST_LOOK = 2000  # characters of a text it judges by; a long row of signs would take its tokenizer minutes
EATEN = re.compile(r"\s*(?:[-–*·]\s|\S\s*$)")
_TAG = re.compile(r"<[^<>]*>")
_DROPPED = frozenset({"Header", "Footer", "PageBreak", "PageNumber"})


def partition_word(package: bytes) -> list[Element]:
    """Read the bytes of a .docx whose hidden parts `explicit` has written out."""
    return list(_elements(_partitioners()["docx"](file=BytesIO(package), languages=_CHINESE)))


def partition_web(page: str) -> list[Element]:
    """Read an HTML page."""
    return list(_elements(_partitioners()["html"](text=page, languages=_CHINESE)))


def partition_markdown(text: str) -> list[Element]:
    """Read Markdown."""
    if not _TAG.sub("", text).strip():
        return []  # unstructured takes no text without words
    return list(_elements(_partitioners()["md"](text=text, languages=_CHINESE)))


@cache
def _partitioners() -> dict[str, Callable[..., Iterable[Any]]]:
    """Import unstructured once, give it a blank language pipeline, and keep it from the network."""
    prepare_environment()
    import spacy  # two seconds; only when the first such file comes
    from unstructured.nlp import tokenize
    from unstructured.partition import docx
    from unstructured.partition.docx import partition_docx
    from unstructured.partition.html import partition_html
    from unstructured.partition.md import partition_md

    pipeline = spacy.blank("xx")
    pipeline.add_pipe("sentencizer")
    pipeline.max_length = LONGEST_LOOK
    # It would fetch an English model to tell titles from prose, which says nothing about Chinese.
    tokenize._get_nlp = lambda: pipeline  # noqa: SLF001  (there is no public way to hand in a pipeline)
    logging.getLogger("unstructured").setLevel(logging.ERROR)  # its warnings would reach a teacher's console
    docx.logging = logging.getLogger("unstructured")  # this module of it speaks past its own logger
    return {"docx": partition_docx, "html": partition_html, "md": partition_md}


def _elements(found: Iterable[Any]) -> Iterator[Element]:
    for item in found:
        category = type(item).__name__
        text = str(item.text or "").replace(KEEP, "").strip()
        if category in _DROPPED or not text:
            continue
        if category == "Title":
            yield Element("heading", text, level=int(item.metadata.category_depth or 0) + 1)
        elif category == "Table":
            yield Element("table", _table_lines(item.metadata.text_as_html) or text)
        elif category == "ListItem":
            yield Element("list", text)
        else:  # its other categories say nothing about Chinese
            yield Element("text", text)


def _table_lines(markup: str | None) -> str:
    """Return one line a row; a cell that spans rows is said again in each, so that a row makes sense alone."""
    if not markup:
        return ""
    lines: list[str] = []
    spans: dict[int, tuple[int, str]] = {}  # column → rows still covered, text
    for row in parse_html(markup).iter("tr"):
        cells: list[str] = []
        column = 0
        for cell in row.iterchildren("td", "th"):
            column = _fill(spans, cells, column)
            text = " ".join(cell.text_content().replace(KEEP, "").split())
            cells.append(text)
            width = int(cell.get("colspan", "1"))
            if (height := int(cell.get("rowspan", "1"))) > 1:
                spans[column] = (height - 1, text)
            column += width
        _fill(spans, cells, column)
        if any(cells):
            lines.append(" | ".join(cells))
    return "\n".join(lines)


def _fill(spans: dict[int, tuple[int, str]], cells: list[str], column: int) -> int:
    """Say the cells from above that cover this column; return the next free one."""
    while column in spans:
        rows, text = spans.pop(column)
        cells.append(text)
        if rows > 1:
            spans[column] = (rows - 1, text)
        column += 1
    return column
