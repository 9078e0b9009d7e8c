from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, ValidationError

from ingest.errors import SettingsError
from ingest.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "家"
    folder.mkdir()
    return folder


def load(home: Path, file: str | bytes = "", **variables: str) -> Settings:
    if file:
        (home / "settings.toml").write_bytes(file if isinstance(file, bytes) else file.encode())
    return load_settings({"ZHUJIAO_HOME": str(home), **variables})


def test_defaults_hold_without_file_and_variables(home: Path) -> None:
    settings = load(home)
    assert (settings.llm.engine, settings.llm.context_tokens, settings.page.host) == ("local", 4096, "127.0.0.1")
    assert settings.home == home
    assert (settings.models_dir, settings.library_dir, settings.logs_dir) == (
        home / "models",
        home / "library",
        home / "logs",
    )
    assert list(home.iterdir()) == [], "reading settings must write nothing"


def test_variables_win_over_the_file_which_wins_over_the_defaults(home: Path) -> None:
    file = '[llm]\nengine = "server"\nthreads = 3\n[page]\nport = 8001\n'
    settings = load(home, file, ZHUJIAO_LLM__THREADS="2", ZHUJIAO_PAGE__PORT="8002")
    assert settings.llm.threads == 2
    assert settings.page.port == 8002
    assert settings.llm.engine == "server"
    assert settings.llm.context_tokens == 4096


def test_a_nested_variable_sets_one_value_of_a_section(home: Path) -> None:
    settings = load(home, ZHUJIAO_LLM__ENGINE="server", ZHUJIAO_EMBEDDING__BATCH_SIZE="8")
    assert settings.llm.engine == "server"
    assert settings.embedding.batch_size == 8
    assert settings.llm.model == "qwen2.5-coder-1.5b"


def test_variables_of_other_programs_are_passed_over(home: Path) -> None:
    assert load(home, PATH="/bin", zhujiao_llm__engine="server", XZHUJIAO_BAD="1").llm.engine == "local"


def test_the_home_may_be_relative_or_start_with_a_tilde(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    assert load_settings({"ZHUJIAO_HOME": "下面"}).home == home / "下面"
    monkeypatch.setenv("HOME", str(home))
    assert load_settings({"ZHUJIAO_HOME": "~/下面"}).home == home / "下面"


def test_the_environment_of_the_process_is_read_when_none_is_given(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ZHUJIAO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ZHUJIAO_HOME", str(home))
    monkeypatch.setenv("ZHUJIAO_LANGUAGE", "en")
    assert load_settings().language == "en"


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("colour = 1\n", "colour"),
        ("[llm]\nengin = 'local'\n", "llm.engin"),
        ("[extra]\nx = 1\n", "extra"),
        ("[page.deep]\nx = 1\n", "page.deep"),
    ],
)
def test_an_unknown_key_in_the_file_is_refused_by_name(home: Path, file: str, key: str) -> None:
    with pytest.raises(SettingsError, match="没有这个设置项") as raised:
        load(home, file)
    assert raised.value.code == "ST-02"
    assert f" {key} " in raised.value.message
    assert str(home / "settings.toml") in raised.value.hint


@pytest.mark.parametrize(
    ("name", "key"),
    [("ZHUJIAO_COLOUR", "colour"), ("ZHUJIAO_LLM__ENGIN", "llm.engin"), ("ZHUJIAO_LLM_ENGINE", "llm_engine")],
)
def test_an_unknown_variable_is_refused_by_name(home: Path, name: str, key: str) -> None:
    with pytest.raises(SettingsError, match="没有这个设置项") as raised:
        load(home, **{name: "local"})
    assert raised.value.code == "ST-02"
    assert f" {key} " in raised.value.message


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("ZHUJIAO_LLM__ENGINE", "cloud", "llm.engine"),
        ("ZHUJIAO_LLM__CONTEXT_TOKENS", "many", "llm.context_tokens"),
        ("ZHUJIAO_LLM__CONTEXT_TOKENS", "10", "llm.context_tokens"),
        ("ZHUJIAO_PAGE__PORT", "0", "page.port"),
        ("ZHUJIAO_PAGE__PORT", "65536", "page.port"),
        ("ZHUJIAO_LLM__TIMEOUT_SECONDS", "nan", "llm.timeout_seconds"),
        ("ZHUJIAO_LANGUAGE", "fr", "language"),
        ("ZHUJIAO_LLM", "local", "llm"),
    ],
)
def test_an_unusable_value_is_refused_by_name(home: Path, name: str, value: str, key: str) -> None:
    with pytest.raises(SettingsError, match="值不能用") as raised:
        load(home, **{name: value})
    assert raised.value.code == "ST-02"
    assert f" {key} " in raised.value.message


