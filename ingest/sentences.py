"""Sentence boundaries of Chinese and English school texts; spans never cut a quotation's closing mark off."""

from __future__ import annotations

import re

from ingest.document import Span

_CLOSERS = "”’」』）)】》\"'"
# A full stop ends a sentence only before a space or the end, and not behind a digit: 3.14, A.B and the list mark 2.
# do not. A Chinese ellipsis pauses within a sentence.
_END = re.compile(rf"(?:[。！？!?；;]+[{_CLOSERS}]*|(?<!\d)\.(?=\s|$)[{_CLOSERS}]*|\n+)")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """Return the spans of the sentences of `text[start:end]`, in order, white space at their edges left out."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    begin = start
    for match in _END.finditer(text, start, stop):
        _append(spans, text, begin, match.end())
        begin = match.end()
    _append(spans, text, begin, stop)
    return tuple(spans)


def _append(spans: list[Span], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        spans.append(Span(begin, end))
