"""Settings: frozen, parsed once at the edge from `settings.toml` in the home folder and `ZHUJIAO_…` variables."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ingest.errors import SettingsError

PREFIX = "ZHUJIAO_"
NESTING = "__"
# Read by bootstrap.py and by the tests, not settings.
OTHER_VARIABLES = frozenset({"ZHUJIAO_VENV", "ZHUJIAO_TORCH_ARGS", "ZHUJIAO_REQUIRE_MODELS", "ZHUJIAO_REQUIRE_BROWSER"})


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LlmSettings(_Section):
    """Which language model answers, and its limits."""

    engine: Literal["local", "server"] = Field(
        "local", description="local = 本机模型；server = 兼容 OpenAI 接口的服务器"
    )
    model: str = Field("qwen2.5-coder-1.5b", description="本机模型在 models.toml 里的名字")
    model_path: Path | None = Field(None, description="直接指定一个 GGUF 文件，代替 models.toml 里的模型")
    server_url: str = Field("", description="服务器地址，如 http://127.0.0.1:8000/v1")
    server_key: SecretStr = Field(SecretStr(""), description="服务器密钥，没有就留空")
    server_model: str = Field("", description="服务器上的模型名")
    context_tokens: int = Field(4096, ge=1024, le=32768, description="上下文长度（词元）")
    answer_tokens: int = Field(400, ge=32, le=2048, description="一次回答最多生成多少词元")
    threads: int = Field(0, ge=0, le=64, description="推理线程数，0 表示按物理核数")
    timeout_seconds: float = Field(240.0, gt=0, le=3600, description="一次生成最长时间（秒）")


class EmbeddingSettings(_Section):
    """Which embedding model indexes the library."""

    model: str = Field("embeddinggemma-300m", description="向量模型在 models.toml 里的名字")
    model_path: Path | None = Field(None, description="直接指定一个 sentence-transformers 文件夹")
    precision: Literal["auto", "bfloat16", "float32", "int8"] = Field(
        "auto", description="auto = 按处理器选最快且检索质量不降的一种"
    )
    batch_size: int = Field(32, ge=1, le=256, description="一批送入向量模型的片段数")
    chunk_tokens: int = Field(320, ge=64, le=1024, description="一个片段最多多少词元")


class IngestSettings(_Section):
    """What becomes of new files, and limits that keep one bad file from stopping the others."""

    max_file_mb: int = Field(200, ge=1, le=4096, description="单个文件大小上限（MB）")
    max_characters: int = Field(2_000_000, ge=1000, description="单个文件文字上限（字符）")
    max_seconds: float = Field(180.0, gt=0, le=3600, description="读一个文件最长时间（秒）")
    workers: int = Field(0, ge=0, le=16, description="同时读文件的进程数，0 表示按处理器核数")
    ocr: bool = Field(default=True, description="没有文字层的页面和照片是否做文字识别")
    mask: bool = Field(default=True, description="入库前是否遮盖学生姓名、电话、身份证号和住址")
    new_files: Literal["published", "draft"] = Field(
        "published", description="新资料入库后的状态：published = 直接发布，draft = 先存为草稿"
    )
    scope: Literal["school", "alliance", "public"] = Field(
        "school", description="没有注明范围的资料归入哪个范围：本校、链内、链外"
    )


class PageSettings(_Section):
    """Where the page is served."""

    host: str = Field("127.0.0.1", description="监听地址；默认只有本机能打开")
    port: int = Field(7860, ge=1, le=65535, description="端口")
    reader: Literal["school", "alliance", "public"] = Field(
        "school", description="使用者属于哪个范围：本校可查全部，链内可查链内和链外，链外只能查链外"
    )


class Settings(_Section):
    """All settings; unknown keys are refused."""

    home: Path = Field(Path.home() / ".zhujiao", description="模型、资料库和日志所在的文件夹")
    eval_data: Path = Field(Path("../shared/data"), description="评测数据所在的文件夹（不随产品发布）")
    language: Literal["zh", "en"] = Field("zh", description="页面语言")
    llm: LlmSettings = LlmSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    ingest: IngestSettings = IngestSettings()
    page: PageSettings = PageSettings()

    @property
    def models_dir(self) -> Path:
        """Folder of verified model files."""
        return self.home / "models"

    @property
    def library_dir(self) -> Path:
        """Folder of the catalogue, the vectors and the originals."""
        return self.home / "library"

    @property
    def logs_dir(self) -> Path:
        """Folder of the logs."""
        return self.home / "logs"


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read settings: variables win over `settings.toml` in the home folder, which wins over the defaults.

    Args:
        environ: the process environment; `os.environ` when omitted. `ZHUJIAO_LLM__ENGINE` means `llm.engine`.

    Raises:
        SettingsError: ST-01 for a file that cannot be read, ST-02 for an unknown key or an unusable value.

    """
    variables = _nested(environ if environ is not None else dict(os.environ))
    named = variables.get("home", Settings.model_fields["home"].default)
    if isinstance(named, dict):
        msg = f"{PREFIX}HOME"
        raise _misplaced(msg)
    home = Path(named).expanduser().absolute()
    merged = _merge(_read_file(home / "settings.toml"), {**variables, "home": home})
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = "没有这个设置项" if first["type"] == "extra_forbidden" else f"值不能用：{first['msg']}"
        raise SettingsError(
            "ST-02", f"设置 {name} 有误：{reason}。", f"改正 {home / 'settings.toml'} 或环境变量后重试。"
        ) from error


def _nested(environ: dict[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in OTHER_VARIABLES:
            continue
        *parents, leaf = name.removeprefix(PREFIX).lower().split(NESTING)
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                raise _misplaced(name)
        if isinstance(node.get(leaf), dict):
            raise _misplaced(name)
        node[leaf] = value
    return tree


def _misplaced(name: str) -> SettingsError:
    return SettingsError("ST-02", f"环境变量 {name} 有误：同一个名字既当作一项又当作一组。", "删掉其中一个后重试。")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Windows Notepad writes a byte order mark
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            "ST-01", f"设置文件 {path} 读不出来：{error}。", "检查文件格式（TOML，UTF-8）后重试。"
        ) from error


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
