"""Each finding of the doctor, well and ill."""

from __future__ import annotations

import errno
import socket
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from assistant import doctor
from assistant.doctor import Finding, examine
from assistant.errors import ModelFileError
from assistant.llm.probe import ProbeResult
from ingest.errors import LibraryError
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.settings import Settings
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = [
    "Python",
    "数据文件夹",
    "磁盘",
    "内存",
    "模型 qwen2.5-coder-1.5b",
    "模型 embeddinggemma-300m",
    "推理引擎",
    "资料库",
    "端口",
]


class Memory(NamedTuple):
    total: int
    available: int


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine on which everything is well."""
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: Memory(8 * doctor.GIB, 6 * doctor.GIB))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: Usage(100, 0, 50 * doctor.GIB))
    monkeypatch.setattr(doctor, "model_path", lambda name, settings: settings.models_dir / name)
    monkeypatch.setattr(doctor, "probe_engine", lambda _: ProbeResult("works", "本机模型能用，每秒写 12 个词元。"))
    monkeypatch.setattr(doctor, "Library", lambda folder: Library(folder, open_vectors=FakeVectorStore))
    return monkeypatch


@pytest.fixture
def free_port(settings: Settings) -> Settings:
    """The settings with a port nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    return with_page(settings, port=port)


def with_page(settings: Settings, **page: object) -> Settings:
    return settings.model_copy(update={"page": settings.page.model_copy(update=page)})


def findings(settings: Settings, *, is_served: bool = False) -> dict[str, Finding]:
    listed = list(examine(settings, is_served=is_served))
    found = {finding.name: finding for finding in listed}
    assert len(found) == len(listed)
    for finding in listed:
        assert finding.found
        assert finding.is_well or finding.hint, "what is ill says what to do"
    return found


def ill(settings: Settings, *, is_served: bool = False) -> list[str]:
    return [name for name, finding in findings(settings, is_served=is_served).items() if not finding.is_well]


def test_on_a_good_machine_all_is_well_and_in_order(machine: pytest.MonkeyPatch, free_port: Settings) -> None:
    found = findings(free_port)
    assert list(found) == NAMES
    assert ill(free_port) == []
    assert found["数据文件夹"].found == str(free_port.home)
    assert found["内存"].found == "共 8.0 GB，可用 6.0 GB"
    assert found["资料库"].found == "0 份资料，0 个片段"
    assert found["端口"].found == f"{free_port.page.port} 空闲"
    assert list(free_port.home.glob(".doctor")) == [], "the probe is taken away again"


@pytest.mark.parametrize(
    ("version", "is_well"),
    [((3, 10, 9), False), ((3, 11, 0), True), ((3, 12, 4), True), ((3, 13, 0), False), ((4, 11, 0), False)],
)
def test_python(machine: pytest.MonkeyPatch, free_port: Settings, version: tuple[int, ...], *, is_well: bool) -> None:
    machine.setattr(doctor, "sys", type("Sys", (), {"version_info": version}))
    found = findings(free_port)["Python"]
    assert (found.is_well, found.found) == (is_well, ".".join(map(str, version)))
    assert sys.version_info[:2] >= (3, 11)


