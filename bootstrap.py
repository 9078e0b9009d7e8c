"""Set the project up and run it, on Linux, macOS and Windows, with nothing but Python 3.11 and a C++ compiler.

    python3.11 bootstrap.py run     install what is missing, fetch the models, take in the sample library, open the page
    python3.11 bootstrap.py check   lint, types and all tests that need neither models nor a browser
    python3.11 bootstrap.py test    everything, with the real models and a real browser
    python3.11 bootstrap.py install only install

Each step does only what is missing, so running it again is quick.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("ZHUJIAO_VENV", ROOT / ".venv"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
CONSTRAINTS = ROOT / "constraints.txt"
TEST_MODELS = ("qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b", "embeddinggemma-300m")
# GCC 12 drops the stores to the AMX tile configuration, and the engine then crashes on CPUs that have AMX
# (upstream llama.cpp pull request 26954); clang and MSVC do not, and do not know these flags.
GCC_FLAGS = "-fno-tree-dse -fno-dse"


def main() -> int:
    """Run the step the command line names."""
    steps = {"install": lambda: install(), "run": run, "check": check, "test": test}
    name = sys.argv[1] if sys.argv[2:] == [] and sys.argv[1:] else ""
    if name not in steps:
        print(__doc__)
        return 2
    if sys.version_info[:2] not in ((3, 11), (3, 12)):
        print(f"✗ 需要 Python 3.11，现在是 {platform.python_version()}。")
        return 1
    try:
        return steps[name]() or 0
    except subprocess.CalledProcessError as error:
        print(
            f"✗ 这一步没有成功：{' '.join(map(str, error.cmd[:6]))} …（退出码 {error.returncode}）。改正上面的问题后再运行一次，会接着做。"
        )
        return 1
    except KeyboardInterrupt:
        print("已停止。再运行一次，会接着做。")
        return 130


def run() -> int:
    """Open the page; everything that is missing is made first."""
    install()
    zhujiao = BIN / "zhujiao"
    call(zhujiao, "models", "pull")
    call(zhujiao, "ingest", ROOT / "corpus")
    return subprocess.run([zhujiao, "serve"], check=False).returncode


def check() -> int:
    """Run what needs no model and no browser."""
    install("test")
    call(BIN / "ruff", "check", ".")
    call(BIN / "ruff", "format", "--check", ".")
    # Types take one core and tests another.
    types = subprocess.Popen([BIN / "mypy"], cwd=ROOT)
    try:
        call(BIN / "pytest", "-q", "-m", "not model and not browser and not slow")
    finally:
        code = types.wait()
    if code:
        raise subprocess.CalledProcessError(code, [BIN / "mypy"])
    return 0


def test() -> int:
    """Run everything; say which tests had to be left out where no browser can be had."""
    check()
    call(BIN / "zhujiao", "models", "pull", *TEST_MODELS)
    needed = {"ZHUJIAO_REQUIRE_MODELS": "1"}
    if has_chromium():
        needed["ZHUJIAO_REQUIRE_BROWSER"] = "1"
    else:
        print("! 没有 Chromium，也装不上：浏览器测试不运行，下面的计数会写明。")
    call(BIN / "pytest", "-q", "-m", "model or browser or slow", environment=needed)
    return 0


def install(extra: str = "") -> None:
    """Create the virtual environment and install the pinned set, the engine compiled for this machine."""
    marks = [CONSTRAINTS.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), engine_flags().encode()]
    stamp = VENV / f".installed-{extra or 'run'}"
    digest = hashlib.sha256(b"\0".join(marks)).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    if not (VENV / "pyvenv.cfg").exists():
        print(f"建立虚拟环境 {VENV}", flush=True)
        call(sys.executable, "-m", "venv", VENV)
    pip("pip==26.2", "setuptools>=80", "wheel")
    print("安装 PyTorch（CPU）", flush=True)
    pip("torch", *os.environ.get("ZHUJIAO_TORCH_ARGS", "").split())
    print("编译推理引擎 llama-cpp-python，约 5 分钟", flush=True)
    cores = str(os.cpu_count() or 1)
    # A wheel pip built earlier would ignore the flags: always compile.
    pip(
        "--no-cache-dir",
        "--no-binary",
        "llama-cpp-python",
        "llama-cpp-python",
        environment={"CMAKE_ARGS": engine_flags(), "CMAKE_BUILD_PARALLEL_LEVEL": cores},
    )
    print("安装其余组件", flush=True)
    pip("-e", f"{ROOT}[{extra}]" if extra else str(ROOT))
    stamp.write_text(digest, encoding="ascii")
    if extra:
        (VENV / ".installed-run").write_text(digest, encoding="ascii")


def engine_flags() -> str:
    """Return what CMake is told for this machine."""
    flags = "-DLLAVA_BUILD=OFF"
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        flags = f"-DCMAKE_C_FLAGS='{GCC_FLAGS}' -DCMAKE_CXX_FLAGS='{GCC_FLAGS}' {flags}"
    return flags


def has_chromium() -> bool:
    """Tell whether Chromium is here; install it and a Chinese font where the system's package manager may."""
    if find_chromium():
        return True
    apt = shutil.which("apt-get")
    if apt and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("安装 Chromium 和中文字体", flush=True)
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([apt, "update", "-q"], check=False, stdout=subprocess.DEVNULL)
        command = [apt, "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
        subprocess.run(command, check=False, env={**os.environ, **quiet}, stdout=subprocess.DEVNULL)
    return find_chromium()


def find_chromium() -> bool:
    """Tell whether a Chromium or Chrome is on the path."""
    return any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")))


def pip(*words: str, environment: dict[str, str] | None = None) -> None:
    """Run pip in the virtual environment under the project's constraints."""
    call(BIN / "python", "-m", "pip", "install", "-q", "-c", CONSTRAINTS, *words, environment=environment)


def call(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    """Run a command in the project's folder; a failure ends the step."""
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **(environment or {})})


if __name__ == "__main__":
    sys.exit(main())
