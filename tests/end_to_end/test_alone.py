"""Commands that own the library themselves, because no page is being served."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.conftest import QUESTION, SECOND_QUESTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.conftest import Product

pytestmark = pytest.mark.model
SUPPORTS = {"supported", "partial", "inferred", "contradicted"}


def test_a_question_is_answered_without_a_page(alone: Product) -> None:
    answer = alone.json("ask", SECOND_QUESTION)
    assert answer["status"] in {"grounded", "partial"}
    assert answer["sentences"]
    assert {sentence["support"] for sentence in answer["sentences"]} <= SUPPORTS
    assert any("十几减9" in passage["document"] for passage in answer["searched"]["evidence"])
    assert answer["timings"]["generated_tokens"] > 0


def test_a_search_finds_by_meaning_and_by_words(alone: Product) -> None:
    hits = alone.json("search", "孩子总把围一圈的长度和铺满的大小弄混", "--k", "5")["hits"]
    assert len(hits) == 5
    assert any("周长" in hit["text"] for hit in hits)
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_a_second_ingest_changes_nothing(alone: Product) -> None:
    before = alone.json("status")
    found = sorted({hit["document"] for hit in alone.json("search", "面积", "--k", "20")["hits"]})
    report = alone.json("ingest", *found)
    assert report["unchanged"] == len(found)
    assert report["added"] == report["updated"] == report["failed"] == 0
    assert {**alone.json("status"), "search": ""} == {**before, "search": ""}


@pytest.fixture
def model_server(alone: Product) -> Iterator[str]:
    """The 0.5B model behind an OpenAI-compatible server on this machine; gives its address."""
    model = alone.home / "models/qwen2.5-coder-0.5b/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--model_alias", "small", "--host",
               "127.0.0.1", "--port", str(port), "--n_ctx", "4096", "--n_threads", "2", "--verbose", "false"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        end = time.monotonic() + 90
        while True:
            assert process.poll() is None, "the server ended while starting"
            assert time.monotonic() < end, "the server did not start"
            try:
                with urllib.request.urlopen(f"{url}/models", timeout=2):
                    break
            except OSError:
                time.sleep(0.3)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def test_a_model_server_answers_in_place_of_the_local_model(alone: Product, model_server: str) -> None:
    answer = alone.json(
        "ask",
        QUESTION,
        ZHUJIAO_LLM__ENGINE="server",
        ZHUJIAO_LLM__SERVER_URL=model_server,
        ZHUJIAO_LLM__SERVER_MODEL="small",
    )
    assert answer["model"] == "small"
    assert answer["status"] in {"grounded", "partial"}
    assert answer["timings"]["generated_tokens"] > 0
    assert any(sentence["citations"] for sentence in answer["sentences"])
