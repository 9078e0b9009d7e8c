"""Read whether consent to a recording is on record: only a plain statement counts, no wish, question or refusal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.classify.reading import Reading
from ingest.classify.terms import iso_date
from ingest.normalise import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.document import Element

FIRST_ELEMENTS = 30
LONGEST_LINE, LONGEST_ELEMENT = 200, 4000
SURE = 0.9
_ABOUT = re.compile(r"录[音像制]|拍摄|转写|知情|家长|监护人")
_ON_RECORD = "登记|签|征得|取得|获得|备案|存档|归档"
_GIVEN = re.compile(
    rf"同意书?[^，]{{0,12}}(?:{_ON_RECORD}|收齐|齐全)|(?:{_ON_RECORD})[^，]{{0,12}}同意|已同意|同意[：: ]\s?(?:是|有|已|20\d\d)"
)
# 「未登记同意」「同意书待补」「是否同意」「请先征得同意」「撤回同意」: none of these is a consent on record.
_DOUBT = re.compile(r"[未没无不否待尚拟缺拒撤?？□请须需应若]|如果|方可|才能|之前|以前|部分|多数|准备|打算|将")
_REFUSAL = re.compile(r"[未没无不否待尚拟缺拒撤]|^(?:[×xXnNfF✗✘]|0$)")


def consent_stated(entry: str) -> str:
    """Return a register's entry on consent; empty when the entry says that there is none."""
    entry = entry.strip()
    return "" if _REFUSAL.search(entry) else entry


def read_consent(elements: Sequence[Element]) -> Reading | None:
    """Return a statement at a document's head that consent to the recording is on record; what is said in class is none."""
    for element in elements[:FIRST_ELEMENTS]:
        if element.kind == "turn":
            continue
        for statement in _statements(clean(element.text[:LONGEST_ELEMENT])):
            if _ABOUT.search(statement) and _GIVEN.search(statement) and not _DOUBT.search(statement):
                date = iso_date(statement[statement.index("同意") :]) or iso_date(statement)
                return Reading("consent", f"{date} 已登记".strip(), "content", SURE, statement)
    return None


def _statements(text: str) -> Iterator[str]:
    """Yield the sentences that speak of consent; a table's cell with the label left of it."""
    for line in text.split("\n"):
        if "同意" not in line or len(line) > LONGEST_LINE:
            continue
        cells = line.split(" | ")
        for label, cell in zip(["", *cells], cells, strict=False):
            for sentence in re.split("[。；;]", cell):
                if "同意" in sentence:
                    yield f"{label} {sentence}".strip()
