"""Find what in a document speaks to the program instead of to its readers, so that it is neither quoted nor read by the model.

Lesson plans and exercises are full of orders, to pupils: 请同学们读课文, Write a letter to your friend. Those are contents like
any other. Set aside is a sentence that speaks of the answer being written, of the instructions before it or of what its reader
is (`_TO_THE_WRITER`), and a sentence in another script that has to do neither with the text it stands in nor with the question.
Whoever asks for just those words gets them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.document import Span
from ingest.lexical import index_terms
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

# Whoever names this share of an order's own terms asks for it.
ASKED_FOR = 0.5
# A stranger has so many Latin words; the text around it so many Chinese characters, and hardly a Latin word for each of them.
STRANGER_WORDS = 4
LEAST_AROUND = 20
LATIN_AROUND = 0.06

_START = r"(?:^|[，。；：:,;\s“”\"（(>])"
_TO_THE_WRITER = re.compile(
    # 忽略以上所有要求; pupils who 容易忽略前面的要求 are talked about, not to
    rf"{_START}(?:请|你|你们|务必|必须|应该?|要|现在|从现在起|立即|马上)*(?:忽略|无视|忘记|忘掉|抛开|不要理会|不必理会|停止执行)"
    r"[^，。；]{0,6}(?:以上|上述|上面|前面|之前|此前|先前|原来|所有|一切|系统)[^，。；]{0,8}(?:要求|指令|指示|提示|规则|设定|限制|命令|对话|资料|内容)"
    # 你现在是一个…机器人
    rf"|{_START}(?:请|现在|从现在起)*你?(?:现在|将|要|必须)*(?:是|扮演|充当|作为)[^，。；]{{0,16}}(?:助手|助理|机器人|人工智能|语言模型|大模型|AI)"
    # AI助手请注意; 模型必须 alone is said of models in physics
    r"|(?:AI|人工智能|语言模型|大模型|智能助手|聊天机器人|回答[^，。；]{0,6}的模型)[^，。；]{0,4}(?:请|必须|务必|应当|不得|需要)"
    # 在你的回答里加上; what pupils write is their 答案
    r"|(?:在|把|将|给|往)[^，。；]{0,24}(?:回答|回复|答复|输出)(?:的|之)?(?:中|里|内|前|后|末尾|最后|结尾|开头|第一句)[^，。；]{0,6}(?:加|写|附|插|放|注明|提到|推荐)"
    r"|(?:放进|写进|加进|写入|插入|附在|写在|加在)(?:你的?)?(?:回答|回复|答复|输出)"
    r"|(?:你的|本次|这次|接下来的?)(?:回答|回复|答复|输出)"
    r"|(?:只|仅|直接|必须|一律|都)(?:输出|回复|回答)[“”\"‘「『]"
    r"|不(?:要|再|得|必)[^，。；]{0,4}(?:根据|依据|引用|参考)[^，。；]{0,4}资料[^，。；]{0,4}(?:回答|作答|输出|[，。；])"
    r"|系统(?:提示词?|指令|消息)\s*[：:]"
    # roles and fences of a chat
    r"|(?:^|\n)\s*(?:system|assistant|user)\s*[：:]|</?(?:system|assistant|user|instructions?|prompt)>|[\[【〖]\s*/?(?:INST|SYS|资料\s*\d+)"
    r"|\b(?:ignore|disregard|forget|override)\b[^.\n]{0,30}\b(?:previous|above|prior|earlier|preceding|all|any|system|your)\b"
    r"[^.\n]{0,30}\b(?:instructions?|prompts?|rules?|context|guidelines?|directions)\b"
    r"|\b(?:your|this|the\s+next)\s+(?:\w+\s+){0,2}(?:response|reply|output|answer|message)\b"
    r"|\b(?:respond|reply|answer|output)\s+(?:only|just|exactly|solely)\b|\bonly\s+(?:respond|reply|output)\b"
    r"|\byou\s+are\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+){0,4}(?:assistant|ai|bot|chatbot|language\s+model)\b|\bsystem\s+prompt\b",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
# An English sentence before a Chinese one needs no space behind its stop.
_SEAM = re.compile(r"(?<=[.?!])[\"'”’)]?(?=[\u3400-\u4dbf\u4e00-\u9fff])")


def set_aside(text: str, asked: Collection[str]) -> tuple[Span, ...]:
    """Return the spans, in order, of what is neither to be quoted nor to be shown to the model.

    Args:
        text: a passage.
        asked: the terms of the question, as `ingest.lexical` makes them; an order that it asks for stays.

    """
    if not _may_hold_any(text):
        return ()
    pieces = tuple(_pieces(text))
    return tuple(
        piece
        for piece in pieces
        if (_speaks_to_the_writer(text, piece) and not _is_asked_for(text[piece.start : piece.end], asked))
        or _is_a_stranger(text, piece, asked)
    )


def left_over(text: str, aside: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans between those set aside, from the beginning of the text to its end."""
    starts = (0, *(span.end for span in aside))
    ends = (*(span.start for span in aside), len(text))
    return tuple(Span(start, end) for start, end in zip(starts, ends, strict=True) if start < end)


def _may_hold_any(text: str) -> bool:
    return bool(_TO_THE_WRITER.search(text)) or len(_WORD.findall(text)) >= STRANGER_WORDS


def _pieces(text: str) -> Iterator[Span]:
    for span in sentence_spans(text):
        start = span.start
        for seam in _SEAM.finditer(text, span.start, span.end):
            yield Span(start, seam.end())
            start = seam.end()
        yield Span(start, span.end)


def _speaks_to_the_writer(text: str, piece: Span) -> bool:
    return bool(_TO_THE_WRITER.search(text[piece.start : piece.end]))


def _is_asked_for(order: str, asked: Collection[str]) -> bool:
    terms = set(index_terms(order).split())
    return len(terms & set(asked)) >= ASKED_FOR * len(terms)


def _is_a_stranger(text: str, piece: Span, asked: Collection[str]) -> bool:
    """Tell whether a sentence of Latin words has nothing to do with the Chinese text around it nor with the question."""
    said = text[piece.start : piece.end]
    words = {word.lower() for word in _WORD.findall(said)}
    if len(words) < STRANGER_WORDS or _HAN.search(said):
        return False
    around = f"{text[: piece.start]} {text[piece.end :]}"
    others = [word.lower() for word in _WORD.findall(around)]
    chinese = len(_HAN.findall(around))
    in_chinese = chinese >= LEAST_AROUND and len(others) <= LATIN_AROUND * chinese
    return in_chinese and not words & set(others) and not words & set(asked)
