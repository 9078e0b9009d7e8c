"""The commands a user types: each parses its words, asks the service, and prints; nothing else."""

from __future__ import annotations

import logging
import re
import signal
import sys
import webbrowser
from contextlib import closing
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from ingest.access import parse_filters
from ingest.environment import prepare_environment
from ingest.errors import LibraryError, ZhujiaoError
from ingest.settings import Settings, load_settings
from ui.console import Console
from ui.library_command import add_library_commands

if TYPE_CHECKING:
    from assistant.service import Service

log = logging.getLogger(__name__)

app = typer.Typer(
    name="zhujiao",
    help="助教：在本机运行的备课助手。每句话都有出处，没有出处的会标明。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="查看、下载、校验模型文件。", no_args_is_help=True)
app.add_typer(models_app, name="models")

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供其他程序读取。")]
# Another command may hold the library for as long as an ingest takes.
WAIT_SECONDS = 3600.0
# What the command line library returns after Ctrl+C, and what shells expect.
INTERRUPTED = 130
# The same limit as the page's; longer texts are no questions.
LONGEST_QUESTION = 1000
_WRITTEN_WRONG = {
    r"No such command '(.*)'\.": "没有 {0} 这个命令",
    r"No such option: (\S+).*": "没有 {0} 这个选项",
    r"Missing parameter: (.*)": "少写了 {0}",
    r"Missing command\.": "少写了命令",
    r"Option '(.*)' requires an argument\.": "选项 {0} 后面要写一个值",
    r"Option '(.*)' does not take a value\.": "选项 {0} 后面不写值",
    r"Got unexpected extra argument\(s\) \((.*)\)": "多写了 {0}；问题里有空格时加上引号",
    r"Input should be greater than or equal to (\d+)": "数值不能小于 {0}",
    r"Input should be less than or equal to (\d+)": "数值不能大于 {0}",
    r"Input should be a valid integer.*": "这里要写一个整数",
}


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="端口，默认用设置里的。", min=1, max=65535)] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="准备好后打开浏览器。")] = False,
) -> None:
    """打开页面，在本机提供服务。"""
    # A service manager's request to end works as Ctrl+C does: the library is closed and the run file removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    settings = load_settings()
    if port is not None:
        settings = settings.model_copy(update={"page": settings.page.model_copy(update={"port": port})})
    from ui.server import address, listen  # each command imports only what it needs

    # The quick failures first: a taken port, a library in use.
    listen(settings.page.host, settings.page.port).close()
    from assistant.service import open_local

    with closing(open_local(settings)) as service:
        from ui.app import build_app
        from ui.local_api import local_router, run_file
        from ui.server import serve as serve_app

        url = address(settings)

        def ready(_: str) -> None:
            # Only now: while the models load they slow everything down, and the page can be read without them.
            service.assistant.start()
            console.say(f"页面已打开：{url}（按 Ctrl+C 结束）")
            if open_browser:
                webbrowser.open(url)

        with run_file(settings.home, url) as token:
            routers = [local_router(service, token)]
            serve_app(build_app(service.assistant, settings, routers, service), settings, ready)


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="文件或文件夹，可以多个。", show_default=False)] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="用保存的原件重建整个索引。")] = False,
    consent: Annotated[
        str, typer.Option("--consent", help="这批课堂录音的录制同意登记，如「2025-04-14 家长书面同意」。")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """把文件、文件夹或压缩包放进资料库；文件已删除的资料会停用。"""
    console = Console(as_json=as_json)
    if not paths and not rebuild:
        raise typer.BadParameter("请给出要导入的文件或文件夹")
    named = [str(path.expanduser().absolute()) for path in paths or []]
    with closing(_service(load_settings(), console)) as service:
        report = console.follow_ingest(service.ingest(named, anew=rebuild, consent=consent.strip()))
    console.show_report(report)


@app.command()
def ask(question: Annotated[str, typer.Argument(help="要问的问题。")], as_json: AsJson = False) -> None:
    """根据资料库回答一个问题，每句话注明出处。"""
    console = Console(as_json=as_json)
    _check_question(question)
    with closing(_service(load_settings(), console, loads="两个模型")) as service:
        answer = console.follow_answer(service.ask(question))
    console.show_answer(answer)
    if answer["status"] == "unavailable" or answer["notice"]:
        console.fail(answer["notice"] or "现在写不了回答。")
        raise typer.Exit(1)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="要找的内容。")],
    k: Annotated[int, typer.Option("--k", help="最多给出几条。", min=1, max=100)] = 8,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="只找符合条件的，如 grade=3 或 学科=数学，可以多个。")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """在资料库里查找片段，不用模型回答。"""
    console = Console(as_json=as_json)
    _check_question(query)
    wanted = parse_filters(filters or [])
    with closing(_service(load_settings(), console, loads="检索模型")) as service:
        console.show_hits(service.search(query, k, wanted))


