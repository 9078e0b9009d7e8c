"""Exchanges of a transcript: a teacher's question or task, the pupils' replies, and what the teacher makes of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.chunk.pieces import Piece, whole_or_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.chunk.pieces import Count
    from ingest.document import Block, Locator

_PUPIL = re.compile(
    r"(?:部分|个别|全体|几名|几个|多名|[男女小众]){0,2}(?:学?生|同学|同桌|孩子|全班|众|齐|第?.?组)|[Ss]s?\d{0,2}$|Student"
)
_LEADS = re.compile(r"师|.*(?:老师|教师|组长|主任|校长)|.*师(?:[（(]|$)")
# Words with which a teacher takes up an answer; a short turn that begins so belongs to the exchange it answers.
_TAKES_UP = re.compile(
    r"[嗯哦噢啊哎]|对|是的|没错|不[错对]|[很真]好|好(?:的|，[你他她请坐])|非常|说得|你|他|她|为什么|还有|再|请?坐|谁来补充"
)
SHORT_TURN = 18  # characters: 「说完整，边长一厘米的正方形……」 and the like prompt the same pupil once more
SHORT_ANSWER = 48
ECHO = 2  # characters of the pupil's words with which the teacher begins: 「地震，也有可能啊」


def exchange_pieces(text: str, blocks: Sequence[Block], count: Count) -> list[Piece]:
    """Return the turns as pieces that are never cut (up to the embedder's window); those of one exchange hold together.

    Without pupils among the speakers (a meeting, subtitles without names) every turn stands by itself.
    """
    opens = _openings(text, blocks)
    pieces: list[Piece] = []
    for index, block in enumerate(blocks):
        found = whole_or_sentences(text, block, count)
        holds = block.kind == "heading" or (index + 1 < len(blocks) and not opens[index + 1])
        pieces += [*found[:-1], *(replace(piece, holds=holds) for piece in found[-1:])]
    return pieces


def exchange_locator(run: Sequence[Piece], following: Block | None) -> Locator:
    """Return where an exchange stands, from its first second to its last.

    Files that give no end of a turn are taken to the beginning of the next one.
    """
    turns = [piece.block for piece in run if piece.block.locator.start is not None]
    if not turns:
        return run[0].block.locator
    first, last = turns[0].locator, turns[-1].locator
    next_start = following.locator.start if following is not None else None
    end = last.end if last.end is not None else next_start if next_start is not None else last.start
    return replace(first, end=end)


def _openings(text: str, blocks: Sequence[Block]) -> list[bool]:
    """Tell of each block whether an exchange begins with it."""
    if not any(_is_pupil(block) for block in blocks):
        return [True] * len(blocks)
    opens: list[bool] = []
    previous: Block | None = None
    previous_opens = False
    for block in blocks:
        begins = False
        if block.speaker is not None and not _is_pupil(block):
            if previous is None:
                begins = True
            elif _is_pupil(previous):
                begins = not _takes_up(_words(text, previous), _words(text, block))
            else:
                begins = not previous_opens
        opens.append(begins or block.kind == "heading")
        if block.speaker is not None:
            previous, previous_opens = block, begins
    return opens


def _is_pupil(block: Block) -> bool:
    name = block.speaker or ""
    return _PUPIL.match(name) is not None and _LEADS.match(name) is None


def _words(text: str, turn: Block) -> str:
    whole = text[turn.span.start : turn.span.end]
    return whole.partition("：")[2] or whole


def _takes_up(reply: str, words: str) -> bool:
    """Tell a turn that answers what a pupil said from one that opens something new."""
    if len(words) > SHORT_ANSWER:
        return False
    return len(words) <= SHORT_TURN or _TAKES_UP.match(words) is not None or words[:ECHO] in reply
