"""The import table as data: a folder imports only folders to its left, a package only through its one adapter."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("ingest", "assistant", "ui", "eval")
ALLOWED = {
    "ingest": set(),
    "assistant": {"ingest"},
    "ui": {"ingest", "assistant"},
    "eval": {"ingest", "assistant"},
}
# Third-party package → the only modules that may import it.
ADAPTERS = {
    "chromadb": {"ingest/vectors.py"},
    "sentence_transformers": {"ingest/embed.py", "eval/throughput.py"},
    "torch": {"ingest/embed.py", "ingest/int8.py", "eval/throughput.py"},
    "rjieba": {"ingest/lexical.py"},
    "sqlite3": {"ingest/catalogue.py", "ingest/database.py"},
    "cv2": {"ingest/partition/grid.py", "ingest/partition/ocr.py", "eval/ocr.py"},
    "datasketch": {"ingest/likeness.py"},
    "rapidocr": {"ingest/partition/ocr.py"},
    "xlrd": {"ingest/partition/sheets_old.py"},
    "openai": {"assistant/llm/openai_server.py", "assistant/llm/server_errors.py"},
    "filelock": {"ingest/library.py", "assistant/llm/model_files.py"},
    "typer": {"eval/command.py", "ui/command.py", "ui/library_command.py"},
    "rich": {"ui/console.py"},
    "docx": {"ingest/partition/explicit.py", "ingest/partition/office.py"},
    "fastapi": {"ui/app.py", "ui/local_api.py", "ui/server.py"},
    "gradio": {"ui/app.py", "ui/layout.py", "ui/library_layout.py", "ui/theme.py"},
    "httpx": {
        "assistant/llm/model_sources.py",
        "assistant/llm/openai_server.py",
        "assistant/llm/server_errors.py",
        "ui/remote.py",
    },
    "langchain_core": {"assistant/chat/prompt.py", "assistant/llm/chat_model.py"},
    "llama_cpp": {"assistant/llm/llama_binding.py", "eval/speed.py", "eval/stuffing.py"},
    "opencc": {"assistant/chat/folding.py"},
    "olefile": {"ingest/partition/compound.py"},
    "lxml": {"ingest/partition/tree.py"},
    "openpyxl": {"ingest/partition/sheets.py"},
    "pptx": {"ingest/partition/slides.py"},
    "PIL": {"ingest/partition/ocr.py", "ingest/partition/photo.py"},
    "pypinyin": {"assistant/chat/misspelling.py"},
    "pypdfium2": {"ingest/partition/pdf.py", "eval/ocr.py"},
    "transformers": {"ingest/embed.py"},
    "unstructured": {"ingest/partition/structured.py"},
    "uvicorn": {"ui/server.py"},
}
MAX_LINES = 500


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a name comes from"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_folders_to_its_left(folder: str) -> None:
    forbidden = {other for other in (*FOLDERS, "tests", "zhujiao", "bootstrap") if other != folder} - ALLOWED[folder]
    edges = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(folder)
        for name in imports(path)
        if name.split(".")[0] in forbidden
    ]
    assert edges == []


@pytest.mark.parametrize("package", sorted(ADAPTERS))
def test_a_package_is_imported_by_its_adapter_only(package: str) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in sources(folder)
        if any(name.split(".")[0] == package for name in imports(path))
    }
    assert users <= ADAPTERS[package]


def test_data_folders_hold_no_code() -> None:
    assert [str(path) for folder in ("prompts", "corpus") for path in (ROOT / folder).rglob("*.py")] == []


def test_no_module_is_too_long() -> None:
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for folder in FOLDERS for path in sources(folder)
    }
    assert {str(path): lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_module_is_named_for_nothing() -> None:
    names = {path.stem for folder in FOLDERS for path in sources(folder)}
    assert names.isdisjoint({"utils", "util", "helpers", "helper", "common", "misc"})
