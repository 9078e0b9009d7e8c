"""Put a Request into the words of the OpenAI chat protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.llm.engine import Request

NEWER_FORM, OLDER_FORM = "json_schema", "json_object"
MOST_STOPS = 4  # the protocol's limit; the engine keeps all of them on its own side too


def request_body(request: Request, model: str, schema_form: str) -> dict[str, Any]:
    """Return the arguments of a chat completion; `schema_form` is one of the two ways servers take a JSON schema."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": _encodable(message.content)} for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    stops = [stop for stop in request.stop if stop]
    if stops:
        body["stop"] = stops[:MOST_STOPS]
    if request.schema is not None and schema_form == NEWER_FORM:
        inner = {"name": "answer", "schema": request.schema, "strict": True}
        body["response_format"] = {"type": NEWER_FORM, "json_schema": inner}
    elif request.schema is not None:
        body["response_format"] = {"type": OLDER_FORM, "schema": request.schema}
    if request.grammar is not None:
        body["extra_body"] = {"grammar": request.grammar}
    return body


def most_tokens(text: str) -> int:
    """Return how many tokens a text takes at most, for tokenizers that are not at hand.

    One for an ASCII character, two for a common Chinese one (GB 2312), else one for each byte.
    """
    return sum(_most_for(character) for character in text)


def _most_for(character: str) -> int:
    if character.isascii():
        return 1
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return len(character.encode("utf-8", "replace"))
    return 2


def _encodable(text: str) -> str:
    """Return the text with half characters, which cannot be sent, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
