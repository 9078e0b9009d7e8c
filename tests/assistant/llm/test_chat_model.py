from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from assistant.errors import EngineError
from assistant.llm.chat_model import EngineChatModel
from assistant.llm.engine import Message, StopSignal
from tests.fakes.engine import FakeEngine

MESSAGES = [SystemMessage("你是助教"), HumanMessage("问"), AIMessage("答"), HumanMessage("再问")]


def test_messages_and_limits_reach_the_engine():
    engine = FakeEngine("好的，老师")
    answer = EngineChatModel(engine=engine, max_tokens=77).invoke(MESSAGES, stop=["，"])
    assert answer.content == "好的"
    assert answer.usage_metadata["input_tokens"] == 8
    assert answer.response_metadata["finish_reason"] == "stop"
    (request,) = engine.requests
    assert request.messages == (
        Message("system", "你是助教"), Message("user", "问"), Message("assistant", "答"), Message("user", "再问"),
    )  # fmt: skip
    assert (request.max_tokens, request.stop, request.temperature) == (77, ("，",), 0.0)


def test_streams_pieces_as_they_come():
    chunks = list(EngineChatModel(engine=FakeEngine("一二三四五", piece_size=2)).stream("问"))
    assert [chunk.content for chunk in chunks if chunk.content] == ["一二", "三四", "五"]


def test_structured_output():
    schema = {"type": "object", "properties": {"主题": {"type": "string", "minLength": 2, "maxLength": 9}}}
    engine = FakeEngine()
    assert EngineChatModel(engine=engine).with_structured_output(schema).invoke("问") == {"主题": "文文"}
    assert engine.requests[0].schema == schema


def test_stop_signal_and_errors_pass_through():
    stop = StopSignal()
    stop.set()
    answer = EngineChatModel(engine=FakeEngine("很长")).invoke("问", stop_signal=stop)
    assert (answer.content, answer.response_metadata["finish_reason"]) == ("", "cancelled")
    error = EngineError("EN-05", "坏了。", "再试。")
    with pytest.raises(EngineError) as caught:
        EngineChatModel(engine=FakeEngine("x", error=error)).invoke("问")
    assert caught.value is error
