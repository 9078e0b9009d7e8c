"""Chinese text to search terms: words as jieba's search mode cuts them ⊕ character bigrams."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN_RUN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[a-z]+(?:'[a-z]+)?|[^\W\d_\u3400-\u4dbf\u4e00-\u9fff]+")

# Words that every question has and no answer is found by.
STOP_WORDS = frozenset(
    "的 了 和 与 在 是 有 我 你 他 她 它 们 这 那 哪 吗 呢 吧 啊 请 问 怎 样 怎样 怎么 怎么样 如何 什么 哪些 哪个 为什么 "
    "为何 多少 几个 可以 应该 需要 能够 以及 还有 或者 一个 一些 一下 进行 关于 对于 通过 之间 其中 时候 请问 我们 他们 "
    "老师 给我 帮我 介绍 说明 告诉 就 都 也 很 到 从 把 被 让 给 对 为 及 等 之 中 上 下 里 个 不 要 会 能 去 来 做".split()
)


def index_terms(text: str) -> str:
    """Return the terms of a text separated by spaces, as the lexical index stores them; repeats are kept."""
    return " ".join(_terms(text.lower()))


def query_terms(text: str) -> tuple[str, ...]:
    """Return the distinct terms of a question in order, stop words left out unless nothing else is there."""
    distinct = tuple(dict.fromkeys(_terms(text.lower())))
    telling = tuple(term for term in distinct if term not in STOP_WORDS and not _is_glue(term))
    return telling or distinct


def content_words(text: str) -> tuple[str, ...]:
    """Return the distinct words of two or more characters, and numbers and Latin words, without stop words."""
    import rjieba  # loads its dictionary, 10 MB, at import

    words = (word.strip().lower() for word in rjieba.cut(text))
    return tuple(
        dict.fromkeys(
            word
            for word in words
            if word not in STOP_WORDS and (len(word) > 1 or word.isascii()) and re.search(r"\w", word)
        )
    )


def dictionary_words(text: str) -> tuple[str, ...]:
    """Cut a text into the words of the dictionary and single characters; joined again they are the text."""
    import rjieba  # loads its dictionary, 10 MB, at import

    return tuple(rjieba.cut(text, hmm=False))


def tagged_words(text: str) -> tuple[tuple[str, str], ...]:
    """Return the words of a text in order with jieba's tag of each (nr person, ns place, n noun, v verb …); together they are the text."""
    import rjieba  # loads its dictionary, 10 MB, at import

    return tuple((str(word), str(tag)) for word, tag in rjieba.tag(text))


def bigrams(text: str) -> set[str]:
    """Return the character bigrams of the runs of Chinese characters, and whole Latin words and numbers."""
    lowered = text.lower()
    pairs = {run[i : i + 2] for run in _HAN_RUN.findall(lowered) for i in range(max(1, len(run) - 1))}
    return pairs | set(_LATIN_RUN.findall(lowered))


def _terms(text: str) -> Iterator[str]:
    import rjieba  # loads its dictionary, 10 MB, at import

    for run in _HAN_RUN.findall(text):
        words = rjieba.cut_for_search(run, hmm=True)
        yield from words
        seen = set(words)
        yield from (pair for i in range(len(run) - 1) if (pair := run[i : i + 2]) not in seen)
    yield from _LATIN_RUN.findall(text)


def _is_glue(term: str) -> bool:
    """Tell whether a bigram only joins two stop words or a stop word and its neighbour (的面, 和正)."""
    return len(term) == 2 and any(char in STOP_WORDS for char in term)  # a bigram
