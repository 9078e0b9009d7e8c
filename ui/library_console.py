"""How the command line shows documents, their states and their stories."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingest.labels import number_in_chinese
from ui import names
from ui.words import words_for

if TYPE_CHECKING:
    from ui.console import Console

# The command line speaks Chinese, whatever the page speaks.
WORDS = words_for("zh")
FIELD_NAMES, SCOPE_NAMES = names.all_named("field", WORDS), names.all_named("scope", WORDS)


def masked_line(masked: dict[str, int]) -> str:
    """Say what was masked: 学生姓名 31 处、电话 2 处; empty when nothing was."""
    return names.masked_line(masked, WORDS)


def show_documents(console: Console, found: dict[str, Any]) -> None:
    """Print one line a document."""
    if console.printed_json(found):
        return
    for row in found["documents"]:
        unknown = names.fields_line(row["unknown"], WORDS)
        console.say(f"{_state(row['state'])}  {row['path']}" + (f"  （不清楚：{unknown}）" if unknown else ""))
    console.say(f"共 {len(found['documents'])} 份。")


def show_document(console: Console, found: dict[str, Any]) -> None:
    """Print what is known about a document, and from where."""
    if console.printed_json(found):
        return
    console.say(f"{found['path']}  {_state(found['state'])}，{found['chunks']} 个片段")
    for name, value in found["metadata"].items():
        if value in {"", None}:
            continue
        console.say(
            f"  {names.named('field', name, WORDS)}：{_value(name, value)}{_source(found['origins'].get(name))}"
        )
    if found["unknown"]:
        console.say("  不清楚：" + names.fields_line(found["unknown"], WORDS))
    for version in found["versions"]:
        console.say(f"  第 {version['number']} 版 {_local(version['created'])} {version['sha256'][:12]}")
    for event in found["events"]:
        console.say(
            f"  {_local(event['at'])} {event['who']}：{_state(event['state'])}（{event['why'] or '没有写原因'}）"
        )
    for alike in found["duplicates"]:
        console.say(f"  与 {alike['path']} " + ("内容相同" if alike["share"] == 1 else f"相似 {alike['share']:.0%}"))


def show_states(console: Console, done: dict[str, Any]) -> bool:
    """Print what became of each document; tell whether all took the state."""
    is_well = all(not row["code"] for row in done["files"])
    if console.printed_json(done):
        return is_well
    for row in done["files"]:
        mark = f"✗ {row['path']}：{row['message']}{row['hint']}（代码 {row['code']}）"
        console.say(mark if row["code"] else f"✓ {row['path']}：{row['message']}")
    return is_well


def _value(name: str, value: Any) -> str:  # noqa: ANN401  (JSON)
    if name == "grade":
        return f"{number_in_chinese(value)}年级"
    return names.named("scope", value, WORDS) if name == "scope" else str(value)


def _source(origin: dict[str, Any] | None) -> str:
    """Say where a value was read; what a person corrected was read nowhere."""
    if origin is None:
        return ""
    kind = names.named("origin", origin["kind"], WORDS)
    if origin["kind"] == "curator":
        return f"（{kind}）"
    said = f"，读作「{origin['words']}」" if origin["words"] else ""
    return f"（{kind}，把握 {origin['confidence']:.0%}{said}）"


def _local(moment: str) -> str:
    """Say a stored moment, which is UTC, as the clocks of this place show it."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _state(state: str) -> str:
    return names.named("standing", state, WORDS)
