"""Sentence boundaries of Chinese and English school texts; spans never cut a quotation's closing mark off."""

from __future__ import annotations

import re

from ingest.document import Span

_CLOSERS = "”’」』）)】》\"'"
# A full stop ends a sentence only before a space or the end, and not behind a digit or a title: 3.14, A.B, the list mark
# 2. and Mr. Hu do not. A Chinese ellipsis pauses within a sentence.
_STOP = rf"(?<!\d)(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)\.(?=\s|$)[{_CLOSERS}]*|\n+"
_END = re.compile(rf"(?:[。！？!?]+[{_CLOSERS}]*|{_STOP})")
_END_OR_SEMICOLON = re.compile(rf"(?:[。！？!?；;]+[{_CLOSERS}]*|{_STOP})")


def sentence_spans(
    text: str, start: int = 0, end: int | None = None, *, at_semicolons: bool = True
) -> tuple[Span, ...]:
    """Return the spans of the sentences of `text[start:end]`, in order, white space at their edges left out.

    What stands between semicolons can be quoted alone and counts as a sentence, unless `at_semicolons` is off.
    """
    stop = len(text) if end is None else end
    spans: list[Span] = []
    begin = start
    for match in (_END_OR_SEMICOLON if at_semicolons else _END).finditer(text, start, stop):
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
