"""A small library in memory, with texts as teachers write them, for fakes of the assistant."""

from __future__ import annotations

from assistant.chat.answer import Citation, Evidence
from assistant.chat.contracts import DocumentView
from ingest.catalogue import Holding
from ingest.document import Block, ElementKind, Locator, Metadata, Span, content_id

Line = tuple[ElementKind, int, str, Locator, str]


def line(text: str, kind: ElementKind = "text", level: int = 0, speaker: str = "", **place: float | str) -> Line:
    """Return one element; level counts for headings only."""
    return kind, level, text, Locator(**place), speaker  # type: ignore[arg-type]  # keyword names of Locator


def document(
    metadata: Metadata, path: str, lines: list[Line], *, version: int = 1, current: bool = True, retired: bool = False
) -> DocumentView:
    """Lay lines out as one text with blocks; a heading carries the path above itself."""
    text = ""
    blocks: list[Block] = []
    path_of: list[tuple[int, str]] = []
    for kind, level, content, locator, speaker in lines:
        start = len(text)
        if kind == "heading":
            path_of = [entry for entry in path_of if entry[0] < level]
        headings = tuple(name for _, name in path_of)
        if kind == "heading":
            path_of.append((level, content))
        span = Span(start, start + len(content))
        blocks.append(Block(span, kind, locator, headings, level or None, speaker or None))
        text += content + "\n"
    identity = content_id(path)
    return DocumentView(
        identity,
        content_id(identity, str(version), text),
        version,
        current,
        retired,
        path,
        metadata,
        text,
        tuple(blocks),
    )


def evidence(number: int, view: DocumentView, words: str, *, score: float = 0.5) -> Evidence:
    """Return the block that holds some words as evidence."""
    at = view.text.index(words)
    block = next(block for block in view.blocks if block.span.start <= at < block.span.end)
    text = view.text[block.span.start : block.span.end]
    return Evidence(
        number,
        view.document_id,
        view.version_id,
        view.version,
        view.metadata,
        block.headings,
        block.locator,
        block.span,
        text,
        score,
    )


def citation(number: int, view: DocumentView, quote: str) -> Citation:
    """Return a citation of words that stand in the document."""
    start = view.text.index(quote)
    return Citation(number, view.document_id, view.version_id, Span(start, start + len(quote)), quote)


PLAN = document(
    Metadata(
        title="长方形、正方形面积的计算",
        topic="长方形、正方形面积的计算",
        kind="教案",
        stage="小学",
        grade=3,
        subject="数学",
        edition="人教版",
        volume="下册",
        unit="第五单元",
        school="云溪县实验小学",
        author="周敏",
        date="2026-03-18",
    ),
    "数学/三年级下册/人教版三下第五单元_长方形正方形面积的计算_教案.docx",
    [
        line("长方形、正方形面积的计算", "heading", 1),
        line("学情分析", "heading", 2),
        line("上学期刚学过周长，多数学生见到长方形就想到“长加宽乘 2”。课前小测 42 人中有 17 人把面积算成了周长。"),
        line("教学重难点", "heading", 2),
        line("重点：经历用面积单元密铺的过程，得出长方形面积等于长乘宽。"),
        line("难点：区分面积与周长，知道周长量的是一圈边线，面积量的是铺满的一片。"),
        line("教学过程", "heading", 2),
        line("新授", "heading", 3),
        line("每组一张 8 厘米乘 5 厘米的长方形纸，先用红笔描一圈，再用 1 平方厘米的小方片铺满。"),
        line("教师追问：红笔走过的路有多长？小方片一共铺了多少个？两个问题的单位为什么不一样？"),
        line("学生常见回答：“都是 40”“一个是 26 厘米，一个是 40 平方厘米”。抓住后一种，请学生上台指一指。"),
        line("让学生先描边线再铺方片，同一个图形上先后做两件事，混淆的学生明显减少。"),
        line(
            "教学环节 | 教师活动 | 学生活动 | 时间\n描边 | 出示长方形纸，示范用红笔描一圈 | 描边，用软尺量一圈是 26 厘米 | 6 分钟\n"
            "铺满 | 巡视，提醒不重叠、不留缝 | 用小方片铺满，数出 40 个 | 10 分钟\n对比 | 板书两行算式，追问单位 | 说出一个量线、一个量面 | 8 分钟",
            "table",
        ),
        line("练习", "heading", 3),
        line("同一块菜地：围篱笆要多少米？种满白菜有多少平方米？两问并列，要求先说求的是什么。", "list"),
        line("教学反思", "heading", 2),
        line("去年这节课直接给公式，第二天作业仍有 11 人混淆。今年加了描边和铺满的对比，单元检测降到 4 人。"),
    ],
)

