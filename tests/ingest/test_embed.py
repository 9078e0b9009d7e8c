"""Batches, the choice of precision, 8-bit layers, and that a question does not wait for an ingest."""

from __future__ import annotations

import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.embed import DeferredEmbedder, batches, document_input, fastest_precision
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from ingest.embed import Embedder, SentenceTransformerEmbedder


# --- batches --------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3000), max_size=80), st.integers(1, 40), st.integers(1, 4096))
def test_every_text_is_in_one_batch_that_fits(lengths: list[int], most_texts: int, most_tokens: int) -> None:
    made = batches(lengths, most_texts, most_tokens)
    assert sorted(at for batch in made for at in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) <= most_texts
        assert len(batch) == 1 or len(batch) * max(lengths[at] for at in batch) <= most_tokens


def test_like_lengths_share_a_batch() -> None:
    assert batches([10, 200, 12, 190, 11], 8, 400) == [[1, 3], [2, 4, 0]]


# --- what a document is read as -------------------------------------------------------------------------------


def test_a_document_without_a_place_says_so() -> None:
    assert document_input("", (), "一") == "title: none | text: 一"
    assert document_input("面积", ("面积", "教学难点"), "一") == "title: 面积 › 教学难点 | text: 一"


# --- precision ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("able", "chosen"),
    [
        ({"avx2": True, "avx512_vnni": True, "avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True, "avx_vnni": True}, "bfloat16"),
        ({"arm_bf16": True}, "bfloat16"),
        ({"avx2": True, "avx_vnni": True, "avx512_bf16": False}, "int8"),
        ({"avx2": True, "avx512_vnni": True}, "int8"),
        ({"avx2": True, "avx_vnni": False, "num_physical_cores": 4}, "float32"),
        ({"arm_sve": True}, "float32"),
    ],
)
def test_the_precision_is_what_the_processor_is_fast_at(
    able: dict[str, object], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: able)
    monkeypatch.setattr("torch.backends.mkldnn.is_available", lambda: True)
    assert fastest_precision() == chosen


def test_integers_need_the_kernels_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx_vnni": True})
    monkeypatch.setattr("torch.backends.mkldnn.is_available", lambda: False)
    assert fastest_precision() == "float32"


# --- 8-bit layers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [False, True])
def test_an_integer_layer_gives_what_the_layer_gave(*, bias: bool) -> None:
    import torch

    from ingest.int8 import Int8Linear

    torch.manual_seed(3)
    layer = torch.nn.Linear(96, 40, bias=bias)
    values = torch.randn(2, 5, 96)
    values[0, 0] *= 500  # a token far larger than the others must not take their precision
    values[1, 4] = 0
    with torch.inference_mode():
        exact, found = layer(values), Int8Linear(layer)(values)
    assert found.shape == exact.shape
    assert found.dtype == torch.float32
    off = (found - exact).norm(dim=-1) / exact.norm(dim=-1).clamp_min(1e-6)
    assert float(off.max()) < 0.02


def test_every_linear_layer_inside_is_replaced() -> None:
    import torch

    from ingest.int8 import Int8Linear, quantise

    inside = torch.nn.ModuleDict({"one": torch.nn.Linear(4, 4), "norm": torch.nn.LayerNorm(4)})
    whole = torch.nn.Sequential(torch.nn.Linear(4, 4), inside)
    quantise(whole)
    assert [type(module) for module in whole.modules() if not list(module.children())] == [
        Int8Linear,
        Int8Linear,
        torch.nn.LayerNorm,
    ]


# --- sharing --------------------------------------------------------------------------------------------------


def test_two_threads_open_a_deferred_embedder_once() -> None:
    opened = []

    def opener() -> Embedder:
        opened.append(1)
        time.sleep(0.05)
        return FakeEmbedder()

    deferred = DeferredEmbedder("fake", opener)
    threads = [Thread(target=deferred.count_tokens, args=("面积",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [1]


@pytest.mark.model
def test_questions_and_counting_do_not_wait_for_an_ingest(real_embedder: Embedder) -> None:
    documents = [document_input("面积", (), "长方形的面积等于长乘宽。" * 40)] * 24  # a batch each while somebody asks
    real_embedder.encode_query("长方形的面积怎么算？")
    began = time.monotonic()
    ingest = Thread(target=real_embedder.encode_documents, args=(documents,))
    ingest.start()
    answered = 0
    while ingest.is_alive() and answered < 5:
        real_embedder.encode_query(f"怎样分清面积和周长？{answered}")
        real_embedder.count_tokens("面积")
        answered += 1
    waited, still_embedding = time.monotonic() - began, ingest.is_alive()
    ingest.join()
    assert answered == 5
    assert still_embedding, f"five questions took {waited:.1f} s, as long as 24 batches"


@pytest.mark.model
def test_a_question_is_computed_once_in_one_thread_and_leaves_the_threads_as_they_were(
    real_embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    seen: list[int] = []
    encode = real_embedder._model.encode_query

    def counted(text: str, **options: object) -> object:
        seen.append(torch.get_num_threads())
        return encode(text, **options)

    monkeypatch.setattr(real_embedder._model, "encode_query", counted)
    before = torch.get_num_threads()
    first = real_embedder.encode_query("面积和周长有什么不同")
    assert real_embedder.encode_query("面积和周长有什么不同") is first
    other = real_embedder.encode_query("怎样连成闭合回路")
    assert float(first @ other) < 0.9
    assert seen == [1, 1]
    assert torch.get_num_threads() == before
