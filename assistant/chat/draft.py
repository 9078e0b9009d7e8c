"""The form a draft must have, as a grammar, and how sentences are read from it while it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.chat.answer import Shape

MAX_SENTENCES = 3
MAX_CHARACTERS = 110
LEAST_POINTS, MOST_POINTS = 2, 5
POINT_CHARACTERS = 44
_MARK = re.compile(r"\[(\d{1,2})\]")


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """One sentence of a draft and the passage numbers the model gave for it."""

    text: str
    cited: tuple[int, ...]


def draft_grammar(passages: int, shape: Shape = "direct") -> str:
    """Return a GBNF grammar: one to three lines, each one sentence that ends in the numbers of passages that exist.

    With the shape "points" it is two to five short ones. A sentence has at most `MAX_CHARACTERS`: left alone a small model
    runs on to the token limit.
    """
    points = shape == "points"
    lines = f"{LEAST_POINTS},{MOST_POINTS}" if points else f"1,{MAX_SENTENCES}"
    longest = POINT_CHARACTERS if points else MAX_CHARACTERS
    numbers = " | ".join(f'"[{number}]"' for number in range(1, passages + 1))
    return (
        f"root ::= line{{{lines}}}\n"
        'line ::= "- " start rest "。" mark mark? "\\n"\n'
        "start ::= [^ 。！？\\[\\]\\n\\t<>-]\n"
        f"rest ::= [^。！？\\[\\]\\n<>]{{5,{longest}}}\n"
        f"mark ::= {numbers}\n"
    )


class DraftReader:
    """Read pieces of a draft: words to show at once, and each sentence when its line is finished."""

    def __init__(self) -> None:
        self._line = ""
        self._shown = 0

    def feed(self, piece: str) -> list[str | DraftSentence]:
        """Return what the piece adds: texts to show (without list and citation marks) and finished sentences."""
        out: list[str | DraftSentence] = []
        for part in re.split(r"(\n)", piece):
            if part == "\n":
                out += self.finish()
            elif part:
                self._line += part
                shown = _shown(self._line)
                if len(shown) > self._shown:
                    out.append(shown[self._shown :])
                    self._shown = len(shown)
        return out

    def finish(self) -> list[str | DraftSentence]:
        """Return the sentence of the last line, if it has one."""
        line, self._line, self._shown = self._line, "", 0
        text = _shown(line).strip()
        cited = tuple(dict.fromkeys(int(number) for number in _MARK.findall(line)))
        return [DraftSentence(text, cited)] if len(text) > 1 else []


def _shown(line: str) -> str:
    body = line.lstrip("-• ")
    cut = body.find("[")
    return body if cut < 0 else body[:cut].rstrip()
