"""Sound files cut off at many places, and with bits turned over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ingest.hostile import bases
from tests.ingest.hostile.bases import flipped
from tests.ingest.hostile.spec import made, spec
from tests.ingest.hostile.zipcraft import Entry, zip_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ingest.hostile.spec import Spec

SHARES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
FLIPS = ((1, 1), (2, 4), (3, 16), (4, 64), (5, 256), (6, 1024))


def _zip() -> bytes:
    return zip_bytes([Entry("教案.txt", bases.PROSE.encode()), Entry("教案.docx", bases.docx(), 0)])


SOUND: dict[str, Callable[[], bytes]] = {
    ".docx": bases.docx,
    ".pptx": bases.pptx,
    ".xlsx": bases.xlsx,
    ".pdf": bases.pdf,
    ".zip": _zip,
    ".txt": lambda: bases.PROSE.encode() * 9,
    ".md": f"---\ntitle: 面积\n---\n# 面积\n\n{bases.PROSE}\n| a | b |\n|---|---|\n| 一 | 二 |\n".encode,
    ".html": f"<html><body><h1>面积</h1><p>{bases.PROSE}</p><table><tr><td>一</td></tr></table></body></html>".encode,
    ".csv": lambda: '题号,题干\n1,"长方形,面积"\n'.encode() * 9,
    ".srt": lambda: "1\n00:00:01,000 --> 00:00:02,000\n同学们好\n\n".encode() * 9,
}
PACKAGES = {".docx", ".pptx", ".xlsx", ".zip"}


def specs() -> Iterator[Spec]:
    """Yield the damaged files."""
    for suffix, sound in SOUND.items():
        kind = suffix[1:]
        for share in SHARES:
            yield spec(f"{kind}-cut-{share}", f"断{suffix}", _cut(suffix), made(_cutter(sound, share)))
        yield spec(f"{kind}-cut-last", f"断{suffix}", "text IN-08 IN-22", made(_cutter(sound, -1)))
        for seed, bits in FLIPS:
            yield spec(f"{kind}-flip-{bits}", f"坏{suffix}", _flip(suffix), made(_flipper(sound, seed, bits)))


def _cutter(sound: Callable[[], bytes], share: float) -> Callable[[], bytes]:
    return lambda: sound()[:-1] if share < 0 else sound()[: int(len(sound()) * share)]


def _flipper(sound: Callable[[], bytes], seed: int, bits: int) -> Callable[[], bytes]:
    return lambda: flipped(sound(), seed, bits)


def _cut(suffix: str) -> str:
    if suffix in PACKAGES:
        return "IN-08"
    return {".pdf": "text IN-08 IN-11 IN-12", ".srt": "text IN-08"}.get(suffix, "text IN-11")


def _flip(suffix: str) -> str:
    if suffix in PACKAGES:
        return "text IN-04 IN-05 IN-06 IN-07 IN-08 IN-09 IN-11 IN-18 IN-22 IN-23"
    if suffix == ".pdf":
        return "text IN-06 IN-07 IN-08 IN-11 IN-12 IN-18"
    return "text IN-06 IN-08 IN-11 IN-13"
