"""Model files on disk: where they are, whether they are whole, and fetching them.

`<home>/models/<name>/` holds only complete, verified files and `.verified.json`, the stamp that spares hashing a
gigabyte at each start: sizes and modification times of what was verified. Downloads grow in `<home>/models/.partial/`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from assistant.errors import ModelFileError
from assistant.llm.model_list import FileEntry, ModelEntry, find_model, read_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ingest.settings import Settings

STAMP = ".verified.json"
PARTIAL = ".partial"
HASH_BLOCK = 4 * 1024 * 1024

State = Literal["ready", "unverified", "damaged", "partial", "missing"]


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model and how much of it is here; `path` is what an engine opens, `partial_bytes` what a pull has so far."""

    name: str
    purpose: str
    licence: str
    terms: str
    size: int
    default: bool
    state: State
    path: Path
    partial_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """What a full check of a model found; `problems` are sentences, none when it is whole."""

    name: str
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every byte is right."""
        return not self.problems


def list_models(settings: Settings, models: tuple[ModelEntry, ...] | None = None) -> tuple[ModelStatus, ...]:
    """Return every known model and its state; reads no file's content."""
    return tuple(_status(model, settings) for model in models or read_models())


def model_path(name: str, settings: Settings, models: tuple[ModelEntry, ...] | None = None) -> Path:
    """Return what an engine opens: a file, or the folder for an embedding model.

    Cheap when the stamp is current; files without one (copied by hand, touched) are hashed once, some seconds a GB.

    Raises:
        ModelFileError: MD-01 missing, MD-02 damaged, MD-03 unknown name.

    """
    model = find_model(name, models or read_models())
    folder = model_folder(model, settings)
    state = _status(model, settings).state
    if state in {"missing", "partial"}:
        kept = "已下载的部分会接着用。" if state == "partial" else ""
        raise ModelFileError("MD-01", f"模型 {name} 还没有下载。{kept}", f"运行 zhujiao models pull {name}。")
    if state != "ready":
        problems = check_files(model, folder)
        if problems:
            raise ModelFileError(
                "MD-02", f"模型 {name} 的文件不完整：{problems[0]}", f"运行 zhujiao models pull {name} 重新下载。"
            )
        write_stamp(model, folder)
    return folder / model.main if model.main else folder


def main_sha256(name: str, models: tuple[ModelEntry, ...] | None = None) -> str:
    """Return the hash of the file `model_path` gives, which that has checked; empty for a folder.

    Raises:
        ModelFileError: MD-03 unknown name.

    """
    model = find_model(name, models or read_models())
    return next((file.sha256 for file in model.file if file.path == model.main), "")


def verify(
    names: Iterable[str],
    settings: Settings,
    progress: Callable[[str, int, int], None] | None = None,
    models: tuple[ModelEntry, ...] | None = None,
) -> tuple[Verification, ...]:
    """Hash every byte of the named models (all present ones when none is named).

    Args:
        names: names of models.
        settings: the settings.
        progress: called with a model's name, bytes hashed and bytes in all.
        models: another list than `models.toml`.

    Raises:
        ModelFileError: MD-03 unknown name.

    """
    known = models or read_models()
    chosen = [find_model(name, known) for name in names] or [
        model for model in known if _status(model, settings).state not in {"missing", "partial"}
    ]
    results = []
    for model in chosen:
        folder = model_folder(model, settings)
        seen = _Counter(model, progress)
        problems = check_files(model, folder, seen)
        if problems:
            (folder / STAMP).unlink(missing_ok=True)
        else:
            write_stamp(model, folder)
        results.append(Verification(model.name, problems))
    return tuple(results)


def model_folder(model: ModelEntry, settings: Settings) -> Path:
    """Return the folder of a model's finished files."""
    return settings.models_dir / model.name


def partial_folder(model: ModelEntry, settings: Settings) -> Path:
    """Return the folder in which a model's download grows."""
    return settings.models_dir / PARTIAL / model.name


def file_sha256(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """Return the file's SHA-256; `progress` is told how many bytes were added each time."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(HASH_BLOCK):
            digest.update(block)
            if progress is not None:
                progress(len(block))
    return digest.hexdigest()


def check_files(model: ModelEntry, folder: Path, progress: Callable[[int], None] | None = None) -> tuple[str, ...]:
    """Hash a model's files; return one sentence for each that is missing or wrong."""
    return tuple(problem for entry in model.file if (problem := _problem(entry, folder / entry.path, progress)))


def write_stamp(model: ModelEntry, folder: Path) -> None:
    """Note what was just verified; a folder that cannot be written is verified again at each start."""
    rows = {}
    for entry in model.file:
        stat = (folder / entry.path).stat()
        rows[entry.path] = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": entry.sha256}
    try:
        (folder / STAMP).write_text(json.dumps({"files": rows}, indent=1), encoding="utf-8")
    except OSError:
        return


class _Counter:
    def __init__(self, model: ModelEntry, progress: Callable[[str, int, int], None] | None) -> None:
        self._model, self._progress, self._done = model, progress, 0

    def __call__(self, added: int) -> None:
        self._done += added
        if self._progress is not None:
            self._progress(self._model.name, self._done, self._model.size)


def _problem(entry: FileEntry, path: Path, progress: Callable[[int], None] | None) -> str:
    try:
        size = path.stat().st_size
        if size != entry.size:
            return f"{entry.path} 应有 {entry.size:,} 字节，实有 {size:,} 字节。"
        if file_sha256(path, progress) != entry.sha256:
            return f"{entry.path} 的校验值不对。"
    except FileNotFoundError:
        return f"缺少 {entry.path}。"
    except OSError as error:
        return f"{entry.path} 读不出来（{error.strerror}）。"
    return ""


def _status(model: ModelEntry, settings: Settings) -> ModelStatus:
    folder = model_folder(model, settings)
    partial = sum(_size(path) or 0 for path in partial_folder(model, settings).rglob("*.part"))
    sizes = [_size(folder / entry.path) for entry in model.file]
    state: State
    if all(size == entry.size for size, entry in zip(sizes, model.file, strict=True)):
        state = "ready" if _stamp_is_current(model, folder) else "unverified"
    elif any(size is not None for size in sizes):
        state = "damaged"
    else:
        state = "partial" if partial else "missing"
    return ModelStatus(
        name=model.name,
        purpose=model.purpose,
        licence=model.licence,
        terms=model.terms,
        size=model.size,
        default=model.default,
        state=state,
        path=folder / model.main if model.main else folder,
        partial_bytes=partial,
    )


def _stamp_is_current(model: ModelEntry, folder: Path) -> bool:
    try:
        rows = json.loads((folder / STAMP).read_text(encoding="utf-8"))["files"]
        for entry in model.file:
            stat = (folder / entry.path).stat()
            now = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": entry.sha256}
            if rows[entry.path] != now:
                return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:  # a pull in another process has just moved it
        return None