def test_a_home_that_cannot_be_written(machine: pytest.MonkeyPatch, free_port: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    bad = free_port.model_copy(update={"home": tmp_path / "file" / "home"})
    found = findings(bad)
    assert not found["数据文件夹"].is_well
    assert "ZHUJIAO_HOME" in found["数据文件夹"].hint
    assert not found["资料库"].is_well
    assert list(found) == NAMES, "one bad finding stops no other"


@pytest.mark.parametrize(
    ("free", "has_models", "is_well"), [(2, True, True), (0.5, True, False), (2, False, False), (6, False, True)]
)
def test_disk(
    machine: pytest.MonkeyPatch, free_port: Settings, free: float, *, has_models: bool, is_well: bool
) -> None:
    if has_models:
        free_port.models_dir.mkdir(parents=True)
    machine.setattr(doctor.shutil, "disk_usage", lambda _: Usage(100, 0, int(free * doctor.GIB)))
    found = findings(free_port)["磁盘"]
    assert found.is_well is is_well
    assert f"{free:.1f} GB" in found.found


def test_memory(machine: pytest.MonkeyPatch, free_port: Settings) -> None:
    machine.setattr(doctor.psutil, "virtual_memory", lambda: Memory(8 * doctor.GIB, 1 * doctor.GIB))
    assert not findings(free_port)["内存"].is_well
    assert findings(free_port, is_served=True)["内存"].is_well, "then it is this program that uses it"


@pytest.mark.parametrize("missing", ["qwen2.5-coder-1.5b", "embeddinggemma-300m"])
def test_a_missing_model(machine: pytest.MonkeyPatch, free_port: Settings, missing: str) -> None:
    def path(name: str, settings: Settings) -> Path:
        if name == missing:
            raise ModelFileError("MD-01", f"模型 {name} 还没有下载。", "运行 zhujiao models pull。")
        return settings.models_dir / name

    machine.setattr(doctor, "model_path", path)
    found = findings(free_port)
    assert ill(free_port) == [f"模型 {missing}"]
    assert found[f"模型 {missing}"].found == f"模型 {missing} 还没有下载。"
    assert found[f"模型 {missing}"].hint == "运行 zhujiao models pull。"


def test_models_given_as_paths_or_a_server_are_not_looked_for(
    machine: pytest.MonkeyPatch, free_port: Settings, tmp_path: Path
) -> None:
    raw = {"llm": {"engine": "server"}, "embedding": {"model_path": str(tmp_path)}}
    given = Settings.model_validate({"home": free_port.home, "page": {"port": free_port.page.port}, **raw})
    assert [name for name in findings(given) if name.startswith("模型")] == []


@pytest.mark.parametrize(
    ("outcome", "is_well"),
    [("works", True), ("skipped", True), ("crashed", False), ("timeout", False), ("failed", False)],
)
def test_the_engine(machine: pytest.MonkeyPatch, free_port: Settings, outcome: str, *, is_well: bool) -> None:
    result = ProbeResult(outcome, "怎么样了。", "怎么办。")  # type: ignore[arg-type]  # each outcome in turn
    machine.setattr(doctor, "probe_engine", lambda _: result)
    found = findings(free_port)["推理引擎"]
    assert (found.is_well, found.found, found.hint) == (is_well, "怎么样了。", "怎么办。")


@pytest.fixture
def stocked(machine: pytest.MonkeyPatch, free_port: Settings, tmp_path: Path) -> Iterator[FakeVectorStore]:
    """A library with one document whose vectors the test may spoil."""
    store = FakeVectorStore()
    machine.setattr(doctor, "Library", lambda folder: Library(folder, open_vectors=lambda _: store))
    (tmp_path / "面积.txt").write_text("长方形的面积。", encoding="utf-8")
    with Library(free_port.library_dir, open_vectors=lambda _: store) as library:
        ingest(library, FakeEmbedder(), [tmp_path / "面积.txt"], free_port)
    return store


def test_a_whole_library(stocked: FakeVectorStore, free_port: Settings) -> None:
    assert findings(free_port)["资料库"] == Finding(
        "资料库", is_well=True, found="1 份资料，1 个片段", hint=findings(free_port)["资料库"].hint
    )


def test_a_library_whose_vectors_are_gone(stocked: FakeVectorStore, free_port: Settings) -> None:
    stocked.delete(sorted(stocked.ids()))
    found = findings(free_port)["资料库"]
    assert not found.is_well
    assert "1 个片段缺少向量" in found.found
    assert "zhujiao ingest" in found.hint


def test_what_the_hint_for_missing_vectors_says_helps(
    stocked: FakeVectorStore, free_port: Settings, tmp_path: Path
) -> None:
    stocked.delete(sorted(stocked.ids()))
    with Library(free_port.library_dir, open_vectors=lambda _: stocked) as library:
        ingest(library, FakeEmbedder(), [tmp_path / "面积.txt"], free_port)
    assert findings(free_port)["资料库"].is_well


def test_a_library_in_use_or_unreadable(machine: pytest.MonkeyPatch, free_port: Settings) -> None:
    with Library(free_port.library_dir, open_vectors=FakeVectorStore):
        found = findings(free_port)["资料库"]
        assert not found.is_well
        assert "正被另一个程序使用" in found.found

    def fail(_: Path) -> Library:
        raise LibraryError("LB-04", "向量库读写失败。", "运行 zhujiao ingest --rebuild。")

    machine.setattr(doctor, "Library", fail)
    found = findings(free_port)["资料库"]
    assert (found.is_well, found.found, found.hint) == (False, "向量库读写失败。", "运行 zhujiao ingest --rebuild。")


def test_a_library_that_the_running_page_uses_is_well(machine: pytest.MonkeyPatch, free_port: Settings) -> None:
    with Library(free_port.library_dir, open_vectors=FakeVectorStore):
        assert ill(free_port, is_served=True) == []


def test_a_port_that_is_taken(machine: pytest.MonkeyPatch, settings: Settings) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = with_page(settings, port=listener.getsockname()[1])
        found = findings(taken)["端口"]
        assert not found.is_well
        assert str(taken.page.port) in found.found
        assert "--port" in found.hint
        assert findings(taken, is_served=True)["端口"].is_well, "then it is this program's own"


def test_an_address_of_another_machine(machine: pytest.MonkeyPatch, free_port: Settings) -> None:
    assert not findings(with_page(free_port, host="192.0.2.1"))["端口"].is_well


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError as error:
        return error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_ipv6_address_the_page_can_be_served_on(machine: pytest.MonkeyPatch, free_port: Settings) -> None:
    assert findings(with_page(free_port, host="::1"))["端口"].is_well
