"""Commands while the page is being served: they ask the serving process, which owns the library."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.end_to_end.conftest import OUTSIDE_QUESTION, QUESTION, SECOND_QUESTION

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Product

pytestmark = pytest.mark.model
# With these a command that opened the library or a model itself would fail.
NO_MODELS = {"ZHUJIAO_LLM__MODEL_PATH": "/nowhere.gguf", "ZHUJIAO_EMBEDDING__MODEL_PATH": "/nowhere"}
GIB = 1 << 30


def test_a_question_goes_through_the_serving_process(serving: Product) -> None:
    serving.asked += 1
    answer = serving.json("ask", QUESTION, **NO_MODELS)
    assert answer["status"] in {"grounded", "partial"}
    assert answer["model"] == "qwen2.5-coder-1.5b"
    assert answer["sentences"]
    evidence = {passage["number"]: passage for passage in answer["searched"]["evidence"]}
    for sentence in answer["sentences"]:
        assert sentence["support"] in {"supported", "partial", "inferred", "contradicted"}
        assert bool(sentence["citations"]) == (sentence["support"] != "inferred")
        for citation in sentence["citations"]:
            assert citation["document"] == evidence[citation["number"]]["document"]
            assert citation["quote"] in evidence[citation["number"]]["text"]
    assert sum(len(sentence["citations"]) for sentence in answer["sentences"]) >= 2


def test_nothing_found_needs_no_model(serving: Product) -> None:
    answer = serving.json("ask", OUTSIDE_QUESTION, **NO_MODELS)
    assert answer["status"] == "not_found"
    assert answer["sentences"] == []
    assert answer["model"] == ""
    assert "generated_tokens" not in answer["timings"]


def test_a_file_put_in_while_serving_is_found_at_once(serving: Product, tmp_path: Path) -> None:
    assert all("石榴" not in hit["text"] for hit in serving.json("search", "石榴籽", **NO_MODELS)["hits"])
    file = tmp_path / "石榴种植社团活动记录.md"
    file.write_text("# 石榴种植社团活动记录\n\n石榴籽要先泡水四个小时，再埋进两厘米深的土里，每周浇一次水。\n", "utf-8")
    documents = serving.json("status", **NO_MODELS)["documents"]
    report = serving.json("ingest", str(file), **NO_MODELS)
    assert [(row["status"], row["change"]) for row in report["files"]] == [("indexed", "added")]
    hits = serving.json("search", "石榴籽怎么种", **NO_MODELS)["hits"]
    assert hits[0]["document"] == str(file)
    assert "泡水四个小时" in hits[0]["text"]
    assert serving.json("status", **NO_MODELS)["documents"] == documents + 1
    # The report's wording for people, and a second run of the same file.
    again = serving.run("ingest", str(file), **NO_MODELS)
    assert again.returncode == 0
    assert "未变 1" in again.stdout


def test_status_and_doctor_see_the_page(serving: Product) -> None:
    status = serving.json("status", **NO_MODELS)
    assert (status["search"], status["model"]) == ("ready", "ready")
    done = serving.run("doctor", ZHUJIAO_PAGE__PORT=str(serving.port))
    assert "✓ 资料库：正由打开着的页面使用" in done.stdout
    assert f"✓ 端口：{serving.port} 由本程序的页面使用" in done.stdout
    assert "✓ 推理引擎" in done.stdout


def test_a_second_page_on_the_same_home_is_refused(serving: Product) -> None:
    done = serving.run("serve", "--port", str(serving.port))
    assert done.returncode == 1
    assert re.fullmatch(r"✗ 端口 \d+ 已被占用.*（代码 PG-01）\n", done.stderr)
    done = serving.run("serve", "--port", "7991")
    assert done.returncode == 1
    assert re.fullmatch(r"✗ 资料库正被另一个程序使用.*（代码 LB-06）\n", done.stderr)
    assert serving.json("status", **NO_MODELS)["model"] == "ready"


def test_the_serving_process_stays_below_four_gigabytes_and_talks_to_this_machine_only(
    serving: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    while serving.asked < 2:
        serving.asked += 1
        assert serving.json("ask", SECOND_QUESTION, **NO_MODELS)["sentences"]
    told = Path(f"/proc/{serving.server_id}/status")
    if not told.exists():
        pytest.skip("this system does not tell a process's peak memory")
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", told.read_text("ascii"))[1]) * 1024
    with capsys.disabled():
        print(f"\npeak memory of the page after {serving.asked} questions: {peak / GIB:.2f} GiB")  # noqa: T201
    assert peak < 4 * GIB
    process = psutil.Process(serving.server_id)
    ends = [
        link.raddr.ip for one in (process, *process.children()) for link in one.net_connections("inet") if link.raddr
    ]
    assert all(end.startswith("127.") or end == "::1" for end in ends)


def test_the_page_ends_in_order_and_comes_again_within_fifteen_seconds(
    serving: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (serving.home / "server.json").stat().st_mode & 0o077 == 0
    assert serving.stop() == 0
    assert not (serving.home / "server.json").exists()
    serving.start()
    with capsys.disabled():
        print(f"\nfrom zhujiao serve to the page: {serving.starting_seconds:.1f} s")  # noqa: T201
    assert serving.starting_seconds < 15
