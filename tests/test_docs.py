"""Documentation that fails when it is wrong: commands, settings, codes, prompts, models, paths and counts against the code."""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import pytest
import typer
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from assistant.chat.prompt import PROMPTS, load_prompt
from assistant.llm.model_list import read_models
from ingest.partition.failures import REASONS
from ingest.settings import NESTING, PREFIX, Settings, load_settings
from ui.words import ZH
from zhujiao import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
FOLDERS = ("ingest", "assistant", "ui", "eval")
SKIPPED = {".git", ".venv", "build", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}
CODE = re.compile(r"\b[A-Z]{2}-\d{2}\b")
BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}
# Package registries and their mirrors, in halves: a school's own mirror must do, so no host is named in the project.
REGISTRIES = (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("npmmirror", "com"), ("yarnpkg", "com"),
    ("deb.debian", "org"), ("archive.ubuntu", "com"), ("download.pytorch", "org"), ("crates", "io"), ("anaconda", "org"),
    ("rubygems", "org"), ("proxy.golang", "org"), ("tuna.tsinghua", "edu.cn"), ("mirrors.aliyun", "com"),
    ("mirrors.ustc", "edu.cn"),
)  # fmt: skip


def documents() -> list[Path]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("[a-z]*/README.md")]
    return sorted(found)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def table_rows(text: str, first: str = r"`[^`]+`") -> list[list[str]]:
    """Return the cells of every table row whose first cell matches."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows if re.fullmatch(first, row[0])]


def code_parts(text: str) -> list[str]:
    """Return code blocks and code spans."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


# --- commands ---------------------------------------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    """Return every command of the command line by its full name, such as `zhujiao models pull`."""

    def walk(name: str, node: Any) -> Iterator[tuple[str, Any]]:
        below = getattr(node, "commands", None)
        if below is None:
            yield name, node
            return
        for word, child in below.items():
            yield from walk(f"{name} {word}", child)

    return dict(walk("zhujiao", typer.main.get_command(command_line())))


def documented_commands(path: Path) -> dict[str, list[str]]:
    rows = table_rows(text_of(path), r"`zhujiao [^`]+`")
    return {re.split(r" [A-Z\[-]", row[0].strip("`"))[0]: row for row in rows}


@pytest.mark.parametrize("path", [ENGLISH, CHINESE], ids=lambda path: path.name)
def test_the_commands_table_is_the_command_line(path: Path) -> None:
    documented, real = documented_commands(path), commands()
    assert set(documented) == set(real)
    for name, command in real.items():
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")} - {
            "--help"
        }
        assert set(re.findall(r"--[a-z-]+", documented[name][1])) == options, name
        arguments = {parameter.name.upper() for parameter in command.params if not parameter.opts[0].startswith("--")}
        assert set(re.findall(r"\b[A-Z]{3,}\b", documented[name][0])) == arguments, name


def test_the_chinese_readme_says_what_help_says() -> None:
    documented = documented_commands(CHINESE)
    assert {name: row[-1] for name, row in documented.items()} == {
        name: command.help for name, command in commands().items()
    }


def test_both_readmes_name_the_same_commands() -> None:
    def named(path: Path) -> set[str]:
        parts = "\n".join(code_parts(text_of(path)))
        return set(re.findall(r"zhujiao (?:models |eval )?[a-z]+|make [a-z]+|bootstrap\.py [a-z]+|-m eval\.\w+", parts))

    assert named(ENGLISH) == named(CHINESE)


def test_every_step_named_exists_and_is_named() -> None:
    targets = set(re.findall(r"^\.PHONY: (.*)$", text_of(ROOT / "Makefile"), re.MULTILINE)[0].split())
    steps = set(
        re.findall(r'"(\w+)": (?:lambda: )?\w+', text_of(ROOT / "bootstrap.py").split("steps = ")[1].split("}")[0])
    )
    named = {
        name
        for path in documents()
        for part in code_parts(text_of(path))
        for name in re.findall(r"\bmake ([a-z]+)", part)
    }
    stepped = {
        name
        for path in documents()
        for part in code_parts(text_of(path))
        for name in re.findall(r"bootstrap\.py ([a-z]+)", part)
    }
    assert named == targets
    assert stepped == steps
    assert "make test" in text_of(ROOT / ".ci" / "run")


# --- settings ---------------------------------------------------------------------------------------------------------


def settings_rows() -> list[str]:
    """Write the rows of the settings table as the code has them."""

    def fields(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[str]:
        for name, field in model.model_fields.items():
            path = (*before, name)
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                yield from fields(field.annotation, path)
                continue
            assert field.default is not PydanticUndefined, path
            assert field.description, path
            variable = PREFIX + NESTING.join(path).upper()
            yield f"| `{'.'.join(path)}` | `{variable}` | {_default(field.default)} | {_allowed(field)} | {field.description} |"

    return list(fields(Settings))


def _default(value: Any) -> str:
    shown = value.get_secret_value() if isinstance(value, SecretStr) else "" if value is None else str(value)
    home = str(Path.home())
    shown = "~" + shown.removeprefix(home) if shown.startswith(home + "/") else shown
    return f"`{shown}`" if shown else "–"


def _allowed(field: Any) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation))
    limits = [
        form.format(f"{getattr(bound, name):g}" if getattr(bound, name) < 1e5 else getattr(bound, name))
        for bound in field.metadata
        for name, form in BOUNDS.items()
        if hasattr(bound, name)
    ]
    return ", ".join(limits) or "–"


def test_the_settings_table_is_the_settings() -> None:
    lines = [
        line
        for line in text_of(ROOT / "docs" / "settings.md").splitlines()
        if re.match(r"\| `[\w.]+` \| `ZHUJIAO_\w+` \|", line)
    ]
    assert lines == settings_rows()


