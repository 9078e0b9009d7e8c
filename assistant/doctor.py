"""Check one by one what the product needs on this machine, and say what to do about what is missing."""

from __future__ import annotations

import shutil
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from assistant.llm.model_files import model_path
from assistant.llm.probe import probe_engine
from ingest.access import OWN
from ingest.errors import LibraryError, ZhujiaoError
from ingest.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.settings import Settings

GIB = 1 << 30
FREE_DISK = 1 * GIB
FREE_DISK_WITHOUT_MODELS = 5 * GIB
# Both models and the page take up to 4 GB.
FREE_MEMORY = 4 * GIB


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was checked, whether it is well, what was found, and what to do if not."""

    name: str
    is_well: bool
    found: str
    hint: str = ""


def _well(name: str, found: str) -> Finding:
    return Finding(name, is_well=True, found=found)


def _ill(name: str, found: str, hint: str) -> Finding:
    return Finding(name, is_well=False, found=found, hint=hint)


def examine(settings: Settings, *, is_served: bool) -> Iterator[Finding]:
    """Yield one finding a check, the quick ones first; `is_served` tells that this home's page is running now."""
    yield _python()
    yield _home(settings.home)
    yield _disk(settings)
    yield _memory(is_served=is_served)
    yield from _models(settings)
    yield _engine(settings)
    yield _served_library() if is_served else _library(settings)
    yield _served_port(settings) if is_served else _port(settings)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "Python", (3, 11) <= sys.version_info[:2] <= (3, 12), version, "请安装 Python 3.11 后重新运行 make run。"
    )


def _home(home: Path) -> Finding:
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return _ill("数据文件夹", f"{home} 不能写（{error.strerror}）", "换一个能写的 ZHUJIAO_HOME，或修改文件夹权限。")
    return _well("数据文件夹", str(home))


def _disk(settings: Settings) -> Finding:
    folder = next(place for place in (settings.home, *settings.home.parents) if place.exists())
    free = shutil.disk_usage(folder).free
    wanted = FREE_DISK if settings.models_dir.exists() else FREE_DISK_WITHOUT_MODELS
    return Finding("磁盘", free >= wanted, f"剩余 {free / GIB:.1f} GB", f"至少留出 {wanted // GIB} GB 空间。")


def _memory(*, is_served: bool) -> Finding:
    memory = psutil.virtual_memory()
    found = f"共 {memory.total / GIB:.1f} GB，可用 {memory.available / GIB:.1f} GB"
    hint = "关掉其他占内存的程序；可用内存少于 4 GB 时回答会很慢或中断。"
    return Finding("内存", is_served or memory.available >= FREE_MEMORY, found, hint)


def _models(settings: Settings) -> Iterator[Finding]:
    wanted = []
    if settings.llm.engine == "local" and settings.llm.model_path is None:
        wanted.append(settings.llm.model)
    if settings.embedding.model_path is None:
        wanted.append(settings.embedding.model)
    for name in wanted:
        try:
            model_path(name, settings)
        except ZhujiaoError as error:
            yield _ill(f"模型 {name}", error.message, error.hint)
        else:
            yield _well(f"模型 {name}", "文件齐全，校验一致")


def _engine(settings: Settings) -> Finding:
    probe = probe_engine(settings)
    is_well = probe.outcome in {"works", "skipped"}
    return Finding("推理引擎", is_well, probe.message, probe.hint)


def _library(settings: Settings) -> Finding:
    try:
        with Library(settings.library_dir) as library:
            counts = library.catalogue.counts(OWN)
            fault = library.fault()
    except LibraryError as error:
        return _ill("资料库", error.message, error.hint)
    found = f"{counts['documents']} 份资料，{counts['chunks']} 个片段" + (f"；{fault}" if fault else "")
    return Finding("资料库", not fault, found, "运行 zhujiao ingest 加上资料所在的文件夹，会自动补齐。")


def _served_library() -> Finding:
    return _well("资料库", "正由打开着的页面使用")


def _served_port(settings: Settings) -> Finding:
    return _well("端口", f"{settings.page.port} 由本程序的页面使用")


def _port(settings: Settings) -> Finding:
    with socket.socket(socket.AF_INET6 if ":" in settings.page.host else socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.page.host, settings.page.port))
        except OSError as error:
            hint = "关掉占用它的程序，或用 zhujiao serve --port 换一个端口。"
            return _ill("端口", f"{settings.page.port} 不能用（{error.strerror}）", hint)
    return _well("端口", f"{settings.page.port} 空闲")
