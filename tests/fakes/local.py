"""The real LocalAssistant over a small real library, with fake vectors and a fake model."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.chat.local import LocalAssistant
from ingest.library import Library
from ingest.pipeline import ingest
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.engine import FakeEngine
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assistant.llm.engine import Engine
    from ingest.settings import Settings

FILES = {
    "长方形面积_教案.txt": (
        "长方形的面积教案\n学生容易把面积和周长混淆，求面积时用长加宽乘2。\n"
        "先让学生用红笔描一圈边线，再用小方片铺满整个面，两件事做完再比较。\n全班42人中有17人把面积算成了周长。\n"
    ),
    "简单电路_教案.txt": "简单电路教案\n小灯泡要连成闭合回路才会亮，断开一处就熄灭。\n电池的两端不能直接用导线连起来。\n",
    "静夜思_课件.txt": "静夜思课件\n床前明月光，疑是地上霜。疑字在这里是好像的意思，诗人把月光看成了霜。\n",
}
FOUND = "学生容易把面积和周长混淆，求面积时用长加宽乘2，为什么？"
OFF_TOPIC = "量子纠缠与黑洞辐射"
DRAFT = "- 学生容易把面积和周长混淆。[1]\n- 可以请学生画一张思维导图交流感受。[1]\n"


@contextmanager
def local_assistant(
    settings: Settings,
    folder: Path,
    open_engine: Callable[[], Engine] | None = None,
    *,
    started: bool = True,
) -> Iterator[LocalAssistant]:
    """Take the small files in and open the assistant over them; it is closed at the end."""
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    library = Library(settings.library_dir, open_vectors=FakeVectorStore)
    ingest(library, FakeEmbedder("embeddinggemma-300m"), [folder], settings)
    assistant = LocalAssistant(
        settings, library, lambda: FakeEmbedder("embeddinggemma-300m"), open_engine or (lambda: FakeEngine(DRAFT))
    )
    if started:
        assistant.start()
        assistant.embedder.wait(10)
        assistant.engine.wait(10)
    try:
        yield assistant
    finally:
        assistant.close()
