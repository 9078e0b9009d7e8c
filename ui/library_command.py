"""The commands of content staff: list documents, see one, change its state, correct what was read about it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.labels import chinese_number
from ingest.settings import load_settings
from ui.console import Console
from ui.library_console import FIELD_NAMES, SCOPE_NAMES, show_document, show_documents, show_states

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.service import Service
    from ingest.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供其他程序读取。")]


def add_library_commands(app: typer.Typer, open_service: Callable[[Settings, Console], Service]) -> None:
    """Add the commands; `open_service` opens the library here or finds the process that serves it."""

    @app.command("list")
    def list_documents(
        state: Annotated[str, typer.Option(help="只看一种状态：draft、review、published、retired。")] = "",
        unknown: Annotated[bool, typer.Option("--unknown", help="只看还有信息不明的资料。")] = False,
        as_json: AsJson = False,
    ) -> None:
        """列出资料，以及每份还不清楚的信息。"""
        console = Console(as_json=as_json)
        with closing(open_service(load_settings(), console)) as service:
            found = service.documents(state)
        if unknown:
            found = {"documents": [row for row in found["documents"] if row["unknown"]]}
        show_documents(console, found)

    @app.command()
    def show(
        path: Annotated[Path, typer.Argument(help="资料原来的路径。")],
        as_json: AsJson = False,
    ) -> None:
        """显示一份资料的信息、出处、版本、状态变化和重复件。"""
        console = Console(as_json=as_json)
        with closing(open_service(load_settings(), console)) as service:
            show_document(console, service.document(_whole(path)))

    @app.command("state")
    def set_state(
        state: Annotated[str, typer.Argument(help="draft 草稿、review 待审核、published 发布、retired 停用。")],
        paths: Annotated[list[Path], typer.Argument(help="资料原来的路径，可以多个。")],
        why: Annotated[str, typer.Option("--why", help="原因，会记录下来。")] = "",
        as_json: AsJson = False,
    ) -> None:
        """改变资料的状态；只有发布的资料能被检索到。"""
        console = Console(as_json=as_json)
        with closing(open_service(load_settings(), console)) as service:
            done = service.set_state([_whole(path) for path in paths], state, why)
        if not show_states(console, done):
            raise typer.Exit(1)

    @app.command()
    def correct(
        path: Annotated[Path, typer.Argument(help="资料原来的路径。")],
        values: Annotated[list[str], typer.Argument(help="字段=值，如 grade=3 subject=数学；值留空表示不清楚。")],
        as_json: AsJson = False,
    ) -> None:
        """更正一份资料的信息；以后重新导入也以此为准。"""
        console = Console(as_json=as_json)
        if any("=" not in value for value in values):
            raise typer.BadParameter("请写成 字段=值")
        pairs = dict(_pair(value) for value in values)
        with closing(open_service(load_settings(), console)) as service:
            show_document(console, service.correct(_whole(path), pairs))


def _pair(word: str) -> tuple[str, str]:
    """Read `年级=三年级` as people write it: names and values in Chinese or as the library has them."""
    name, value = (part.strip() for part in word.split("=", 1))
    name = {chinese: field for field, chinese in FIELD_NAMES.items()}.get(name, name)
    if name == "grade":
        number = chinese_number(value.removesuffix("年级"))
        return name, value if number is None else str(number)
    scopes = {chinese: scope for scope, chinese in SCOPE_NAMES.items()}
    return name, scopes.get(value, value) if name == "scope" else value


def _whole(path: Path) -> Path:
    return path.expanduser().absolute()