@app.command()
def status(as_json: AsJson = False) -> None:
    """显示资料库和模型的情况。"""
    console = Console(as_json=as_json)
    with closing(_service(load_settings(), console)) as service:
        console.show_status(service.status())


@app.command()
def doctor() -> None:
    """逐项检查本机能不能正常运行，并说明怎么办。"""
    console = Console()
    settings = load_settings()
    from assistant.doctor import examine
    from ui.remote import find_server

    server = find_server(settings.home)
    findings = []
    for finding in examine(settings, is_served=server is not None):
        console.show_finding(finding.name, finding.found, finding.hint, is_well=finding.is_well)
        findings.append(finding)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


@models_app.command("list")
def models_list(as_json: AsJson = False) -> None:
    """列出模型、用途、许可和是否已在本机。"""
    from assistant.llm.model_files import list_models

    Console(as_json=as_json).show_models(list_models(load_settings()))


@models_app.command("pull")
def models_pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="模型名；不写就下载运行所需的。", show_default=False)
    ] = None,
) -> None:
    """下载模型文件，可以断点续传，逐个校验。"""
    from assistant.llm.model_files import list_models, pull

    console, settings = Console(), load_settings()
    wanted = [model for model in list_models(settings) if (model.name in names if names else model.default)]
    console.show_terms(model for model in wanted if model.state in {"missing", "partial"})
    with console.download_bar() as on_progress:
        done = pull(names or [], settings, on_progress)
    console.say("模型已齐全：" + "、".join(model.name for model in done))


@models_app.command("verify")
def models_verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="模型名；不写就校验运行所需的。", show_default=False)
    ] = None,
) -> None:
    """重新计算模型文件的哈希值，与清单核对。"""
    from assistant.llm.model_files import list_models, verify

    settings = load_settings()
    wanted = names or [model.name for model in list_models(settings) if model.default]
    if not Console().show_verified(verify(wanted, settings)):
        raise typer.Exit(1)


def run() -> None:
    """Run the command line; every failure ends in one line and an exit code, never in a traceback."""
    prepare_environment()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A Windows screen knows no ✗; a question mark in its place is better than no message.
            stream.reconfigure(errors="replace")
    console = Console()
    try:
        _log_to_file()
        code = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except TyperException as error:
        if str(error):
            console.fail(f"命令写得不对：{_in_chinese(error)}。用 zhujiao --help 查看用法。")
        sys.exit(2)
    except ZhujiaoError as error:
        console.fail(str(error))
        sys.exit(1)
    except Exception:
        # The last line of defence: users get a sentence, the log gets the traceback.
        log.exception("unexpected error")
        console.fail("程序出了意外的错误，资料没有丢失。请把日志文件夹里的 zhujiao.log 发给维护人员。（代码 ZZ-00）")
        sys.exit(1)
    if code == INTERRUPTED:
        console.note("已停止，已经完成的都保留着。")
    sys.exit(code)


def _service(settings: Settings, console: Console, loads: str = "") -> Service:
    """Open the library; when the page is being served ask it, when another command has the library wait for it.

    `loads` names what will be loaded first where no page is being served: that takes a while, and is told.
    """
    from assistant.service import open_local
    from ui.remote import find_server

    try:
        service = open_local(settings)
    except LibraryError as error:
        if not error.retryable:
            raise
    else:
        if loads:
            console.note(f"正在载入{loads}。先用 zhujiao serve 打开页面，命令就不用每次都等。")
        return service
    server = find_server(settings.home)
    if server is not None:
        return server
    console.note("资料库正被另一个命令使用，等它结束。")
    return open_local(settings, wait_seconds=WAIT_SECONDS)


add_library_commands(app, _service)


def _check_question(text: str) -> None:
    if not text.strip():
        raise typer.BadParameter("没有写内容")
    if len(text) > LONGEST_QUESTION:
        msg = f"内容太长了，请控制在 {LONGEST_QUESTION} 字以内"
        raise typer.BadParameter(msg)


def _in_chinese(error: TyperException) -> str:
    """Say what is wrong with the words typed; what the command line library says is English."""
    said = str(error)
    for pattern, sentence in _WRITTEN_WRONG.items():
        match = re.fullmatch(pattern, said)
        if match:
            return sentence.format(*match.groups())
    return said.rstrip("。.")


def _log_to_file() -> None:
    """Log to the home folder; nothing is ever logged to the screen, where people expect sentences meant for them."""
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()])
    try:
        folder = load_settings().logs_dir
    except ZhujiaoError:
        # The command itself says which setting is wrong; --help works all the same.
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "zhujiao.log", maxBytes=1 << 20, backupCount=3, encoding="utf-8", delay=True
        )
    except OSError:
        # A read-only home is told by the command itself, where it matters.
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
