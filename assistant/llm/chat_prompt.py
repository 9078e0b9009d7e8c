"""Turn messages into tokens so that nothing a user or a document says can pass for the template's own marks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
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


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """A prompt's tokens; the first `fixed` are the system prompt with the template's marks around it."""

    tokens: list[int]
    fixed: int


def prompt_tokens(model: PromptModel, messages: tuple[Message, ...], prefix: str = "") -> PromptTokens:
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
    pieces = [
        model.tokenize(messages[int(part)].content, special=False) if at % 2 else model.tokenize(part, special=True)
        for at, part in enumerate(parts)
    ]
    has_system = bool(messages) and messages[0].role == "system"
    fixed = sum(map(len, pieces[:3])) if has_system else 0
    return PromptTokens([*chain(*pieces), *model.tokenize(prefix, special=False)], fixed)


def _refusal(reason: str) -> EngineError:
    return EngineError("EN-07", f"模型的对话模板不接受这些消息（{reason}）。", "换一个支持系统提示的对话模型。")