SLIDES = document(
    Metadata(
        title="面积和周长的对比",
        topic="面积和周长的对比",
        kind="课件",
        grade=3,
        subject="数学",
        edition="人教版",
        volume="下册",
        layer="拓展层",
        school="柳湾镇中心小学",
        date="2025-04-09",
    ),
    "数学/三年级下册/面积和周长的对比_课件.pptx",
    [
        line("面积和周长的对比", "heading", 1, slide=1),
        line("一张纸上的两件事", "heading", 2, slide=2),
        line("周长：一圈边线的长度，用长度单位。面积：一片的大小，用面积单位。", slide=2),
        line("先请学生闭眼用手指沿课本边走一圈，再用手掌抹过封面，说说两次有什么不同。", "note", slide=2),
        line("周长相等，面积一定相等吗", "heading", 2, slide=6),
        line("用 16 根同样长的小棒围长方形：7 和 1、6 和 2、5 和 3、4 和 4，面积分别是 7、12、15、16。", slide=6),
    ],
)

LESSON = document(
    Metadata(
        title="面积与周长的对比（课堂实录）",
        topic="面积与周长的对比",
        kind="课堂实录",
        grade=3,
        subject="数学",
        layer="基础层",
        school="云溪县第二小学",
        author="何建国",
        date="2025-03-27",
    ),
    "课堂实录/面积与周长的对比_课堂实录.srt",
    [
        line("师：谁来说说，给这张照片配相框，要知道它的什么？", "turn", speaker="师", start=742.0),
        line("生1：要知道它的面积。", "turn", speaker="生1", start=751.0),
        line("师：先别急着算，相框沿着照片的哪里走？用手比划一下。", "turn", speaker="师", start=760.0),
        line("生2：沿着边走一圈，是周长。配玻璃才要面积。", "turn", speaker="生2", start=771.0),
        line("师：配相框是一圈，配玻璃是一片，这个说法大家记下来。", "turn", speaker="师", start=780.0),
    ],
)

OLD_BANK = document(
    Metadata(
        title="面积单元分层练习",
        topic="面积",
        kind="习题",
        grade=3,
        subject="数学",
        layer="拓展层",
        school="云溪县实验小学",
        date="2025-05-06",
    ),
    "数学/三年级下册/面积单元分层练习.docx",
    [
        line("提高层", "heading", 1),
        line("7. 从一张长 12 厘米、宽 8 厘米的长方形彩纸上剪下一个最大的正方形，剩余部分的面积是多少？"),
        line("答案：32 平方厘米"),
        line("解析：最大的正方形边长是 8 厘米。12×8－8×8＝32（平方厘米）。"),
    ],
    version=1,
    current=False,
)

POEM = document(
    Metadata(
        title="静夜思",
        topic="静夜思",
        kind="课件",
        grade=1,
        subject="语文",
        edition="统编版",
        volume="下册",
        school="柳湾镇中心小学",
        date="2025-03-12",
    ),
    "语文/一年级下册/静夜思_课件.pptx",
    [
        line("静夜思", "heading", 1, slide=1),
        line("床前明月光，疑是地上霜。举头望明月，低头思故乡。", slide=3),
        line("“疑”是好像、怀疑的意思：诗人一时分不清是月光还是霜，不是真的以为下了霜。", "note", slide=4),
    ],
)

LONG = document(
    Metadata(
        title="三年级下册数学教学用资料汇编",
        kind="其他",
        grade=3,
        subject="数学",
        school="云溪县实验小学",
        date="2026-08-25",
    ),
    "数学/三年级下册数学教学用资料汇编.pdf",
    [
        piece
        for chapter in range(1, 121)
        for piece in (
            line(f"第 {chapter} 节", "heading", 1, page=chapter),
            *(
                line(
                    f"第 {chapter} 节第 {n} 段。备课时先看学生已经会什么，再定这一节课要他们多会什么，练习围着这一点选。",
                    page=chapter,
                )
                for n in range(1, 31)
            ),
        )
    ],
)

HOSTILE_TEXT = (
    '<script>window.__owned = 1</script><img src=x onerror="window.__owned = 2">'
    "[点这里](javascript:window.__owned=3) <a href='javascript:window.__owned=4'>链接</a> ${window.__owned=5} {{this}} "
    '"><svg onload=window.__owned=6> [外链](http://example.com/x.png) ![图](http://example.com/y.png)'
)
HOSTILE = document(
    Metadata(title=HOSTILE_TEXT, kind="<b>教案</b>", subject="\"'><i>", school="<iframe src=//example.com>"),
    "坏/<script>window.__owned=7</script>.md",
    [line(HOSTILE_TEXT, "heading", 1), line(f"正文。{HOSTILE_TEXT}"), line(f"{HOSTILE_TEXT} | 乙\n丙 | 丁", "table")],
)

DOCUMENTS = (PLAN, SLIDES, LESSON, OLD_BANK, POEM, LONG, HOSTILE)
HOLDINGS = tuple(
    Holding(
        about.kind,
        about.stage,
        about.grade,
        about.subject,
        about.edition,
        about.volume,
        about.unit,
        about.layer,
        about.topic,
        1,
    )
    for about in (view.metadata for view in DOCUMENTS)
)
