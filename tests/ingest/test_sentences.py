from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一句。两句！三句？", ["一句。", "两句！", "三句？"]),
        ("他说：“面积是什么？”大家想。", ["他说：“面积是什么？”", "大家想。"]),
        ("圆周率约是3.14。半径2.5米", ["圆周率约是3.14。", "半径2.5米"]),
        ("I like red. It is big.", ["I like red.", "It is big."]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("等等……再说。2. 下一条", ["等等……再说。", "2. 下一条"]),
        ("Mr. Hu is kind. Is he?", ["Mr. Hu is kind.", "Is he?"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_boundaries(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_semicolons_part_what_can_be_quoted_but_no_sentence() -> None:
    text = "先指边线；再列式。完。"
    assert sentences(text) == ["先指边线；", "再列式。", "完。"]
    assert [text[span.start : span.end] for span in sentence_spans(text, at_semicolons=False)] == [
        "先指边线；再列式。",
        "完。",
    ]


@given(st.text("面积。！？.…；”」\n 3a", max_size=60))
def test_spans_are_ordered_and_lose_only_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    assert "".join(sentences(text)).replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")
