"""An Engine as a langchain chat model, for chains at the orchestration edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from assistant.llm.engine import Message, Request, Role, StopSignal, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.runnables import Runnable

ROLES: dict[str, Role] = {"system": "system", "human": "user", "ai": "assistant"}


class EngineChatModel(BaseChatModel):
    """Give an Engine the face of a langchain chat model.

    `engine` has the methods of `assistant.llm.engine.Engine`. The limits apply to every call; `stop_signal`,
    `schema`, `grammar`, `owner` and the limits can also be given to a call, or bound with `.bind(…)`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    engine: Any
    max_tokens: int = 400
    temperature: float = 0.0
    timeout_seconds: float = 240.0

    @property
    def _llm_type(self) -> str:
        return "zhujiao-engine"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,  # noqa: ANN401  (the signature is langchain's)
    ) -> Iterator[ChatGenerationChunk]:
        signal: StopSignal | None = options.get("stop_signal")
        for item in self.engine.stream(self._request(messages, stop, options), signal):
            if isinstance(item, Usage):
                yield ChatGenerationChunk(
                    message=AIMessageChunk(
                        content="",
                        usage_metadata=_usage_metadata(item),
                        response_metadata={"finish_reason": item.finish, "model_name": self.engine.name},
                    )
                )
                return
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=item))
            if run_manager is not None:
                run_manager.on_llm_new_token(item, chunk=chunk)
            yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,  # noqa: ANN401  (the signature is langchain's)
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **options))

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        **_options: Any,  # noqa: ANN401  (the signature is langchain's)
    ) -> Runnable[LanguageModelInput, Any]:
        """Return a chain whose output is the parsed JSON of a bounded JSON schema (a dict, no class)."""
        if not isinstance(schema, dict) or include_raw:
            message = "only a JSON schema, and only its parsed value"
            raise NotImplementedError(message)
        return self.bind(schema=schema) | JsonOutputParser()

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]) -> Request:
        return Request(
            messages=tuple(Message(ROLES[message.type], message.text) for message in messages),
            max_tokens=options.get("max_tokens", self.max_tokens),
            temperature=options.get("temperature", self.temperature),
            stop=tuple(stop or ()),
            schema=options.get("schema"),
            grammar=options.get("grammar"),
            seed=options.get("seed", 0),
            timeout_seconds=options.get("timeout_seconds", self.timeout_seconds),
            owner=options.get("owner", ""),
        )


def _usage_metadata(usage: Usage) -> UsageMetadata:
    return {
        "input_tokens": usage.prompt_tokens,
        "output_tokens": usage.generated_tokens,
        "total_tokens": usage.prompt_tokens + usage.generated_tokens,
        "input_token_details": {"cache_read": usage.cached_tokens},
    }
