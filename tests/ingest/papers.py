"""Documents for the tests of chunks: written as lines, read by the product's own readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.document import Element, Metadata, Source
from ingest.normalise import assemble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.document import Chunk, Document

SOURCE = Source(Path("/a.docx"), "0" * 64, 1)


def document(elements: Iterable[Element], kind: str = "") -> Document:
    return assemble(SOURCE, elements, Metadata(title="题", kind=kind))


def paper(lines: str, kind: str = "习题") -> Document:
    """Make a document of lines; `# ` begins a heading, `| ` a table's row."""
    elements: list[Element] = []
    for line in lines.strip().split("\n"):
        text = line.strip()
        if text.startswith("#"):
            marks, _, words = text.partition(" ")
            elements.append(Element("heading", words, level=len(marks)))
        elif text.startswith("| "):
            row = text.removeprefix("| ")
            if elements and elements[-1].kind == "table":
                elements[-1] = Element("table", f"{elements[-1].text}\n{row}")
            else:
                elements.append(Element("table", row))
        else:
            elements.append(Element("text", text))
    return document(elements, kind)


def fields(doc: Document, chunk: Chunk) -> dict[str, str]:
    return {field.name: doc.text[field.span.start : field.span.end] for field in chunk.fields}
