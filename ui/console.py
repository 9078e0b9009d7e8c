"""What the command line prints: Chinese lines for people, or JSON for programs; progress goes to the error stream."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich import box
from rich import console as rich_console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from assistant.chat.plain_formula import plain_formulas
from ingest.errors import IngestError
from ingest.labels import number_in_chinese
from ui.answer_table import table_of
from ui.library_console import masked_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from assistant.llm.model_files import ModelStatus, PullProgress, Verification

_MARKS = {"supported": "●", "partial": "◐", "inferred": "【AI推断】", "contradicted": "【与来源不符】"}
_STATUS = {
    "not_found": "资料库里没有能回答这个问题的内容。",
    "unclear": "这个问题的范围太大，还不能回答。可以这样问：",
    "stopped": "已停止，上面是已经写完的部分。",
    "inferred": "这些句子没有资料依据，请老师自己判断。",
}
# Office and system files and manifests are left out on purpose: `--json` lists them.
_NEEDS_NOTHING = {"IN-05", "IN-22"}
_MODEL_STATES = {
    "ready": "已下载",
    "unverified": "已下载，待校验",
    "damaged": "已损坏",
    "partial": "下载了一部分",
    "missing": "未下载",
}
_STAGES = {"waiting": "等待", "downloading": "下载", "checking": "校验", "unpacking": "解包", "done": "完成"}
_STATES = {"loading": "未加载", "ready": "可用", "missing": "不可用"}


def _cited(sentence: dict[str, Any]) -> str:
    """Return a sentence with the number of each passage it cites."""
    numbers = dict.fromkeys(citation["number"] for citation in sentence["citations"])
    return plain_formulas(sentence["text"]) + "".join(f"[{number}]" for number in numbers)


class Console:
    """Print for people, or with `as_json` one JSON value for programs."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        # What is printed comes from documents: 1:100:200 is a scale, not an emoji, and [1] no markup.
        self._out = rich_console.Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
        self._error = rich_console.Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

    def say(self, text: str) -> None:
        """Print a line."""
        self._out.print(_shown(text))

    def note(self, text: str) -> None:
        """Print a line about the work itself, out of the way of what is asked for."""
        self._error.print(_shown(text))

    def fail(self, text: str) -> None:
        """Print why a command failed."""
        self._error.print(_shown("✗ " + " ".join(text.split())))

    def printed_json(self, value: dict[str, Any]) -> bool:
        """Print a value when JSON is wanted; tell whether it was."""
        if self._as_json:
            self._json({key: part for key, part in value.items() if key != "type"})
        return self._as_json

    def follow_ingest(self, events: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Show progress until the report comes; return it.

        Raises:
            IngestError: what stopped the run as a whole.

        """
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        bar = Progress(*columns, console=self._error, disable=self._as_json or not self._error.is_terminal)
        files, chunks = bar.add_task("读取文件", total=None), bar.add_task("建立索引", total=None)
        try:
            for event in events:
                if event["type"] == "progress":
                    # Not before there is something to show: a run that fails at once says one line.
                    bar.start()
                    bar.update(files, completed=event["files_done"], total=event["files_total"])
                    bar.update(
                        chunks,
                        completed=event["chunks_done"],
                        total=event["chunks_total"] or None,
                        description=f"建立索引 {_speed(event)}",
                    )
                elif event["type"] == "error":
                    raise IngestError(event["code"], event["message"], event["hint"])
                else:
                    return event
        finally:
            _end(bar)
        raise IngestError("LB-09", "导入中断了，已完成的部分没有丢失。", "再运行一次，会接着做。", retryable=True)

    def show_report(self, report: dict[str, Any]) -> None:
        """Print what an ingest run did: counts, and a line for each file that was not taken in."""
        if self.printed_json(report):
            return
        for row in report["files"]:
            if row["status"] in {"failed", "skipped"} and row["code"] not in _NEEDS_NOTHING:
                mark = "✗" if row["status"] == "failed" else "·"
                self.say(f"{mark} {row['path']}：{row['message']}{row['hint']}（代码 {row['code']}）")
            elif row["duplicate_of"]:
                alike = "内容相同，" if row["likeness"] == 1 else f"相似 {row['likeness']:.0%}，相同的段落"
                self.say(f"≈ {row['path']}：与 {row['duplicate_of']} {alike}检索时只显示一份。")
        for path in report["retired_files"]:
            self.say(f"－ {path}：文件已不在原处，已停用；旧的引用仍能打开。")
        self.say(
            f"新增 {report['added']}，更新 {report['updated']}，未变 {report['unchanged']}，停用 {report['retired']}，"
            f"重复 {report['duplicates']}，失败 {report['failed']}，跳过 {report['skipped']}；"
            f"用时 {report['seconds']:.1f} 秒。" + ("已停止，再运行一次会接着做。" if report["cancelled"] else "")
        )
        if masked := masked_line(report["masked"]):
            self.say(f"入库前已遮盖：{masked}。对照表单独存放，只有管理员能看。")
        unknown = sum(bool(row["unknown"]) for row in report["files"])
        if unknown:
            self.say(f"有 {unknown} 份资料的信息不全，用 zhujiao list --unknown 查看，用 zhujiao correct 补上。")
        if not report["files"]:
            self.say("这里没有文件，资料库没有变动。检查路径是否写对。")

    def follow_answer(self, events: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Show what was found as soon as it is known; return the final answer."""
        search: dict[str, Any] = {}
        for event in events:
            if event["type"] == "answer":
                return event
            if event["type"] == "search":
                search = event
            elif search and not self._as_json:
                # Only now is it known that the evidence is enough for an answer.
                seconds = search["expected_seconds"]
                about = f"，约 {seconds:.0f} 秒" if seconds else ""
                self.note(f"已找到 {len(search['evidence'])} 处资料，正在阅读{about}")
                search = {}
        raise IngestError("LB-09", "回答中断了。", "再问一次。", retryable=True)

    def show_answer(self, answer: dict[str, Any]) -> None:
        """Print the sentences with their marks and sources."""
        if self.printed_json(answer):
            return
        self._show_reading(answer["searched"])
        self._show_sentences(answer)
        if answer["status"] in _STATUS:
            self.say(_STATUS[answer["status"]])
        for choice in answer["searched"]["choices"]:
            self.say(f"  {choice}")
        cited = {citation["number"] for sentence in answer["sentences"] for citation in sentence["citations"]}
        for passage in answer["searched"]["evidence"]:
            if passage["number"] in cited or not answer["sentences"]:
                self.say(f"  [{passage['number']}]{_titled(passage['document'])} {passage['locator']}")

    def _show_sentences(self, answer: dict[str, Any]) -> None:
        """Print the sentences in the shape of the answer; notices of conflicts come first."""
        for sentence in answer["sentences"]:
            if sentence["conflict"]:
                self._sentence(sentence, "▲")
        sentences = [sentence for sentence in answer["sentences"] if not sentence["conflict"]]
        if answer["shape"] == "table":
            self._table(sentences)
        elif answer["shape"] in {"steps", "resources"}:
            self._numbered(sentences, grouped=answer["shape"] == "steps")
        else:
            quoted = [sentence for sentence in sentences if sentence["quoted"]]
            for sentence in sentences:
                if not sentence["quoted"]:
                    self._sentence(sentence)
            if quoted:
                self.say("资料里的原话：")
            for sentence in quoted:
                self._sentence(sentence)

    def _numbered(self, sentences: list[dict[str, Any]], *, grouped: bool) -> None:
        for group, items in groupby(sentences, key=lambda sentence: sentence["group"] if grouped else ""):
            if group:
                self.say(group)
            for number, sentence in enumerate(items, start=1):
                if sentence["heading"]:
                    self.say(f"{number}. {sentence['heading']}")
                    for line in sentence["text"].splitlines():
                        self.say(f"   {plain_formulas(line)}")
                else:
                    self.say(f"{number}. {_cited(sentence)}")

    def _table(self, sentences: list[dict[str, Any]]) -> None:
        cells = (
            (at, sentence["group"], sentence["heading"]) for at, sentence in enumerate(sentences) if sentence["group"]
        )
        columns, rows = table_of(cells)
        table = Table(box=box.SIMPLE_HEAD, show_lines=True, pad_edge=False)
        table.add_column("")
        for name in columns:
            table.add_column(Text(_shown(name)), overflow="fold")
        for row in rows:
            said = [_cited(sentences[row.cells[name]]) if name in row.cells else "资料中未找到" for name in columns]
            table.add_row(*(Text(_shown(part)) for part in (row.heading, *said)))
        self._out.print(table, soft_wrap=False)
        for sentence in sentences:
            if not sentence["group"]:
                self._sentence(sentence)

    def _show_reading(self, searched: dict[str, Any]) -> None:
        """Print what the question was read as, where that is more than its words."""
        for typed, meant in searched["respelled"]:
            self.note(f"按“{meant}”查找（原来写的是“{typed}”）")
        if searched["filters"]:
            self.note(f"查找范围：{'、'.join(map(_filter_said, searched['filters']))}")
        if searched["relaxed"]:
            self.note(f"限定{'、'.join(map(_filter_said, searched['relaxed']))}没有找到，已经不作限定。")

    def _sentence(self, sentence: dict[str, Any], mark: str = "") -> None:
        self.say(f"{mark or _MARKS[sentence['support']]} {_cited(sentence)}")

    def show_hits(self, found: dict[str, Any]) -> None:
        """Print the chunks found."""
        if self.printed_json(found):
            return
        for rank, hit in enumerate(found["hits"], start=1):
            self.say(f"{rank}. {_titled(hit['title'])} {hit['locator']}")
            self.say(f"   {hit['document']}")
            self.say("   " + " ".join(plain_formulas(_body(hit)).split())[:160])
        if found["notice"]:
            self.note(found["notice"])
        if not found["hits"]:
            self.say("没有找到。换个说法，或先用 zhujiao ingest 放入资料。")

    def show_status(self, status: dict[str, Any]) -> None:
        """Print counts and the state of the models."""
        if self.printed_json(status):
            return
        self.say(f"资料 {status['documents']} 份，片段 {status['chunks']} 个，索引未建完 {status['pending']} 份。")
        for kind, count in status["kinds"].items():
            self.say(f"  {kind or '种类未知'} {count}")
        self.say(f"检索：{_STATES[status['search']]}；回答模型 {status['model_name']}：{_STATES[status['model']]}。")
        self.say(f"数据文件夹：{status['home']}")

    def show_finding(self, name: str, found: str, hint: str, *, is_well: bool) -> None:
        """Print one line of the doctor's report."""
        self.say(
            f"{'✓' if is_well else '✗'} {name}：{found}"
            + ("" if is_well else f"{'' if found.endswith('。') else '。'}{hint}")
        )

    def show_models(self, models: Iterable[ModelStatus]) -> None:
        """Print the models with purpose, licence and whether they are here."""
        rows: list[dict[str, Any]] = [
            {
                "name": model.name,
                "purpose": model.purpose,
                "licence": model.licence,
                "terms": model.terms,
                "bytes": model.size,
                "state": model.state,
                "default": model.default,
            }
            for model in models
        ]
        if self._as_json:
            self._json({"models": rows})
            return
        for row in rows:
            here = _MODEL_STATES[str(row["state"])]
            self.say(f"{row['name']}  {here}  {row['bytes'] / 1e9:.2f} GB  {row['purpose']}")
            self.say(f"   许可：{row['licence']}。{row['terms']}")

    def show_terms(self, models: Iterable[ModelStatus]) -> None:
        """Print under which terms the models that will be fetched may be used."""
        for model in models:
            self.say(f"{model.name}，{model.size / 1e9:.2f} GB。许可：{model.licence}。{model.terms}")

    def show_verified(self, checks: Iterable[Verification]) -> bool:
        """Print what a full check of the model files found; return whether all are whole."""
        is_well = True
        for check in checks:
            self.say(
                f"{'✓' if check.ok else '✗'} {check.name}："
                + ("文件齐全，校验一致" if check.ok else "".join(check.problems))
            )
            is_well = is_well and check.ok
        if not is_well:
            self.fail("模型文件缺少或损坏。运行 zhujiao models pull 加上模型名，会重新下载有问题的文件。")
        return is_well

    @contextmanager
    def download_bar(self) -> Iterator[Callable[[PullProgress], None]]:
        """Show one bar a model while files come in, and one while they are checked."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        bar = Progress(*columns, console=self._error)
        tasks: dict[str, Any] = {}

        def on_progress(progress: PullProgress) -> None:
            bar.start()
            name = f"{_STAGES[progress.stage]} {progress.model}"
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=progress.bytes_total)
            bar.update(tasks[name], completed=progress.bytes_done, total=progress.bytes_total)

        try:
            yield on_progress
        finally:
            _end(bar)

    def _json(self, value: object) -> None:
        # Where the screen is not UTF-8 (Windows), escapes keep every character.
        is_utf8 = self._out.encoding.lower().startswith("utf")
        self._out.out(json.dumps(value, ensure_ascii=not is_utf8, indent=2), highlight=False)


def _body(hit: dict[str, Any]) -> str:
    """Return what a chunk says; the headings it begins with are told with its place."""
    lines = hit["text"].splitlines()
    while len(lines) > 1 and lines[0].strip() in {"", *hit["headings"]}:
        del lines[0]
    return "\n".join(lines)


def _speed(event: dict[str, Any]) -> str:
    """Say how fast the index grows and how long it will take, as far as that is known."""
    speed, left = event["chunks_per_second"], event["seconds_left"]
    return (f"每秒 {speed:.1f} 段" if speed else "") + (f"，还要约 {_duration(left)}" if left is not None else "")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} 秒" if seconds < 90 else f"{seconds / 60:.0f} 分钟"  # a minute and a half


def _shown(text: str) -> str:
    """Return a text that cannot command the terminal."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t\u3000\xa0")


def _end(bar: Progress) -> None:
    # Stopping a bar that was never shown prints an empty line.
    if bar.live.is_started:
        bar.stop()


def _titled(title: str) -> str:
    """Return a title in title marks; one that has its own needs no second pair."""
    return title if "《" in title else f"《{title}》"


def _filter_said(item: dict[str, Any]) -> str:
    return f"{number_in_chinese(item['value'])}年级" if item["name"] == "grade" else str(item["value"])
