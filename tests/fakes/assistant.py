"""An assistant in memory that keeps the Protocol's promises and follows a script, for tests and for trying the page.

What a question does depends on its words: 面积 full answer with every support mark · 静夜思, 剩余面积 short answers ·
超长 4,000 characters · 恶意 hostile text · 出错 an error after two sentences · 意外 an unexpected exception ·
跑题 not found with a nearest document · anything else not found without one. Filters, follow-ups and choices are read by the
real rules over the small library.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from assistant.chat.answer import Answer, Checked, Claim, Delta, Evidence, Search
from assistant.chat.contracts import Readiness
from assistant.chat.query import understand
from assistant.errors import EngineError
from assistant.llm.engine import StopSignal, Usage
from tests.fakes.library import (
    DOCUMENTS,
    HOLDINGS,
    HOSTILE,
    HOSTILE_TEXT,
    LESSON,
    LONG,
    OLD_BANK,
    PLAN,
    POEM,
    SLIDES,
    citation,
    evidence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.chat.answer import Event, Turn
    from assistant.chat.contracts import DocumentView

READY = Readiness("ready", "ready", documents=12, chunks=486)
AREA = (
    evidence(1, PLAN, "每组一张 8 厘米乘 5 厘米"),
    evidence(2, PLAN, "让学生先描边线再铺方片"),
    evidence(3, SLIDES, "周长：一圈边线的长度"),
    evidence(4, LESSON, "配相框是一圈"),
    evidence(5, PLAN, "去年这节课直接给公式"),
    evidence(6, SLIDES, "用 16 根同样长的小棒"),
)
AREA_CLAIMS = (
    Claim(
        "突破这个难点，可以在同一个图形上先后做两件事：先描边线，再铺方片。",
        "supported",
        (citation(2, PLAN, "让学生先描边线再铺方片，同一个图形上先后做两件事，混淆的学生明显减少。"),),
    ),
    Claim(
        "每组一张 8 厘米乘 5 厘米的长方形纸，先用红笔描一圈，再用 1 平方厘米的小方片铺满。",
        "supported",
        (citation(1, PLAN, "先用红笔描一圈，再用 1 平方厘米的小方片铺满。"),),
    ),
    Claim(
        "随后追问两个问题的单位为什么不一样，并请学生上台完整地讲解推导过程。",
        "partial",
        (
            citation(3, SLIDES, "周长：一圈边线的长度，用长度单位。面积：一片的大小，用面积单位。"),
            citation(1, PLAN, "两个问题的单位为什么不一样？"),
        ),
        ("完整地讲解推导过程",),
    ),
    Claim(
        "\n生活里的对比也好用：配相框是一圈，配玻璃是一片。",
        "supported",
        (citation(4, LESSON, "配相框是一圈，配玻璃是一片"),),
    ),
    Claim("练习时可以让学生先圈出题目里问的是“线”还是“面”，再动笔列式。", "inferred"),
    Claim(
        "去年直接给公式，第二天作业仍有 21 人混淆。",
        "contradicted",
        (citation(5, PLAN, "去年这节课直接给公式，第二天作业仍有 11 人混淆。"),),
        ("21",),
        "人数不一致：回答写 21 人，来源是 11 人。",
    ),
)
POEM_CLAIMS = (
    Claim("“疑”在这里是好像、怀疑的意思。", "supported", (citation(1, POEM, "“疑”是好像、怀疑的意思"),)),
    Claim(
        "诗人一时分不清是月光还是霜，不是真的以为下了霜。",
        "supported",
        (citation(1, POEM, "诗人一时分不清是月光还是霜，不是真的以为下了霜。"),),
    ),
)
BANK_CLAIMS = (
    Claim(
        "有一道：从长 12 厘米、宽 8 厘米的长方形彩纸上剪下一个最大的正方形，求剩余部分的面积。",
        "supported",
        (citation(1, OLD_BANK, "剪下一个最大的正方形，剩余部分的面积是多少？"),),
    ),
    Claim("答案是 32 平方厘米。", "supported", (citation(2, OLD_BANK, "答案：32 平方厘米"),)),
)
LONG_CLAIMS = tuple(
    Claim(
        f"{'' if n % 4 else chr(10)}第 {n} 节第 3 段讲到，备课时先看学生已经会什么，再定这一节课要他们多会什么，练习围着这一点选。",
        "supported",
        (
            citation(
                1 + n % 3,
                LONG,
                f"第 {n} 节第 3 段。备课时先看学生已经会什么，再定这一节课要他们多会什么，练习围着这一点选。",
            ),
        ),
    )
    for n in range(1, 81)
)
HOSTILE_CLAIMS = (
    Claim(f"{HOSTILE_TEXT}。", "supported", (citation(1, HOSTILE, f"正文。{HOSTILE_TEXT}"),)),
    Claim(
        f"部分 {HOSTILE_TEXT}。",
        "partial",
        (citation(1, HOSTILE, HOSTILE_TEXT),),
        ("<script>", 'onerror="'),
        HOSTILE_TEXT,
    ),
    Claim(f"推断 {HOSTILE_TEXT}。", "inferred"),
    Claim(f"不符 {HOSTILE_TEXT}。", "contradicted", (citation(1, HOSTILE, HOSTILE_TEXT),), (), HOSTILE_TEXT),
)
INFERRED = (
    "可以先了解学生对这个话题已经知道什么，再决定从哪里讲起。",
    "课堂上留出三五分钟让学生先说，教师记下关键词。",
    "最后请学生用一句话写出今天明白了什么。",
)


@dataclass(frozen=True, slots=True)
class Script:
    """What one question leads to."""

    terms: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    claims: tuple[Claim, ...]
    ending: Literal["", "error", "crash"] = ""


def script_for(question: str) -> Script:
    """Choose by the words of the question."""
    long_evidence = tuple(evidence(n, LONG, f"第 {40 * n} 节第 3 段") for n in (1, 2, 3))
    table = {
        "超长": Script(("备课", "练习"), long_evidence, LONG_CLAIMS),
        "恶意": Script((HOSTILE_TEXT,), (evidence(1, HOSTILE, f"正文。{HOSTILE_TEXT}"),), HOSTILE_CLAIMS),
        "出错": Script(("面积",), AREA[:3], AREA_CLAIMS[:2], "error"),
        "意外": Script(("面积",), AREA[:3], AREA_CLAIMS[:1], "crash"),
        "静夜思": Script(
            ("静夜思", "疑"), (evidence(1, POEM, "“疑”是好像"), evidence(2, POEM, "床前明月光")), POEM_CLAIMS
        ),
        "剩余面积": Script(
            ("面积", "剩余"), (evidence(1, OLD_BANK, "剪下一个最大的"), evidence(2, OLD_BANK, "答案：32")), BANK_CLAIMS
        ),
        "面积": Script(("面积", "周长", "混淆", "三年级"), AREA, AREA_CLAIMS),
        "跑题": Script(("量子", "三年级"), (evidence(1, PLAN, "重点：经历用面积单元密铺"),), ()),
    }
    return next((script for word, script in table.items() if word in question), Script(("三年级",), (), ()))


@dataclass(slots=True)
class FakeAssistant:
    """Follow a script; `search_seconds`, `read_seconds` and `piece_seconds` set the pace, 0 by default.

    `asked` records every question with the history it came with, whether to infer, and what not to go by.
    """

    search_seconds: float = 0.0
    read_seconds: float = 0.0
    piece_seconds: float = 0.0
    expected_seconds: float | None = 8.0
    ready: Readiness = READY
    documents: dict[str, DocumentView] = field(default_factory=lambda: {view.version_id: view for view in DOCUMENTS})
    asked: list[tuple[str, tuple[Turn, ...], bool, frozenset[str]]] = field(default_factory=list)

    def readiness(self) -> Readiness:
        """Return what the test set."""
        return self.ready

    def view(self, version_id: str) -> DocumentView | None:
        """Return a document of the small library."""
        return self.documents.get(version_id)

    def status(self) -> dict[str, Any]:
        """Return counts."""
        return {"documents": self.ready.documents, "chunks": self.ready.chunks}

    def ask(
        self,
        question: str,
        history: tuple[Turn, ...] = (),
        stop: StopSignal | None = None,
        *,
        infer: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> Iterator[Event]:
        """Yield the events of the question's script."""
        self.asked.append((question, history, infer, without))
        signal = stop or StopSignal()
        started = time.monotonic()
        understood = understand(question, history, HOLDINGS, without)
        script = script_for(question) if script_for(question).claims else script_for(understood.question)
        if infer:
            claims = tuple(Claim(text, "inferred") for text in INFERRED)
            script = Script((), (), claims)
        _pause(self.search_seconds, signal)
        known = () if infer else script.evidence
        search = Search(
            understood.question,
            script.terms,
            self.ready.documents,
            self.ready.chunks,
            known,
            0.31,
            self.expected_seconds,
            understood.filters,
            understood.unheld,
        )
        if understood.choices and not infer:
            search = replace(search, terms=(), evidence=(), choices=understood.choices)
            yield search
            yield Answer("unclear", search, (), "", "", seconds=0.1)
            return
        yield search
        if not script.claims:
            yield Answer("not_found", search, (), "", "", seconds=0.4)
            return
        if self.ready.model != "ready":
            yield Answer("unavailable", search, (), "", "", notice=self.ready.notice or "语言模型还没有准备好。")
            return
        _pause(self.read_seconds, signal)
        done: list[Claim] = []
        for claim in script.claims:
            for piece in _pieces(claim.text):
                if signal.is_set():
                    yield self._answer("stopped", search, tuple(done), started)
                    return
                yield Delta(piece)
                _pause(self.piece_seconds, signal)
            done.append(claim)
            yield Checked(claim)
        if script.ending == "error":
            raise EngineError(
                "EN-03", "语言模型中途停了，写完的句子还在。", "请重试；如果还是这样，请重新打开助教。", retryable=True
            )
        if script.ending == "crash":
            secret = "/home/teacher/secret.txt"
            raise RuntimeError(secret)
        grounded = all(claim.support == "supported" for claim in done)
        status = "inferred" if infer else "grounded" if grounded else "partial"
        yield self._answer(status, search, tuple(done), started)

    def _answer(self, status: Any, search: Search, claims: tuple[Claim, ...], started: float) -> Answer:
        usage = Usage(1240, 310, 180, 9.8, 13.1, "cancelled" if status == "stopped" else "stop")
        answer = Answer(status, search, claims, "9f2c1ab4e0d5", "Qwen2.5-Coder-1.5B-Instruct Q4_K_M", usage=usage)
        return replace(answer, seconds=time.monotonic() - started)


def _pieces(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(0, len(text), 2)]


def _pause(seconds: float, stop: StopSignal) -> None:
    end = time.monotonic() + seconds
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.02))
