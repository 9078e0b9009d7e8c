from __future__ import annotations

import ast
import re
from dataclasses import fields as fields_of
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from ingest.access import SCOPES
from ingest.document import Metadata, OriginKind
from ingest.lifecycle import CHINESE
from ui.library_words import LIBRARY_ZH
from ui.words import EN, TABLES, ZH, words_for

UI = Path(__file__).parents[2] / "ui"
TABLE_FILES = {"words.py", "library_words.py", "score_words.py"}
STATES = {"searching", "reading", "loading", "missing"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_tables_have_the_same_keys_and_values() -> None:
    assert ZH.keys() == EN.keys()
    assert {key: fields(text) for key, text in ZH.items()} == {key: fields(text) for key, text in EN.items()}


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_key_written_in_the_code_exists(language: str) -> None:
    words = words_for(language)
    used = set()
    for path in UI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name | ast.Attribute)
                and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) in {"words", "_words"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                used.add(node.args[0].value)
    assert len(used) > 60
    assert used <= words.table.keys()


def test_every_name_a_document_can_have_is_there() -> None:
    assert {name.removeprefix("field.") for name in ZH if name.startswith("field.")} == {
        field.name for field in fields_of(Metadata)
    }
    assert {name.removeprefix("scope.") for name in ZH if name.startswith("scope.")} == set(SCOPES)
    assert {name.removeprefix("origin.") for name in ZH if name.startswith("origin.")} == set(get_args(OriginKind))
    assert {state: ZH[f"standing.{state}"] for state in CHINESE} == CHINESE


def test_no_words_of_the_library_are_left_over() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in UI.glob("*.py") if path.name not in TABLE_FILES)
    families = (
        "field.",
        "scope.",
        "origin.",
        "mask.",
        "standing.",
        "report.count.",
        "report.part.",
        "report.hint.",
        "story.to.",
    )
    unused = [
        key for key in LIBRARY_ZH if f'"{key}"' not in code and f"'{key}'" not in code and not key.startswith(families)
    ]
    # Made of a part that is known only when the page runs.
    assert set(unused) == {
        "rail.library",
        "report.done",
        "report.stopped",
        "report.failed",
        "report.added",
        "report.updated",
    }


def test_chinese_words_keep_the_tone() -> None:
    text = "\n".join(ZH.values())
    assert not re.search("[!！您]", text)
    assert not re.search("[\U0001f300-\U0001faff\u2600-\u27bf]", text)
    # Names of keys, of AI inference and of one unit are the only Latin letters a teacher sees.
    latin = set(re.findall("[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", text)))
    assert latin <= {"AI", "Enter", "MB", "Shift"}


def test_the_first_example_is_the_customers_own() -> None:
    assert ZH["example.1"] == "三年级《长方形和正方形的面积》怎样突破面积与周长混淆的难点？"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        words_for("zh")("state.documents")


def test_a_value_with_braces_is_only_text() -> None:
    assert words_for("zh")("title", title="{x} {0}") == "《{x} {0}》"
