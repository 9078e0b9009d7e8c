from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from assistant.llm.probe import has_amx, probe_engine
from ingest.settings import load_settings
from tests.contracts.test_engine_contract import small_model


@pytest.fixture
def pointed(tmp_path):
    model = tmp_path / "model.gguf"
    model.write_bytes(b"not a model")
    return load_settings({"ZHUJIAO_HOME": str(tmp_path), "ZHUJIAO_LLM__MODEL_PATH": str(model)})


def child(code):
    return (sys.executable, "-c", code)


@pytest.mark.parametrize(("flags", "told"), [("fpu amx_tile amx_int8", True), ("fpu avx2", False)])
@pytest.mark.parametrize("number", [4, 6, 11])
def test_a_crash_is_named_and_amx_gets_its_rebuild(pointed, tmp_path, flags, told, number):
    cpu = tmp_path / "cpuinfo"
    cpu.write_text(f"flags\t: {flags}\n")
    code = f"import os; os.kill(os.getpid(), {number})"
    result = probe_engine(pointed, command=child(code), cpu_info=cpu)
    assert (result.outcome, result.code) == ("crashed", "EN-20")
    assert ("-fno-tree-dse" in result.hint and "--no-cache-dir" in result.hint) == told


def test_memory_kill_is_not_blamed_on_the_processor(pointed, tmp_path):
    result = probe_engine(pointed, command=child("import os; os.kill(os.getpid(), 9)"))
    assert result.code == "EN-23"


def test_a_hanging_child_is_ended(pointed):
    assert probe_engine(pointed, 0.5, child("import time; time.sleep(60)")).outcome == "timeout"


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('{')", "print('[1]')", "print('{}')", "1/0"])
def test_nonsense_from_the_child_is_a_failure(pointed, code):
    result = probe_engine(pointed, command=child(code))
    assert result.outcome == "failed"
    assert result.message
    assert result.hint


def test_success(pointed):
    report = json.dumps({"tokens_per_second": 12.5})
    result = probe_engine(pointed, command=child(f"print({report!r})"))
    assert (result.outcome, result.tokens_per_second) == ("works", 12.5)


def test_the_real_child_reports_a_damaged_file(pointed):
    result = probe_engine(pointed)
    assert (result.outcome, result.code) == ("failed", "EN-02")


def test_missing_model_and_server(settings, tmp_path):
    assert probe_engine(settings).code == "MD-01"
    server = load_settings({"ZHUJIAO_HOME": str(tmp_path), "ZHUJIAO_LLM__ENGINE": "server"})
    assert probe_engine(server).outcome == "skipped"


def test_has_amx_where_nothing_can_be_read():
    assert has_amx(Path("/nonexistent")) is False


@pytest.mark.model
def test_the_real_engine_generates(tmp_path):
    model = str(small_model())
    settings = load_settings({"ZHUJIAO_HOME": str(tmp_path), "ZHUJIAO_LLM__MODEL_PATH": model})
    result = probe_engine(settings)
    assert result.outcome == "works"
    assert result.tokens_per_second > 0