def test_documented_variables_break_no_command(tmp_path: Path) -> None:
    """Variables of the bootstrap and the tests share the prefix and must not be taken for unknown settings."""
    others = re.findall(r"^\| `(ZHUJIAO_\w+)` \|", text_of(ROOT / "docs" / "settings.md"), re.MULTILINE)
    assert others
    load_settings({"ZHUJIAO_HOME": str(tmp_path), **dict.fromkeys(others, "1")})


# --- codes ------------------------------------------------------------------------------------------------------------


@cache
def codes_in_code() -> set[str]:
    """Return the codes in string values of the code; docstrings only speak of them."""
    found: set[str] = set()
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        source = text_of(path)
        if not CODE.search(source):
            continue
        tree = ast.parse(source)
        spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
                found |= set(CODE.findall(node.value))
    return found


def test_every_code_is_documented_once_and_no_other() -> None:
    documented = Counter(row[0] for row in table_rows(text_of(ROOT / "docs" / "errors.md"), CODE.pattern))
    assert set(documented) == codes_in_code()
    assert set(documented.values()) == {1}


def test_the_documented_sentences_about_files_are_those_users_read() -> None:
    documented = {row[0]: row[1:3] for row in table_rows(text_of(ROOT / "docs" / "errors.md"), r"IN-\d\d")}
    for code, sentences in REASONS.items():
        assert documented[code] == [re.sub(r"\{\w+\}", "…", sentence) for sentence in sentences], code


def test_ingest_codes_are_in_its_readme() -> None:
    documented = {row[0] for row in table_rows(text_of(ROOT / "ingest" / "README.md"), CODE.pattern)}
    assert documented == {code for code in codes_in_code() if code.startswith("IN-")}


# --- prompts, models, sample library, versions ------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ENGLISH, CHINESE], ids=lambda path: path.name)
def test_the_prompt_list_is_the_prompts(path: Path) -> None:
    documented = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1]))
        for row in table_rows(text_of(path), r"`prompts/\w+\.md`")
    }
    real = {f"prompts/{file.name}": set(load_prompt(file.stem).variables) for file in PROMPTS.glob("*.md")}
    assert documented == real


@pytest.mark.parametrize("path", [ENGLISH, CHINESE, ROOT / "THIRD_PARTY_MODELS.md"], ids=lambda path: path.name)
def test_the_models_are_those_of_the_list(path: Path) -> None:
    real = {
        model.name: (model.licence, f"{sum(file.size for file in model.file) / 1e9:.2f} GB", str(model.default))
        for model in read_models()
    }
    rows = table_rows(text_of(path), "|".join(f"`{name}`" for name in real))
    assert len(rows) == len(real)
    for row in rows:
        licence, size, _ = real[row[0].strip("`")]
        assert row[1:3] == [licence, size], row


def test_hashes_and_sizes_of_model_files_are_those_verified() -> None:
    listed = {(f"{file.size:,}", file.sha256) for model in read_models() for file in model.file}
    named = set(re.findall(r"([\d,]{9,}) \| `([0-9a-f]{64})`", text_of(ROOT / "THIRD_PARTY_MODELS.md")))
    assert named
    assert named <= listed


@pytest.mark.parametrize("path", [ENGLISH, CHINESE], ids=lambda path: path.name)
def test_the_sample_library_is_counted_rightly(path: Path) -> None:
    with (ROOT / "corpus" / "manifest.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["许可"] for row in rows} == {"CC0-1.0"}
    documented = {row[0]: int(row[-1]) for row in table_rows(text_of(path), "|".join({row["种类"] for row in rows}))}
    assert documented == Counter(row["种类"] for row in rows)
    assert f" {len(rows)} " in text_of(path)


def test_the_changelog_begins_with_this_version() -> None:
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    released = re.findall(r"^## \[(\d[^\]]*)\] - (.*)$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert released[0][0] == version
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for _, date in released)


def test_the_marks_explained_are_those_on_the_page() -> None:
    keys = [
        "turn.answer",
        "answer.quoted",
        *(f"support.{kind}" for kind in ("supported", "partial", "inferred", "contradicted")),
    ]
    for path in (ENGLISH, CHINESE):
        assert [ZH[key] for key in keys if ZH[key] not in text_of(path)] == [], path.name


# --- paths and addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_named_exists(path: Path) -> None:
    missing = [named for named in _links(path) if not (path.parent / named).exists()]
    missing += [
        named for named in _code_paths(path) if not any((base / named).exists() for base in (ROOT, path.parent))
    ]
    assert missing == []


def _links(path: Path) -> list[str]:
    targets = re.findall(r"\]\(([^)\s]+)\)", text_of(path))
    return [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]


def _code_paths(path: Path) -> list[str]:
    """Return code spans that name a file of the project: below one of its folders, or a Python file."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text_of(path), flags=re.DOTALL))
    folders = "|".join((*FOLDERS, "tests", "prompts", "corpus", "docs", r"\.ci"))
    return [span for span in spans if re.fullmatch(rf"(?:{folders})/[\w./-]*|[\w/]+\.py|static/\w+\.\w+", span)]


def test_no_package_registry_is_named() -> None:
    hosts = [f"{name}.{top}".encode() for name, top in REGISTRIES]
    named = []
    for path in _files(ROOT):
        content = path.read_bytes()
        # Office files and pictures are packed: nothing can be read in them.
        if b"\0" not in content and any(host in content.lower() for host in hosts):
            named.append(path.relative_to(ROOT).as_posix())
    assert named == []


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in SKIPPED or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path
