"""The process environment third-party packages read at import: offline, silent, and threads that sleep while idle."""

from __future__ import annotations

import os

QUIET_ENVIRONMENT = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    # A spinning OpenMP thread makes a token take 2.8 s instead of 0.07 s as soon as anything else uses its core.
    "OMP_WAIT_POLICY": "passive",
    # Since 1.29 onnxruntime tells its maker about every session, and keeps a database in the home folder for that.
    "ORT_DISABLE_TELEMETRY": "1",
    "SCARF_NO_ANALYTICS": "true",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
}


def prepare_environment() -> None:
    """Set the variables above; call it before any heavy import. Values the user set are kept."""
    for name, value in QUIET_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
