"""`zhujiao eval …`: the measures of the product as commands; each runs through the code that answers teachers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

eval_app = typer.Typer(help="用外部评测数据测量效果，在临时资料库里进行，不影响学校的资料。", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="评测数据所在的文件夹，默认用设置里的。")]
Limit = Annotated[int, typer.Option("--limit", help="每组最多测多少条，0 表示全部。", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，每条一行结果。")]


@eval_app.command()
def retrieval(data: Data = None, limit: Limit = 0, as_json: AsJson = False) -> None:
    """测量检索：有答案的资料排在第几，各个部分值多少。"""
    from eval.retrieval import print_figures, run

    _show(run(data or load_settings().eval_data, limit), print_figures, as_json=as_json)


@eval_app.command()
def verification(data: Data = None, limit: Limit = 0, as_json: AsJson = False) -> None:
    """测量核对：改错的句子有多少被识破，对的句子有多少被误伤。"""
    from eval.verification import LIMIT, print_figures, run

    folder = data or load_settings().eval_data
    try:
        result = {**run(folder, limit or LIMIT), "skipped": ""}
    except FileNotFoundError:
        result = {"summary": [], "kinds": [], "cases": [], "skipped": f"没有评测数据：{folder}"}
    _show(result, print_figures, as_json=as_json)


def _show(result: dict[str, Any], print_figures: Callable[[dict[str, Any]], None], *, as_json: bool) -> None:
    if result["skipped"]:
        typer.echo(result["skipped"], err=True)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        print_figures(result)
    if result["skipped"]:
        raise typer.Exit(1)
