from __future__ import annotations

import json
import math
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assistant.errors import EngineError
from assistant.llm.engine import Message, Request, StopSignal, Usage
from assistant.llm.openai_server import EstimatedUsage, OpenAIServerEngine

ASK = Request((Message("user", "你好"),), timeout_seconds=20)


def event(text=None, finish=None, usage=None):
    delta = {} if text is None else {"content": text}
    choices = [] if usage else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "m",
        "choices": choices,
        "usage": usage,
    }
    return f"data: {json.dumps(body)}\n\n".encode()


GOOD = [event("你"), event("好"), event(finish="stop"), b"data: [DONE]\n\n"]


class Server(ThreadingHTTPServer):
    """Answers each request by `reply(body)`: (status, blocks or a JSON value)."""

    def __init__(self, reply):
        self.reply, self.bodies, self.headers = reply, [], []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append(body)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        status, content = self.server.reply(body)
        self.send_response(status)
        self.send_header("content-type", "text/event-stream" if status == 200 else "application/json")
        self.end_headers()
        blocks = content if status == 200 else [json.dumps(content).encode()]
        for block in blocks:
            if isinstance(block, float):
                time.sleep(block)
                continue
            try:
                self.wfile.write(block)
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *args):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(reply):
        server = Server(reply if callable(reply) else lambda _: reply)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        engine = OpenAIServerEngine(server.url, "m", "secret")
        servers.append(engine)
        return server, engine

    yield start
    for thing in servers:
        if isinstance(thing, Server):
            thing.shutdown()
            thing.server_close()
        else:
            thing.close()


def run(engine, request=ASK, stop=None):
    *pieces, usage = engine.stream(request, stop)
    return "".join(pieces), usage


def test_text_and_estimated_usage(serve):
    server, engine = serve((200, GOOD))
    text, usage = run(engine)
    assert (text, usage.finish) == ("你好", "stop")
    assert isinstance(usage, EstimatedUsage)
    assert server.headers[0]["authorization"] == "Bearer secret"


def test_reported_usage_is_taken(serve):
    reported = {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "total_tokens": 11,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    _, engine = serve((200, [*GOOD[:3], event(usage=reported), GOOD[3]]))
    usage = run(engine)[1]
    assert type(usage) is Usage
    assert (usage.prompt_tokens, usage.cached_tokens, usage.generated_tokens) == (9, 4, 2)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "EN-12"),
        (403, "EN-12"),
        (404, "EN-13"),
        (429, "EN-14"),
        (500, "EN-14"),
        (503, "EN-14"),
        (400, "EN-15"),
        (422, "EN-15"),
    ],
)
def test_errors_are_translated_and_nothing_is_tried_twice(serve, status, code):
    server, engine = serve((status, {"error": {"message": "x"}}))
    with pytest.raises(EngineError) as caught:
        run(engine)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)
    assert len(server.bodies) == 1


def test_nobody_listens():
    engine = OpenAIServerEngine("http://127.0.0.1:9/v1", "m")
    with pytest.raises(EngineError) as caught:
        run(engine)
    engine.close()
    assert (caught.value.code, caught.value.retryable) == ("EN-11", True)


@pytest.mark.parametrize(
    "blocks",
    [
        [event("半")],
        [],
        [b"data: {nonsense\n\n"],
        [b"<html>hi</html>"],
        [b"data: 5\n\n"],
        [b"data: []\n\n"],
        [b"data: null\n\n"],
        [b'data: {"choices": [{}]}\n\n'],
        [b'data: {"error": {"message": "x"}}\n\n'],
    ],
)
def test_an_answer_that_breaks_off_is_an_error(serve, blocks):
    _, engine = serve((200, blocks))
    with pytest.raises(EngineError) as caught:
        run(engine)
    assert caught.value.code in {"EN-11", "EN-14"}


@pytest.mark.parametrize(("url", "model"), [("", "m"), ("ftp://a/v1", "m"), ("http:///v1", "m"), ("http://a/v1", "")])
def test_unusable_settings(url, model):
    with pytest.raises(EngineError) as caught:
        OpenAIServerEngine(url, model)
    assert caught.value.code == "EN-10"


def test_stop_and_timeout_do_not_wait_for_a_silent_server(serve):
    _, engine = serve((200, [event("你"), 3.0, *GOOD]))
    stop, began = StopSignal(), time.monotonic()
    threading.Timer(0.3, stop.set).start()
    assert run(engine, stop=stop)[1].finish == "cancelled"
    assert run(engine, Request(ASK.messages, timeout_seconds=0.3))[1].finish == "timeout"
    assert time.monotonic() - began < 2.5


