"""Fetch model files: from the first source that gives the right bytes, resumable, one pull at a time.

The front door for model files: `list_models`, `model_path`, `verify` (from `model_store`) and `pull`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import ModelFileError
from assistant.llm.model_list import ModelEntry, find_model, read_models
from assistant.llm.model_pull import ModelPull, PullProgress, Tools
from assistant.llm.model_store import PARTIAL, ModelStatus, Verification, list_models, main_sha256, model_path, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ingest.settings import Settings

__all__ = [
    "ModelStatus",
    "PullProgress",
    "Tools",
    "Verification",
    "list_models",
    "main_sha256",
    "model_path",
    "pull",
    "verify",
]


def pull(
    names: Iterable[str],
    settings: Settings,
    progress: Callable[[PullProgress], None] | None = None,
    models: tuple[ModelEntry, ...] | None = None,
    tools: Tools | None = None,
) -> tuple[ModelStatus, ...]:
    """Fetch the named models (the default ones when none is named); present and whole ones are left as they are.

    It may be killed at any moment: the next pull goes on from the last whole part. Two pulls take turns.

    Raises:
        ModelFileError: MD-03 unknown name, MD-04 no network, MD-05 no source gave the right bytes, MD-06 not enough
            disk space, MD-08 the folder cannot be written.

    """
    import filelock  # only when something is fetched

    known = models or read_models()
    chosen = [find_model(name, known) for name in names] or [model for model in known if model.default]
    try:
        for model in chosen:
            job = ModelPull(model, settings, progress or (lambda _: None), tools or Tools())
            lock_path = settings.models_dir / PARTIAL / f"{model.name}.lock"
            lock_path.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(lock_path)
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                job.report("waiting", "", 0, model.size)
                lock.acquire()
            try:
                job.run()
            finally:
                lock.release()
    except OSError as error:
        raise ModelFileError(
            "MD-08", f"写不进模型文件夹 {settings.models_dir}（{error.strerror or error}），已下载的部分还在。",
            "检查磁盘空间和文件夹权限后重新运行，会接着下载。",
        ) from error  # fmt: skip
    return tuple(status for status in list_models(settings, known) if status.name in {model.name for model in chosen})
