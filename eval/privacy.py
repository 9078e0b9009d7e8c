"""How many masks the privacy stage sets in outside text, per 10,000 characters, and what it finds of the project's own cases.

    python -m eval.privacy --json

Outside data, none of which is copied into the project:

- `dialogid_zh`, real teachers' talk in class, read as the teacher's turns of a 课堂实录. Real calls are among the masks, so
  the figure is an upper bound of the false alarms; `--show` prints every mask for a reader to judge.
- `cmath`, `tal_scq5k` and `cjeval`, exercises, read as 习题, where no child of a word problem may be masked; and `cmath`
  again as 教案, the hard case of exercises in a lesson plan.
- `retrieval_zh`, encyclopaedia passages full of real persons, read as a file of unknown kind, as 教研记录 and as 课堂实录.

The recall is on sentences of the project's own: names × templates written here by hand, neither of which the code was
given. It says that the forms we thought of are found, and nothing about forms we did not think of.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from ingest.document import Element, Metadata
from ingest.normalise import clean
from ingest.privacy import find_private
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PER = 10_000
# Written from life, not from the lists of the code. The second half are names that are words, the hardest there are.
NAMES = (
    "王子墨 李沐宸 张一诺 刘雨桐 陈思睿 杨梓涵 赵若曦 黄奕辰 周可欣 吴浩宇 徐梦瑶 孙铭泽 胡佳怡 朱俊熙 高诗涵 林宇轩 何欣妍 郭泽洋 "
    "马语彤 罗嘉懿 梁博文 宋雅琪 郑皓轩 谢婉清 韩子豪 唐悠然 冯天佑 于洋 董卓然 萧景行 程诺 曹语嫣 袁野 邓紫琪 傅思远 沈星遥 曾梓琳 "
    "彭博 吕小布 苏沐阳 卢一帆 蒋欣怡 蔡明轩 贾晨曦 潘登 杜若 戴安然 钟灵毓 任盈盈 范思哲 石磊 谭越 廖晨光 邹衡 熊壮壮 郝运来 孔令仪 "
    "白羽 崔健 邱实 秦岚 江小鱼 侯一凡 邵帅 段誉 尹航 黎曼 武文 龚自强 欧阳明月 上官云飞 司徒雪 诸葛青 慕容紫 阿依古丽"
).split()
WORD_NAMES = "许愿 丁当 魏来 叶知秋 余生辉 夏天 田甜 汪洋 姜山 方圆 姚望 陆离 康乐 毛不易 顾盼 孟想 龙飞 万里 雷鸣 钱多多 汤圆圆 易安 常胜 乔木 贺喜".split()
TEMPLATES = (
    "师：{0}，你来说说你的想法。", "师：请{0}回答。", "师：好，{0}。", "师：{0}同学说得很完整。", "师：谢谢{0}，请坐。",
    "师：我们听听{0}怎么说。", "{0}：我用的是转化的方法。", "生（{0}）：因为两条边相等。", "学生{0}：我不同意。",
    "师：那请{0}把过程写在黑板上。", "师：掌声送给{0}！", "师：{0}你再读一遍。",
)  # fmt: skip
TOLD = (
    "学生{0}把单位写错了，课后单独辅导。", "请{0}说一说错在哪里，他自己发现了。", "这节课{0}同学举手五次。",
    "{0}的家长来电说明了情况。", "我班{0}一直坐不住。", "生（{0}）：我觉得还可以这样算。", "{0}、{1}两位同学没有完成。",
    "未交作业的学生：{0}、{1}。",
)  # fmt: skip


def outside_sets(folder: Path) -> Iterator[tuple[str, str, list[Element]]]:
    """Yield (name, kind of file it is read as, elements) of each data set found."""
    speech = [row["text"] for row in _rows(folder / "dialogid_zh", "*.jsonl")]
    turns = [Element("turn", f"师：{text}", speaker="师") for text in map(clean, speech) if text]
    problems = _texts(_rows(folder / "cmath", "dev.jsonl"), "input")
    passages = _texts(_rows(folder / "retrieval_zh" / "dev", "passages.jsonl"), "title", "text")
    yield "dialogid_zh", "课堂实录", turns
    yield "cmath", "习题", problems
    yield "cmath", "教案", problems
    yield "tal_scq5k", "习题", _texts(_rows(folder / "tal_scq5k", "*.jsonl"), "problem", "question")
    yield "cjeval", "习题", _texts(_rows(folder / "cjeval", "*.jsonl"), "ques_content", "ques_analyze")
    for kind in ("", "教研记录", "课堂实录"):
        yield "retrieval_zh", kind, passages


def measure(name: str, kind: str, elements: list[Element], *, each: bool) -> dict[str, Any]:
    """Return the masks set in a data set; with `each` every element is a file of its own, so no name carries over."""
    files = [[element] for element in elements] if each else [elements]
    masks: Counter[str] = Counter()
    values: list[str] = []
    started = time.perf_counter()
    for file in files:
        for item in find_private(file, Metadata(kind=kind)):
            masks[item.kind] += 1
            text = file[item.element].text
            around = text[max(0, item.span.start - 10) : item.span.end + 10]
            values.append(f"{item.kind} {item.value} … {around}")
    characters = sum(len(element.text) for element in elements)
    return {
        "set": name,
        "kind": kind,
        "characters": characters,
        "masks": dict(masks),
        "per_10000_characters": round(PER * masks.total() / max(1, characters), 3),
        "seconds": round(time.perf_counter() - started, 2),
        "values": values,
    }


def own_recall(set_name: str, names: list[str]) -> dict[str, Any]:
    """Return how many names are found in our own sentences, each sentence alone in its file."""
    missed: list[str] = []
    asked = 0
    for templates, kind in ((TEMPLATES, "课堂实录"), (TOLD, "教研记录")):
        for template in templates:
            for index, name in enumerate(names):
                other = names[(index + 7) % len(names)]
                text = template.format(name, other)
                speaker = text.partition("：")[0] if kind == "课堂实录" else None
                element = Element("turn" if speaker else "text", text, speaker=speaker)
                found = {item.value for item in find_private([element], Metadata(kind=kind)) if item.kind == "pupil"}
                wanted = {name, other} if "{1}" in template else {name}
                asked += len(wanted)
                missed += [f"{text} → {name}" for name in sorted(wanted - found)]
    return {"set": set_name, "names": asked, "recall": round(1 - len(missed) / asked, 4), "values": missed}


def main() -> int:
    """Print one row for each data set, and the recall on our own sentences."""
    parser = argparse.ArgumentParser(
        description="Masks per 10,000 characters of outside text; recall on own sentences."
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--show", action="store_true", help="print every mask, and every name missed")
    options = parser.parse_args()
    folder = load_settings().eval_data
    rows = [
        measure(name, kind, elements, each=name != "dialogid_zh")
        for name, kind, elements in outside_sets(folder)
        if elements
    ]
    if not rows:
        sys.stderr.write(f"no outside data at {folder}: only the project's own sentences are measured\n")
    rows += [own_recall("own sentences", NAMES), own_recall("own sentences, names that are words", WORD_NAMES)]
    for row in rows:
        if not options.show:
            del row["values"]
        line = "  ".join(f"{name}={value}" for name, value in row.items())
        sys.stdout.write((json.dumps(row, ensure_ascii=False) if options.json else line) + "\n")
    return 0


def _rows(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def _texts(rows: Iterator[dict[str, Any]], *fields: str) -> list[Element]:
    texts = (clean("\n".join(str(row[field]) for field in fields if row.get(field))) for row in rows)
    return [Element("text", text) for text in texts if text]


if __name__ == "__main__":
    sys.exit(main())
