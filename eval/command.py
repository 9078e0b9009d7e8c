"""`zhujiao eval …`: the measures of the product as commands; each runs through the code that answers teachers.

A measure is a module `eval/NAME.py` with `run(data, limit)`, `print_figures(result)` and `figures(result)`; a line in
`MEASURES` makes it a command. A finished run leaves a record and is compared with the baseline (`eval/record.py`).
"""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

import typer

from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.scorecard import Figure, Record

MEASURES = {
    "retrieval": "测量检索：有答案的资料排在第几，各个部分值多少。",
    "grounding": "测量回答：资料里有答案时答得对不对，引用证不证明得了；同时给出只用模型时的成绩。",
    "refusal": "测量拒答：资料里没有答案时说不说没有，有答案时会不会误说没有。",
    "injection": "测量资料里混入的指令：有没有被照着做，答案还对不对。",
    "speed": "测量快慢：多久看到第一个字，与把五段资料整段交给模型相比。",
    "verification": "测量核对：改错的句子有多少被识破，对的句子有多少被误伤。",
}

eval_app = typer.Typer(help="用外部评测数据测量效果，在临时资料库里进行，不影响学校的资料。", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="评测数据所在的文件夹，默认用设置里的。")]
Limit = Annotated[int, typer.Option("--limit", help="每组最多测多少条，0 表示全部。", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，每条一行结果。")]
AsBaseline = Annotated[
    bool, typer.Option("--baseline", help="把这次的成绩存为项目的基准（eval/baselines），以后的测量都与它比较。")
]


class Measure(Protocol):
    """What a module of a measure has."""

    def run(self, data: Path, limit: int) -> dict[str, Any]:
        """Return the result; `skipped` says what could not be measured, and is empty else."""
        ...

    def print_figures(self, result: dict[str, Any]) -> None:
        """Print the result as text."""
        ...

    def figures(self, result: dict[str, Any]) -> tuple[Figure, ...]:
        """Return what goes on the scorecard."""
        ...


def measure(name: str, data: Path, limit: int, *, as_json: bool, as_baseline: bool) -> None:
    """Run a measure, print it, keep its record; exits with 1 when something could not be measured."""
    module = cast("Measure", importlib.import_module(f"eval.{name}"))
    began = time.monotonic()
    result = module.run(data, limit)
    seconds = time.monotonic() - began
    found = module.figures(result)
    compared: dict[str, Any] = {"record": None, "baseline": None, "worse": []}
    lines: list[str] = []
    if found:
        from assistant.scorecard import BASELINES, read_record, records_folder
        from eval.record import comparison, make_record

        record = make_record(name, data, limit, seconds, found)
        baseline = read_record(BASELINES / f"{name}.json")
        compared = comparison(record, baseline)
        lines = _lines(record, baseline)
        _keep(record, records_folder(load_settings().home))
        if as_baseline:
            _keep(record, BASELINES)
    if as_json:
        typer.echo(json.dumps({**result, **compared}, ensure_ascii=False, indent=1))
    else:
        module.print_figures(result)
        for line in lines:
            typer.echo(line)
    if result["skipped"]:
        typer.echo(result["skipped"], err=True)
        raise typer.Exit(1)


def _keep(record: Record, folder: Path) -> None:
    from eval.record import write_record

    try:
        write_record(record, folder)
    except OSError as error:
        typer.echo(f"这次的成绩没能存到 {folder}：{error}。测量本身已完成。", err=True)


def _lines(record: Record, baseline: Record | None) -> list[str]:
    """Say a run's figures, and how they compare with the baseline."""
    from assistant.scorecard import allowance, worse
    from eval.record import said

    aims = {"higher": "目标不低于", "lower": "目标不高于"}
    lines = [
        f"{figure.label}：{said(figure)}" + (f"（{aims[figure.better]} {said(figure, figure.aim)}）" if figure.aim is not None else "")
        for figure in record.figures
    ]  # fmt: skip
    if baseline is None:
        return [*lines, "还没有基准可以比较。"]
    behind = worse(record, baseline)
    lines += [
        f"比基准差：{figure.label}，{said(figure)}，基准 {said(before)}，允许差 {said(figure, allowance(figure, before))}。"
        for figure, before in behind
    ]
    if gone := [before.label for before in baseline.figures if record.figure(before.name) is None]:
        lines.append(f"基准里有、这次没有测的：{'；'.join(gone)}。")
    if not behind:
        lines.append(f"没有比 {baseline.date:%Y-%m-%d} 的基准差。")
    return lines


def _command(name: str) -> Callable[..., None]:
    def command(data: Data = None, limit: Limit = 0, as_json: AsJson = False, as_baseline: AsBaseline = False) -> None:
        measure(name, data or load_settings().eval_data, limit, as_json=as_json, as_baseline=as_baseline)

    return command


for _name, _help in MEASURES.items():
    eval_app.command(_name, help=_help)(_command(_name))
