"""What every embedder does: the fake and the real EmbeddingGemma alike, this one in 8-bit integers, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from assistant.service import open_embedder
from ingest.embed import DeferredEmbedder, document_input
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from ingest.embed import Embedder
    from ingest.settings import Settings

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
        pytest.param("int8", id="embeddinggemma-int8", marks=pytest.mark.model),
    ],
)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param in {"real", "int8"}:
        real: Embedder = request.getfixturevalue("real_embedder")  # leaves the test out when there is no model
        return real if request.param == "real" else in_integers(request.getfixturevalue("real_settings"))
    return FakeEmbedder() if request.param == "fake" else DeferredEmbedder("fake", FakeEmbedder)


def in_integers(settings: Settings) -> Embedder:
    embedding = settings.embedding.model_copy(update={"precision": "int8"})
    return open_embedder(settings.model_copy(update={"embedding": embedding}))


def test_document_vectors_are_unit_rows_in_order(embedder: Embedder) -> None:
    vectors = embedder.encode_documents(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == len(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    again = embedder.encode_documents(TEXTS[::-1])[::-1]
    assert float((vectors * again).sum(axis=1).min()) > 0.99
    assert np.array_equal(vectors, embedder.encode_documents(TEXTS)), "the same call gives the same numbers"


def test_nothing_gives_no_vectors(embedder: Embedder) -> None:
    assert embedder.encode_documents([]).shape == (0, embedder.encode_query("面积").shape[0])


def test_many_texts_of_all_lengths_keep_their_order(embedder: Embedder) -> None:
    texts = [TEXTS[at % 3] + "老师请学生读一读。" * (at * 7 % 5) for at in range(20)]
    vectors = embedder.encode_documents(texts)
    alone = np.concatenate([embedder.encode_documents([text]) for text in texts])
    assert float((vectors * alone).sum(axis=1).min()) > 0.99
    assert np.array_equal((vectors @ alone.T).argmax(axis=1), (alone @ alone.T).argmax(axis=1))


def test_a_question_is_nearest_to_its_text(embedder: Embedder) -> None:
    vectors = embedder.encode_documents(TEXTS)
    for wanted, question in enumerate(QUESTIONS):
        vector = embedder.encode_query(question)
        assert vector.shape == vectors.shape[1:]
        assert int(np.argmax(vectors @ vector)) == wanted


def test_tokens_are_counted(embedder: Embedder) -> None:
    assert embedder.count_tokens("") == 0
    assert 0 < embedder.count_tokens("面积") < embedder.count_tokens("长方形的面积等于长乘宽")


def test_the_window_says_where_a_text_is_cut(embedder: Embedder) -> None:
    assert embedder.window >= 512
    assert embedder.count_tokens("长" * embedder.window * 2) > embedder.window, "counting does not stop at the window"
