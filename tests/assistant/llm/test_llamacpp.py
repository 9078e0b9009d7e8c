from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from assistant.errors import EngineError
from assistant.llm.chat_prompt import prompt_tokens
from assistant.llm.engine import Message, Request, StopSignal, Usage
from assistant.llm.factory import open_engine
from assistant.llm.llamacpp import LlamaCppEngine, physical_cores
from assistant.llm.openai_server import OpenAIServerEngine
from ingest.settings import load_settings
from tests.contracts.test_engine_contract import run, small_model

ROOT = Path(__file__).resolve().parents[3]
LESSON = "三角形的面积等于底乘高除以二。课堂上，教师先让学生用两个完全一样的三角形拼成平行四边形。" * 20


@pytest.mark.parametrize("content", [b"", b"hello", b"GGUF" + b"\xff" * 200, b"GGUF\x03\x00\x00\x00" + b"\x00" * 64])
def test_a_damaged_file_is_an_error_and_says_nothing_on_the_terminal(tmp_path, content, capfd):
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(EngineError) as caught:
        LlamaCppEngine(path)
    assert caught.value.code == "EN-02"
    assert capfd.readouterr() == ("", "")


def test_a_missing_file(tmp_path):
    with pytest.raises(EngineError) as caught:
        LlamaCppEngine(tmp_path / "none.gguf")
    assert caught.value.code == "EN-01"


def test_factory_opens_what_the_settings_name(tmp_path):
    server = {"ZHUJIAO_HOME": str(tmp_path), "ZHUJIAO_LLM__ENGINE": "server"}
    with pytest.raises(EngineError):
        open_engine(load_settings(server))
    settings = load_settings(
        {**server, "ZHUJIAO_LLM__SERVER_URL": "http://127.0.0.1:9/v1", "ZHUJIAO_LLM__SERVER_MODEL": "m"}
    )
    engine = open_engine(settings)
    assert isinstance(engine, OpenAIServerEngine)
    engine.close()


def test_physical_cores():
    assert physical_cores() >= 1


@pytest.fixture(scope="module")
def engine():
    engine = LlamaCppEngine(small_model(), context_tokens=2048)
    yield engine
    engine.close()


def ask(text, **more):
    return Request((Message("system", "你是一位小学数学老师。"), Message("user", text)), **more)


