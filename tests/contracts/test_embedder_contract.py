"""What every embedder does: the fake and the real EmbeddingGemma alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.embed import DeferredEmbedder, document_input
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from ingest.embed import Embedder

TEXTS = [
    document_input("面积", ("教学难点",), "学生容易把面积和周长混淆，先摸边线，再铺满面。"),
    document_input("望天门山", (), "天门中断楚江开，碧水东流至此回。"),
    document_input("简单电路", (), "把电池、导线和小灯泡连成一个闭合回路，小灯泡就亮了。"),
]
QUESTIONS = ["怎样帮学生分清面积和周长？", "《望天门山》第一句写了什么？", "小灯泡怎样才能亮？"]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("fake", id="fake"),
        pytest.param("deferred", id="deferred"),
        pytest.param("real", id="embeddinggemma", marks=pytest.mark.model),
    ],
)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "real":
        return request.getfixturevalue("real_embedder")
    return FakeEmbedder() if request.param == "fake" else DeferredEmbedder("fake", FakeEmbedder)


def test_document_vectors_are_unit_rows_in_order(embedder: Embedder) -> None:
    vectors = embedder.encode_documents(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == len(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-2)
    again = embedder.encode_documents(TEXTS[::-1])[::-1]
    assert float((vectors * again).sum(axis=1).min()) > 0.99


def test_a_question_is_nearest_to_its_text(embedder: Embedder) -> None:
    vectors = embedder.encode_documents(TEXTS)
    for wanted, question in enumerate(QUESTIONS):
        vector = embedder.encode_query(question)
        assert vector.shape == vectors.shape[1:]
        assert int(np.argmax(vectors @ vector)) == wanted


def test_tokens_are_counted(embedder: Embedder) -> None:
    assert embedder.count_tokens("") == 0
    assert 0 < embedder.count_tokens("面积") < embedder.count_tokens("长方形的面积等于长乘宽")
