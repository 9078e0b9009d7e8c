from __future__ import annotations

import pytest

from assistant.chat.answer import Claim, Support
from assistant.chat.compose import Composition


@pytest.mark.parametrize(
    ("supports", "status"),
    [
        (("supported", "supported"), "grounded"),
        (("supported", "contradicted"), "partial"),
        (("partial", "contradicted"), "partial"),
        (("contradicted",), "inferred"),
        (("contradicted", "inferred"), "inferred"),
        ((), "inferred"),
    ],
)
def test_a_contradicted_sentence_never_leaves_an_answer_grounded(supports: tuple[Support, ...], status: str) -> None:
    assert Composition(claims=[Claim("一句话。", support) for support in supports]).status() == status
