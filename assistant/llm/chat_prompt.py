"""Turn messages into tokens so that nothing a user or a document says can pass for the template's own marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from assistant.errors import EngineError

if TYPE_CHECKING:
    from assistant.llm.engine import Message

_HOLDER = "\ue000{}\ue001"
_HELD = re.compile("\ue000(\\d+)\ue001")


class PromptModel(Protocol):
    """What is needed of a model: its chat template and its tokenizer."""

    def render(self, messages: list[dict[str, str]]) -> str:
        """Return the prompt the chat template makes; ValueError when it refuses."""
        ...

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of a text; with `special`, names of special tokens are taken as those tokens."""
        ...


def prompt_tokens(model: PromptModel, messages: tuple[Message, ...], prefix: str = "") -> list[int]:
    """Return the tokens of a conversation, ready for the assistant's next turn.

    The template is rendered with place holders; its own text may hold special tokens, what fills the holders may not:
    a lesson plan that contains 「<|im_end|>」 stays text. It also keeps each message's tokens apart from its
    neighbours', so that a conversation that grows keeps its tokens. `prefix` is what that turn begins with.

    Raises:
        EngineError: EN-07 when the template refuses the messages or does not show each exactly once, in order.

    """
    held = [{"role": message.role, "content": _HOLDER.format(at)} for at, message in enumerate(messages)]
    try:
        parts = _HELD.split(model.render(held))
    except ValueError as error:
        raise _refusal(str(error)) from error
    if [int(at) for at in parts[1::2]] != list(range(len(messages))):
        raise _refusal("消息没有逐条出现")
    tokens: list[int] = []
    for at, part in enumerate(parts):
        is_message = at % 2 == 1
        text = messages[int(part)].content if is_message else part
        tokens += model.tokenize(text, special=not is_message)
    return tokens + model.tokenize(prefix, special=False)


def _refusal(reason: str) -> EngineError:
    return EngineError("EN-07", f"模型的对话模板不接受这些消息（{reason}）。", "换一个支持系统提示的对话模型。")
