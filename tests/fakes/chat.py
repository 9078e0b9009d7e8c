"""Ready-made evidence for tests of what comes after retrieval."""

from __future__ import annotations

from assistant.chat.answer import Evidence
from ingest.document import Locator, Metadata, Span


def evidence(
    text: str, number: int = 1, *, title: str = "面积教案", headings: tuple[str, ...] = ("教学难点",)
) -> Evidence:
    return Evidence(
        number=number,
        document_id=f"d{number}",
        version_id=f"v{number}",
        version=1,
        metadata=Metadata(title=title, kind="教案", grade=3),
        headings=headings,
        locator=Locator(),
        span=Span(100, 100 + len(text)),
        text=text,
        score=1.0,
    )
