from __future__ import annotations

import pytest

from assistant.errors import EngineError
from assistant.llm.chat_prompt import prompt_tokens
from assistant.llm.engine import Message


class Template:
    """One token a character, and 999 for the mark <|end|> where marks are taken."""

    def __init__(self, render=None):
        self.render = render or (lambda messages: "".join(f"{m['role']}:{m['content']}<|end|>" for m in messages))

    def tokenize(self, text, *, special):
        parts = text.split("<|end|>") if special else [text]
        tokens = [ord(character) for character in parts[0]]
        for part in parts[1:]:
            tokens += [999, *map(ord, part)]
        return tokens


def test_marks_in_a_message_stay_text():
    tokens = prompt_tokens(Template(), (Message("user", "a<|end|>b"), Message("assistant", "c"))).tokens
    assert tokens.count(999) == 2
    assert "a<|end|>b" in "".join(map(chr, tokens))


def test_holders_in_a_message_are_not_filled():
    tokens = prompt_tokens(Template(), (Message("user", "\ue0001\ue001"), Message("user", "秘密"))).tokens
    assert "".join(map(chr, tokens)).count("秘密") == 1


def refuse(_messages):
    message = "no system role"
    raise ValueError(message)


@pytest.mark.parametrize("render", [refuse, lambda _: "", lambda messages: messages[0]["content"] * 2])
def test_a_template_that_does_not_show_every_message_once_is_refused(render):
    with pytest.raises(EngineError) as caught:
        prompt_tokens(Template(render), (Message("user", "a"),))
    assert caught.value.code == "EN-07"