@pytest.mark.model
class TestRealModel:
    def test_reuse_changes_nothing_to_the_last_letter(self, engine):
        request = ask(LESSON + "请用两句话总结。", max_tokens=60)
        first, usage = run(engine, request)
        assert usage.cached_tokens == 0 or usage.cached_tokens % 128 == 0
        again, warm = run(engine, request)
        assert warm.cached_tokens >= usage.prompt_tokens - 128
        run(engine, ask(LESSON + "换一个问题：什么是底？", max_tokens=9))
        assert again == first == run(engine, request)[0]

    def test_the_prompt_just_weighed_is_not_read_again_and_nothing_differs(self, engine):
        request, options = ask(LESSON + "是吗？", max_tokens=30), ("是", "不", "面")
        expected, _ = run(engine, request)
        again = engine.weigh(request, options)
        assert engine.weigh(request, options) == again
        text, usage = run(engine, request)
        assert (text, usage.cached_tokens) == (expected, usage.prompt_tokens)
        engine.weigh(ask("别的"), options)
        assert engine.weigh(request, options) == again
        _, usage = run(engine, request)
        _, usage = run(engine, request)  # words were appended: the logits are no longer the prompt's
        assert usage.cached_tokens == usage.prompt_tokens // 128 * 128

    def test_weights_are_those_of_a_fresh_engine_to_the_last_bit(self, engine):
        request, options = ask(LESSON + "对吗？"), ("对", "不", "三")
        engine.weigh(ask(LESSON + "换一个问题。"), options)
        warm = engine.weigh(request, options)
        fresh = LlamaCppEngine(small_model(), context_tokens=2048)
        cold = fresh.weigh(request, options)
        fresh.close()
        assert warm == cold

    def test_a_prompt_whose_reading_was_ended_does_not_count_as_read(self, engine):
        request = ask("半" + LESSON + "对吗？")
        assert engine.weigh(ask("半" + LESSON + "对吗？", timeout_seconds=0.3), ("对",)) is None
        assert run(engine, request)[1].cached_tokens < run(engine, request)[1].prompt_tokens

    def test_stop_while_the_prompt_is_read(self, engine):
        stop = StopSignal()
        threading.Timer(0.3, stop.set).start()
        began = time.monotonic()
        text, usage = run(engine, ask("停" + LESSON, max_tokens=9), stop)
        assert (text, usage.finish) == ("", "cancelled")
        assert time.monotonic() - began < 2.5

    def test_after_a_timeout_in_the_prompt_the_answer_is_right(self, engine):
        request = ask("时" + LESSON + "总结。", max_tokens=30)
        fresh = LlamaCppEngine(small_model(), context_tokens=2048)
        expected, _ = run(fresh, request)
        fresh.close()
        assert run(engine, ask("时" + LESSON + "总结。", timeout_seconds=0.4))[1].finish == "timeout"
        assert run(engine, request)[0] == expected

    def test_a_grammar_costs_little(self, engine):
        free = run(engine, ask("说说三角形", max_tokens=40))[1]
        kept = run(engine, ask("说说三角形", max_tokens=40, grammar="root ::= [^\\x00]*"))[1]
        per_token = [usage.generation_seconds / usage.generated_tokens for usage in (free, kept)]
        assert per_token[1] < per_token[0] * 1.5 + 0.01

    def test_grammar_at_a_temperature(self, engine):
        texts = {
            run(engine, ask("说一个数", max_tokens=9, temperature=1.0, seed=seed, grammar="root ::= [1-9] [0-9]{2}"))[0]
            for seed in range(4)
        }
        assert all(len(text) == 3 and text.isdecimal() for text in texts)
        again = [run(engine, ask("说一个数", max_tokens=9, temperature=1.0, seed=7))[0] for _ in range(2)]
        assert again[0] == again[1]

    @pytest.mark.parametrize("grammar", ['foo ::= "x"', "root ::= (", 'root ::= root "a"'])
    def test_an_unusable_grammar(self, engine, grammar):
        with pytest.raises(EngineError) as caught:
            run(engine, ask("你好", grammar=grammar))
        assert caught.value.code == "EN-04"

    def test_a_schema_may_not_reach_outside(self, engine):
        with pytest.raises(EngineError):
            run(
                engine,
                ask("你好", schema={"type": "object", "properties": {"a": {"$ref": "https://example.invalid/x"}}}),
            )

    def test_no_line_break_stands_in_a_json_string(self, engine):
        schema = {"type": "object", "properties": {"诗": {"type": "string", "maxLength": 40}}, "required": ["诗"]}
        text, _ = run(engine, ask("写一首四行诗，每行换行，用JSON。", schema=schema, max_tokens=120))
        assert "\n" not in text

    def test_a_truncated_model_is_refused(self, tmp_path):
        path = tmp_path / "short.gguf"
        with small_model().open("rb") as stream:
            path.write_bytes(stream.read(20_000_000))
        with pytest.raises(EngineError) as caught:
            LlamaCppEngine(path)
        assert caught.value.code == "EN-02"

    def test_nothing_is_written_to_the_terminal(self):
        code = (
            "from ingest.environment import prepare_environment; prepare_environment()\n"
            "import sys; from pathlib import Path\n"
            "from assistant.llm.llamacpp import LlamaCppEngine\n"
            "from assistant.llm.engine import *\n"
            "e = LlamaCppEngine(Path(sys.argv[1]), context_tokens=1024)\n"
            "list(e.stream(Request((Message('user', '你好' * 200),), max_tokens=4, timeout_seconds=0.3)))\n"
            "list(e.stream(Request((Message('user', '你好'),), max_tokens=4)))\n"
            "e.close()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(small_model())], cwd=ROOT, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_threads_sleep_while_idle(self):
        """With passive waiting, an idle engine uses no processor time after a generation."""
        code = (
            "from ingest.environment import prepare_environment; prepare_environment()\n"
            "import sys, time; from pathlib import Path\n"
            "from assistant.llm.llamacpp import LlamaCppEngine\n"
            "from assistant.llm.engine import *\n"
            "e = LlamaCppEngine(Path(sys.argv[1]), context_tokens=1024, threads=2)\n"
            "list(e.stream(Request((Message('user', '你好'),), max_tokens=8)))\n"
            "a = time.process_time(); time.sleep(1.0); print(time.process_time() - a)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(small_model())], cwd=ROOT, capture_output=True, check=True
        )
        assert float(done.stdout) < 0.1


SYSTEM = "你是一位小学数学老师，只根据给出的资料回答，每句话都写明依据，不写资料没有的内容。" * 4
WORDS = ("三", "面", "是", "不", "1")


def longer(text, **more):
    return Request((Message("system", SYSTEM), Message("user", text)), max_tokens=12, **more)


def outcome(engine, request):
    """Return the next token's log probabilities and a short text: what a single different bit would change."""
    weights = engine.weigh(request, WORDS)
    return weights, run(engine, request)[0]


@pytest.mark.model
class TestStates:
    def test_conversations_in_turn_read_little_again_and_nothing_differs(self):
        engine = LlamaCppEngine(small_model(), context_tokens=1024)
        alone = LlamaCppEngine(small_model(), context_tokens=1024, state_bytes=0)
        asked = [longer(f"第{number}份资料。" + LESSON[:400] + "说说底和高。") for number in range(3)]
        try:
            first = [outcome(engine, request) for request in asked]
            again = [engine.weigh(request, WORDS) for request in asked]
            usages = [run(engine, request)[1] for request in asked]
            alone_cold = outcome(alone, asked[2])
        finally:
            engine.close()
            alone.close()
        assert again == [weights for weights, _ in first]
        assert alone_cold == first[2]
        assert all(usage.prompt_tokens - usage.cached_tokens <= 128 for usage in usages)

    def test_a_restart_finds_the_system_prompt_and_only_that(self, tmp_path):
        def opened(sha256="a"):
            return LlamaCppEngine(small_model(), context_tokens=1024, state_folder=tmp_path, sha256=sha256)

        request = longer("一个秘密的问题：" + LESSON[:200])
        engine = opened()
        expected = outcome(engine, request)
        engine.close()
        [path] = tmp_path.iterdir()
        engine = opened()
        assert [state.reading.cuts[-1] for state in engine._model.states] == [system_tokens(engine)]
        _, usage = run(engine, request)
        assert usage.cached_tokens == system_tokens(engine)
        assert outcome(engine, request) == expected
        engine.close()
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 255
        path.write_bytes(raw)
        engine = opened()
        assert list(engine._model.states) == []
        assert outcome(engine, request) == expected
        engine.close()
        engine = opened("b")
        assert list(engine._model.states) == []
        engine.close()

    def test_a_state_the_model_refuses_is_read_anew(self):
        engine = LlamaCppEngine(small_model(), context_tokens=1024)
        request = longer(LESSON[:300])
        expected = outcome(engine, request)
        run(engine, ask("别的"))
        for state in engine._model.states:
            state.data[:] = state.data[: len(state.data) // 2]
        text, usage = run(engine, request)
        assert (text, usage.cached_tokens) == (expected[1], 0)
        engine.close()


def system_tokens(engine):
    return prompt_tokens(engine._model, longer("").messages).fixed


@pytest.mark.model
def test_embedding_and_writing_take_turns_in_one_thread(real_embedder):
    """On processors with AMX both set the tile registers of their thread: without a thread of its own the model died."""
    engine = LlamaCppEngine(small_model())
    try:
        for _ in range(2):
            pieces = list(engine.stream(Request((Message("user", "什么是面积？"),), max_tokens=4)))
            assert isinstance(pieces[-1], Usage)
            real_embedder.encode_query("面积和周长")
    finally:
        engine.close()
