"""Fold what is typed to the characters the library is written in: traditional to simplified, wide letters to narrow."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

# Letters and digits only: Chinese punctuation is wide too and stays.
_WIDE = {
    code: code - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(first, last + 1)
}
_LAST_COMMON = "\u9fff"


def folded(text: str) -> str:
    """Return a text in simplified characters (乾隆 and 名著 stay), its wide letters and digits narrow."""
    narrow = text.translate(_WIDE)
    simple = str(_converter().convert(narrow))
    if len(simple) != len(narrow):
        return simple
    # 绝巘: the tables know a simplified form that no book prints and hardly a font has.
    return "".join(new if new <= _LAST_COMMON else old for old, new in zip(narrow, simple, strict=True))


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC  # reads its tables, 12 ms

    return OpenCC("t2s")
