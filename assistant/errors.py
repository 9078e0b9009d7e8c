"""Errors of the assistant.

AssistantError (a ZhujiaoError)
├── ModelFileError   MD-xx  a model file is missing, damaged or cannot be fetched
├── EngineError      EN-xx  the engine cannot load or generate
└── PromptError      PR-xx  a prompt file is damaged
"""

from __future__ import annotations

from ingest.errors import ZhujiaoError


class AssistantError(ZhujiaoError):
    """Group everything that can go wrong between a question and its answer."""


class ModelFileError(AssistantError):
    """Say which model file is missing, damaged or cannot be fetched."""


class EngineError(AssistantError):
    """Say why the language model cannot answer."""


class PromptError(AssistantError):
    """Say which prompt file is unusable; developers see it, at start."""