def test_stop_strings_are_kept_even_if_the_server_does_not(serve):
    _, engine = serve((200, GOOD))
    assert run(engine, Request(ASK.messages, stop=("好",)))[0] == "你"


def test_a_server_with_the_older_schema_form_is_asked_once_and_remembered(serve):
    def reply(body):
        if body["response_format"]["type"] == "json_schema":
            return 500, {"error": {"message": "bad response_format"}}
        return 200, GOOD

    server, engine = serve(reply)
    request = Request(ASK.messages, schema={"type": "object"})
    run(engine, request)
    run(engine, request)
    assert [body["response_format"]["type"] for body in server.bodies] == ["json_schema", "json_object", "json_object"]


def test_a_server_that_ignores_grammars_is_not_trusted(serve):
    _, engine = serve((200, GOOD))
    with pytest.raises(EngineError) as caught:
        run(engine, Request(ASK.messages, grammar='root ::= "甲"'))
    assert caught.value.code == "EN-16"


def test_a_server_that_keeps_grammars_gets_them(serve):
    def reply(body):
        return 200, [event("鹅鲸鸭鹿" if "鹅" in body["grammar"] else "甲"), event(finish="stop")]

    server, engine = serve(reply)
    for _ in range(2):
        assert run(engine, Request(ASK.messages, grammar='root ::= "甲"'))[0] == "甲"
    assert len(server.bodies) == 3


def naming(*named):
    """Return the event in which a server names its candidates: (token, bytes or None, log probability)."""
    top = [{"token": token, "bytes": raw, "logprob": weight} for token, raw, weight in named]
    first = {**top[0], "top_logprobs": top} if top else None
    choice = {
        "index": 0,
        "delta": {"content": "x"},
        "finish_reason": "length",
        "logprobs": {"content": [first] if first else []},
    }
    body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


def test_options_weigh_what_the_server_names(serve):
    named = naming(("不", None, -0.5), ("不能", None, -2.0), ("\ufffd", [0xE8], -3.0), ("", None, -4.0))
    server, engine = serve((200, [named, GOOD[3]]))
    request = Request(ASK.messages, schema={"type": "object"}, grammar=None, stop=("不",), max_tokens=9)
    # 能 and 行 begin with byte E8, 可 does not.
    assert engine.weigh(request, ("不对", "不能", "能", "可", "")) == (-0.5, -2.0, -3.0, -math.inf, -math.inf)
    assert engine.weigh(request, ("可", "")) is None
    asked = server.bodies[0]
    assert (asked["max_tokens"], asked["logprobs"], asked["top_logprobs"]) == (1, True, 20)
    assert "response_format" not in asked
    assert "stop" not in asked


@pytest.mark.parametrize(
    "reply",
    [
        (200, GOOD),
        (200, [naming(), GOOD[3]]),
        (500, {"error": {"message": "logprobs is not supported"}}),
        (400, {"error": {"message": "logprobs?"}}),
    ],
)
def test_a_server_that_names_no_candidates_is_asked_once(serve, reply):
    server, engine = serve(reply)
    assert engine.weigh(ASK, ("是", "否")) is None
    assert engine.weigh(ASK, ("是", "否")) is None
    assert len(server.bodies) == 1


@pytest.mark.parametrize(("status", "code"), [(401, "EN-12"), (500, "EN-14")])
def test_a_failing_server_is_an_error_when_weighing_too(serve, status, code):
    _, engine = serve((status, {"error": {"message": "x"}}))
    with pytest.raises(EngineError) as caught:
        engine.weigh(ASK, ("是", "否"))
    assert caught.value.code == code


def test_weighing_does_not_wait_for_a_silent_server(serve):
    _, engine = serve((200, [event("你"), 3.0, *GOOD]))
    stop, began = StopSignal(), time.monotonic()
    threading.Timer(0.3, stop.set).start()
    assert engine.weigh(ASK, ("是",), stop) is None
    assert engine.weigh(Request(ASK.messages, timeout_seconds=0.3), ("是",)) is None
    assert time.monotonic() - began < 2.5


def test_a_prefix_is_not_sent_to_be_misunderstood(serve):
    server, engine = serve((200, GOOD))
    request = Request(ASK.messages, prefix="答：")
    with pytest.raises(EngineError) as caught:
        run(engine, request)
    assert caught.value.code == "EN-17"
    assert engine.weigh(request, ("是",)) is None
    assert server.bodies == []


def test_proxies_are_not_used_for_this_machine(serve, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    _, engine = serve((200, GOOD))
    assert run(engine)[0] == "你好"


def test_count_is_an_upper_bound():
    engine = OpenAIServerEngine("http://127.0.0.1:9/v1", "m")
    assert engine.count_tokens("abc面积𠮷") == 3 + 4 + 4
    engine.close()
