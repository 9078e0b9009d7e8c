"""Open the engine the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.llm.llamacpp import LlamaCppEngine
from assistant.llm.model_files import main_sha256, model_path
from assistant.llm.openai_server import OpenAIServerEngine

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.llm.engine import Engine
    from ingest.settings import Settings


def open_engine(settings: Settings) -> Engine:
    """Return the engine of the settings, loaded and ready.

    Raises:
        ModelFileError: the local model is missing or damaged.
        EngineError: it cannot be loaded, or the server's settings are unusable.

    """
    llm = settings.llm
    if llm.engine == "server":
        return OpenAIServerEngine(
            llm.server_url, llm.server_model, llm.server_key.get_secret_value(), context_tokens=llm.context_tokens
        )
    path = local_model_path(settings)
    return LlamaCppEngine(
        path,
        path.stem if llm.model_path else llm.model,
        context_tokens=llm.context_tokens,
        threads=llm.threads,
        state_folder=settings.home / "cache",
        sha256="" if llm.model_path else main_sha256(llm.model),
    )


def local_model_path(settings: Settings) -> Path:
    """Return the GGUF the local engine opens: the file the settings point at, or the named model's."""
    return settings.llm.model_path or model_path(settings.llm.model, settings)
