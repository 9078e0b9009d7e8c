"""Prove in a child process that the local engine generates, so that a crash of its machine code harms nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.errors import AssistantError
from assistant.llm.factory import local_model_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.settings import Settings

TIMEOUT_SECONDS = 180.0
CPU_INFO = Path("/proc/cpuinfo")
AMX_FLAGS = "-DCMAKE_C_FLAGS='-fno-tree-dse -fno-dse' -DCMAKE_CXX_FLAGS='-fno-tree-dse -fno-dse' -DLLAVA_BUILD=OFF"
REBUILD = (
    f'CMAKE_ARGS="{AMX_FLAGS}" pip install --force-reinstall --no-deps --no-cache-dir '
    "--no-binary llama-cpp-python llama-cpp-python"
)

Outcome = Literal["works", "crashed", "timeout", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What the child did; `message` and `hint` are for people, `code` is set when it does not work."""

    outcome: Outcome
    message: str
    hint: str = ""
    code: str = ""
    seconds: float = 0.0
    tokens_per_second: float = 0.0


def probe_engine(
    settings: Settings,
    timeout_seconds: float = TIMEOUT_SECONDS,
    command: Sequence[str] | None = None,
    cpu_info: Path = CPU_INFO,
) -> ProbeResult:
    """Load the configured GGUF in a child process and generate a few tokens; never raises for what it finds.

    Args:
        settings: the settings; with a server as engine nothing is run.
        timeout_seconds: after that the child is killed.
        command: another child than this module.
        cpu_info: where the processor's flags stand.

    """
    if settings.llm.engine == "server":
        return ProbeResult("skipped", "用的是模型服务器，本机模型不用检查。")
    try:
        path = local_model_path(settings)
    except AssistantError as error:
        return ProbeResult("failed", error.message, error.hint, error.code)
    child = [
        *(command or (sys.executable, "-m", "assistant.llm.probe")),
        str(path.absolute()),
        str(settings.llm.threads),
    ]
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])}
    began = time.monotonic()
    try:
        done = subprocess.run(  # noqa: S603  (this interpreter and this module)
            child, capture_output=True, timeout=timeout_seconds, check=False, stdin=subprocess.DEVNULL, env=environment
        )
    except subprocess.TimeoutExpired:
        return ProbeResult(
            "timeout",
            f"本机模型 {timeout_seconds:.0f} 秒内没有写出字来。",
            "关掉占用处理器和内存的程序后再试。",
            "EN-21",
            timeout_seconds,
        )
    except OSError as error:
        return ProbeResult("failed", f"检查程序没有启动（{error.strerror}）。", "重新安装助教。", "EN-22")
    return _judge(done, time.monotonic() - began, cpu_info)


def has_amx(cpu_info: Path = CPU_INFO) -> bool:
    """Return whether the processor has Intel's matrix unit; False where that cannot be read."""
    try:
        return "amx_tile" in cpu_info.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False


def _judge(done: subprocess.CompletedProcess[bytes], seconds: float, cpu_info: Path) -> ProbeResult:
    if done.returncode < 0:
        return _crash(-done.returncode, seconds, cpu_info)
    try:
        answer = json.loads(done.stdout.decode("utf-8").splitlines()[-1])
        if done.returncode == 0:
            speed = float(answer["tokens_per_second"])
            return ProbeResult(
                "works", f"本机模型能用，每秒写 {speed:.0f} 个词元。", seconds=seconds, tokens_per_second=speed
            )
        return ProbeResult("failed", answer["message"], answer["hint"], answer["code"], seconds)
    except (UnicodeDecodeError, ValueError, LookupError, TypeError):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1][:200] if lines else f"退出码 {done.returncode}"
        return ProbeResult(
            "failed", f"本机模型没有运行起来（{reason}）。", "重新安装 llama-cpp-python。", "EN-22", seconds
        )


def _crash(number: int, seconds: float, cpu_info: Path) -> ProbeResult:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"信号 {number}"
    if name == "SIGKILL":
        return ProbeResult(
            "crashed", "本机模型被系统终止，多半是内存不够。", "关掉别的程序，或换用更小的模型。", "EN-23", seconds
        )
    if has_amx(cpu_info):
        hint = f"这台电脑的处理器有 AMX，用 GCC 12 编译的推理引擎会崩溃。请运行：{REBUILD}"
    else:
        hint = "推理引擎和处理器不合。请重新编译：pip install --force-reinstall --no-deps --no-cache-dir --no-binary llama-cpp-python llama-cpp-python"
    return ProbeResult("crashed", f"本机模型一运行就崩溃（{name}）。", hint, "EN-20", seconds)


def _child(path: Path, threads: int) -> int:
    """Generate a few tokens and write one line of JSON."""
    from assistant.llm.engine import Message, Request, Usage  # the environment comes first
    from assistant.llm.llamacpp import LlamaCppEngine

    try:
        engine = LlamaCppEngine(path, context_tokens=1024, threads=threads)
        *_, last = engine.stream(Request((Message("user", "从1数到20，用顿号隔开。"),), max_tokens=24))
    except AssistantError as error:
        report = {"code": error.code, "message": error.message, "hint": error.hint}
        sys.stdout.write(json.dumps(report) + "\n")
        return 1
    if not isinstance(last, Usage) or last.generated_tokens == 0:
        return 2
    speed = last.generated_tokens / max(last.generation_seconds, 1e-6)
    sys.stdout.write(json.dumps({"tokens_per_second": speed}) + "\n")
    return 0


if __name__ == "__main__":
    from ingest.environment import prepare_environment

    prepare_environment()
    sys.exit(_child(Path(sys.argv[1]), int(sys.argv[2])))