@pytest.mark.parametrize(
    "variables",
    [
        {"ZHUJIAO_LLM": "local", "ZHUJIAO_LLM__ENGINE": "local"},
        {"ZHUJIAO_LLM__ENGINE": "local", "ZHUJIAO_LLM": "local"},
        {"ZHUJIAO_HOME__DEEP": "x"},
    ],
)
def test_variables_that_contradict_each_other_are_refused(tmp_path: Path, variables: dict[str, str]) -> None:
    home = {} if "ZHUJIAO_HOME__DEEP" in variables else {"ZHUJIAO_HOME": str(tmp_path)}
    with pytest.raises(SettingsError, match="ST-02"):
        load_settings({**home, **variables})


@pytest.mark.parametrize(
    "raw",
    [b"engine = \n", b"[llm\n", "语言 = 中文\n".encode(), b'language = "\xd6\xd0"\n', b"a = 1\na = 2\n"],
    ids=["value", "bracket", "bare", "gbk", "twice"],
)
def test_a_file_that_is_no_toml_is_said_to_be_so(home: Path, raw: bytes) -> None:
    with pytest.raises(SettingsError, match="读不出来") as raised:
        load(home, raw)
    assert raised.value.code == "ST-01"
    assert str(home / "settings.toml") in raised.value.message


def test_a_file_saved_by_windows_notepad_is_read(home: Path) -> None:
    assert load(home, b"\xef\xbb\xbf[page]\r\nport = 8001\r\n").page.port == 8001


def test_a_file_that_cannot_be_read_is_said_to_be_so(home: Path) -> None:
    (home / "settings.toml").mkdir()
    with pytest.raises(SettingsError, match="ST-01"):
        load(home)


def test_a_key_is_never_shown(home: Path) -> None:
    settings = load(home, ZHUJIAO_LLM__SERVER_KEY="sk-geheim")
    assert "geheim" not in repr(settings)
    assert "geheim" not in settings.model_dump_json()
    assert settings.llm.server_key.get_secret_value() == "sk-geheim"
    with pytest.raises(SettingsError) as raised:
        load(home, "[llm]\nserver_key = ['sk-geheim']\n")
    assert "geheim" not in str(raised.value)


def test_settings_are_frozen(home: Path) -> None:
    settings = load(home)
    with pytest.raises(ValidationError, match="frozen"):
        settings.language = "en"  # type: ignore[misc]  # the point of the test
    with pytest.raises(ValidationError, match="frozen"):
        settings.llm.threads = 4  # type: ignore[misc]  # the point of the test
    assert settings.llm.threads == 0


def sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    yield path, model
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from sections(field.annotation, f"{path}{name}.")


def test_every_setting_is_described_in_chinese() -> None:
    undescribed = []
    for path, model in sections(Settings):
        for name, field in model.model_fields.items():
            is_section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
            described = field.description and any("\u4e00" <= sign <= "\u9fff" for sign in field.description)
            if not is_section and not described:
                undescribed.append(path + name)
    assert undescribed == []


def test_every_section_is_closed_and_frozen() -> None:
    for path, model in sections(Settings):
        assert model.model_config.get("frozen") is True, path
        assert model.model_config.get("extra") == "forbid", path
        assert model.__doc__, path
