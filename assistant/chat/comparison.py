"""Two things beside each other: rows are aspects, cells are sentences of the sources about one of the two. No model is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant.chat.evidence import overlap
from assistant.chat.passages import passage_of_chunk, passage_of_view, said_by, title_share
from ingest.document import Span
from ingest.lexical import content_words
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant.chat.answer import Claim, Evidence
    from assistant.chat.contracts import DocumentView
    from assistant.chat.passages import Sources
    from assistant.chat.retrieve import ScoredChunk
    from assistant.chat.shapes import Compared
    from ingest.access import Filters

CHUNKS = 16
LEAST_ROWS = 2
MOST_ROWS = 8
MOST_TOGETHER = 2
CELL = range(4, 91)
REPEATED = 0.6
SECTION = 120
LEAST_SHARE = 0.6

# What a row speaks of, for its head; the first that fits both cells counts, else the row has none.
_ASPECTS = tuple(
    (name, re.compile(words))
    for name, words in (
        ("单位", r"单位"),
        ("怎样计算", r"公式|[＝=×÷]|乘以?|除以"),
        ("是什么", r"是指|指的是|叫做|量的是|说的是|[是管].{0,8}(?:线|面|片|圈|长度|大小|多少)|一圈|一片"),
        ("怎样操作", r"手指|手掌|描|铺|摆"),
        ("学生情况", r"人会|人能|学生|错"),
    )
)
_SECTIONS = ("教学目标", "教学重点", "教学难点", "教学准备", "导入", "作业设计", "板书设计")
_HEADING = re.compile(r"^[\s（(]*(?:[一二三四五六七八九十\d]{1,3}[)）、.．\s\u3000]*)?")
# Clauses with one of these tell something of both together.
_JOINT = re.compile(r"不一定|却|反而|反过来|越|而不|变")
_TOGETHER = re.compile(r"区别|不同|不一定|一个.+一个|分清|比较|对比|混|而")
_FUNCTION = frozenset("的是了在和与")
_CLAUSE = re.compile(r"[，,；;：:。]|$")
_OPENING = re.compile(r"^(?:知道|明白|说出|区分|比如|例如|就是|所以|因为|但是|但|而|和)")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A piece of a chunk's text that speaks of one thing, or of both."""

    scored: ScoredChunk
    span: Span

    @property
    def text(self) -> str:
        return self.scored.stored.chunk.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its head where the source or the cells' words give one, and a cell for each thing where there is one."""

    heading: str
    one: _Cell | None
    other: _Cell | None


def compare(
    things: Compared, filters: Filters, sources: Sources
) -> tuple[tuple[Evidence, ...], tuple[Claim, ...]] | None:
    """Return the passages quoted and a claim for each cell that is filled, row by row; the first row has both.

    Only what a source itself sets side by side becomes a row: tables with a column for each thing, and sentences of a clause
    for each. A claim's `heading` is its row and its `group` its column; sentences that tell both in one have no group. None
    with fewer than `LEAST_ROWS`: half a table tells less than plain sentences.
    """
    if things.about:
        return _compare_editions(things, filters, sources)
    one, other = (name.strip("《》") for name in (things.one, things.other))
    found = sources.find(f"{one} {other}", CHUNKS, filters).chunks
    rows: list[_Row] = []
    for scored in found:
        for row in (*_of_tables(scored, one, other), *_of_sentences(scored, one, other)):
            if not any((row.heading and row.heading == before.heading) or _same(row, before) for before in rows):
                rows.append(row)
    rows = sorted(rows, key=lambda row: (not (row.one and row.other), not row.heading))[:MOST_ROWS]
    if len(rows) < LEAST_ROWS or not (rows[0].one and rows[0].other):
        return None
    used = _Used()
    claims: list[Claim] = []
    for row in rows:
        claims += [used.claim(cell, name, row.heading) for cell, name in ((row.one, one), (row.other, other)) if cell]
    claims += [used.claim(cell, "", "") for cell in _together(found, one, other)]
    return used.passages(), tuple(claims)


class _Used:
    """Number the chunks that cells are quoted from, in the order they are used."""

    def __init__(self) -> None:
        self._chunks: dict[str, tuple[int, ScoredChunk]] = {}

    def claim(self, cell: _Cell, group: str, heading: str) -> Claim:
        number, scored = self._chunks.setdefault(cell.scored.stored.chunk.id, (len(self._chunks) + 1, cell.scored))
        start = scored.stored.chunk.span.start
        span = Span(start + cell.span.start, start + cell.span.end)
        return said_by(_whole(scored, number), [span], " ".join(cell.text.split()), group=group, heading=heading)

    def passages(self) -> tuple[Evidence, ...]:
        return tuple(_whole(scored, number) for number, scored in self._chunks.values())


def _whole(scored: ScoredChunk, number: int) -> Evidence:
    return passage_of_chunk(scored, number, Span(0, len(scored.stored.chunk.text)))


def _same(row: _Row, before: _Row) -> bool:
    """Tell whether a row only says again what one before it says."""
    pairs = [(row.one, before.one), (row.other, before.other)]
    return all(
        one is not None and other is not None and overlap(one.text, other.text) >= REPEATED for one, other in pairs
    )


def _of_tables(scored: ScoredChunk, one: str, other: str) -> Iterator[_Row]:
    """Yield the rows of a table of the chunk that has a column for each thing."""
    columns: tuple[int, int] | None = None
    width = 0
    for cells in _lines(scored.stored.chunk.text):
        texts = [scored.stored.chunk.text[cell.start : cell.end] for cell in cells]
        head = _columns(texts, one, other)
        if head is not None and columns is None:
            columns, width = head, len(cells)
            if any(len(texts[at]) <= len(name) + 4 for at, name in zip(head, (one, other), strict=True)):
                continue
        elif columns is None:
            continue
        elif len(cells) != width:
            columns = None
            continue
        left, right = (_Cell(scored, cells[at]) if re.search(r"\w", texts[at]) else None for at in columns)
        named = texts[0] if 0 not in columns and len(texts[0]) <= 8 else _aspect(texts[columns[0]], texts[columns[1]])
        short = max(len(texts[at]) for at in columns) < CELL.stop
        if short and ((left and right) or (named and (left or right))):
            yield _Row(named, left, right)


def _columns(texts: Sequence[str], one: str, other: str) -> tuple[int, int] | None:
    ours = [at for at, text in enumerate(texts) if one in text and other not in text]
    theirs = [at for at, text in enumerate(texts) if other in text and one not in text]
    return (ours[0], theirs[0]) if len(ours) == len(theirs) == 1 else None


def _lines(text: str) -> Iterator[list[Span]]:
    """Yield the cells of each line; a line that is no row of a table has one."""
    start = 0
    for line in text.split("\n"):
        cells, position = [], 0
        for separator in [*re.finditer(r" ?\| ?", line), None]:
            end = separator.start() if separator else len(line)
            cells.append(Span(start + position, start + end))
            position = separator.end() if separator else end
        yield cells
        start += len(line) + 1


def _of_sentences(scored: ScoredChunk, one: str, other: str) -> Iterator[_Row]:
    """Yield a row for each sentence that says the one in a clause and the other in the next: 周长是一圈，面积是一片."""
    text = scored.stored.chunk.text
    for span in _statements(text):
        clauses = list(_clauses(text, span))
        for first, second in pairwise(clauses):
            said = text[first.start : first.end], text[second.start : second.end]
            turned = other in said[0]
            names = (other, one) if turned else (one, other)
            apart = all(
                name in part and against not in part
                for name, against, part in zip(names, names[::-1], said, strict=True)
            )
            if apart and _parallel(said, names) and not _JOINT.search("".join(said)):
                cells = _Cell(scored, first), _Cell(scored, second)
                left, right = cells[::-1] if turned else cells
                yield _Row(_aspect(left.text, right.text), left, right)


def _clauses(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    for match in _CLAUSE.finditer(text, span.start, span.end):
        said = text[start : match.start()]
        begin = start + len(said) - len(said.lstrip())
        begin += len(opening[0]) if (opening := _OPENING.match(said.lstrip())) else 0
        if match.start() > begin:
            yield Span(begin, match.start())
        start = match.end()


def _parallel(said: tuple[str, str], names: tuple[str, str]) -> bool:
    """Tell whether two clauses say the like of two things: words in common beside the names, lengths alike."""
    rest = [part.replace(name, " ") for part, name in zip(said, names, strict=True)]
    common = set(rest[0]) & set(rest[1]) & set(re.findall(r"\w", "".join(rest)))
    short, long = sorted(len(part.strip()) for part in rest)
    fit = all(len(part) in CELL for part in said)
    # Both stand where a clause says what it is about: in front, 《三峡》写…, or at the end, 走一圈是周长.
    fit = fit and any(
        all(where(part, name) for part, name in zip(said, names, strict=True)) for where in (_in_front, _at_end)
    )
    return fit and len(common) > 0 and (len(common - _FUNCTION) > 0 or "是" in common) and long <= 3 * short + 4


def _in_front(clause: str, name: str) -> bool:
    return clause.strip("《“ ").startswith(name)


def _at_end(clause: str, name: str) -> bool:
    return clause.strip("》” ").endswith(name)


def _together(found: Sequence[ScoredChunk], one: str, other: str) -> list[_Cell]:
    """Return the first sentences that set both things beside each other in one."""
    told: list[_Cell] = []
    for scored in found:
        text = scored.stored.chunk.text
        for span in _statements(text):
            said = text[span.start : span.end]
            if (
                one in said
                and other in said
                and len(said) in CELL
                and len(said) > 2 * CELL.start
                and _TOGETHER.search(said)
            ):
                cell = _Cell(scored, span)
                if all(overlap(said, before.text) < REPEATED for before in told):
                    told.append(cell)
    return told[:MOST_TOGETHER]


def _statements(text: str) -> Iterator[Span]:
    """Yield the sentences that state something: no headings, questions, or rows of tables."""
    for span in sentence_spans(text, at_semicolons=False):
        said = text[span.start : span.end]
        if "|" not in said and not re.search("[？?]", said) and re.search("[。；！”’）】]$", said):
            yield span


def _aspect(one: str, other: str) -> str:
    return next((name for name, words in _ASPECTS if words.search(one) and words.search(other)), "")


def _compare_editions(
    things: Compared, filters: Filters, sources: Sources
) -> tuple[tuple[Evidence, ...], tuple[Claim, ...]] | None:
    """Lay the same parts of two editions' lesson plans beside each other."""
    weights = sources.weigh([word for word in content_words(things.about) if word not in {"教案", "教学设计"}])
    asked = tuple(item for item in filters if item[0] not in {"edition", "kind"})
    one = _plan(things.about, things.one, asked, weights, sources)
    other = _plan(things.about, things.other, asked, weights, sources)
    if not weights or one is None or other is None:
        return None
    columns = [_sections(view, number, name) for number, view, name in ((1, one, things.one), (2, other, things.other))]
    rows = [
        [cells[name] for _, cells in columns if name in cells]
        for name in sorted(_SECTIONS, key=lambda name: not all(name in cells for _, cells in columns))
    ]
    if len(rows[0]) < len(columns):
        return None
    passages = tuple(passage for passage, _ in columns if passage is not None)
    return passages, tuple(claim for row in rows for claim in row)


def _sections(view: DocumentView, number: int, edition: str) -> tuple[Evidence | None, dict[str, Claim]]:
    """Return the passage that holds a plan's sections, and a cell for each."""
    spans = {name: span for name in _SECTIONS if (span := _section(view, name))}
    if not spans:
        return None, {}
    around = Span(min(span.start for span in spans.values()), max(span.end for span in spans.values()))
    passage = replace(passage_of_view(view, number, around, 1.0), headings=())
    return passage, {
        name: said_by(passage, [span], _lines_of(view.text[span.start : span.end]), group=edition, heading=name)
        for name, span in spans.items()
    }


def _lines_of(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _plan(
    about: str, edition: str, filters: Filters, weights: Mapping[str, float], sources: Sources
) -> DocumentView | None:
    """Return the lesson plan of an edition that is about something."""
    narrowed = (*filters, ("edition", edition), ("kind", "教案"))
    for scored in sources.find(about, CHUNKS, narrowed).chunks:
        if title_share(scored.stored.metadata, weights) >= LEAST_SHARE:
            return sources.view(scored.stored.chunk.version_id)
    return None


def _section(view: DocumentView, name: str) -> Span | None:
    """Return the first sentences of the section of a name, whole, at most `SECTION` characters."""
    inside = False
    first: Span | None = None
    for block in view.blocks:
        line = view.text[block.span.start : block.span.end].strip()
        if block.kind == "heading":
            if first:
                break
            inside = _HEADING.sub("", line).startswith(name) or (
                name in {"教学重点", "教学难点"} and name[2:] in line and "教学" in line
            )
        elif inside and block.kind != "table":
            for span in sentence_spans(view.text, block.span.start, block.span.end, at_semicolons=False):
                if first is not None and span.end - first.start > SECTION:
                    return _own_part(view.text, first, name)
                first = Span(first.start if first else span.start, span.end)
    return _own_part(view.text, first, name) if first else None


def _own_part(text: str, span: Span, name: str) -> Span:
    """Cut a section that tells 重点 and 难点 in one to the part of the name."""
    cut = text.find("难点", span.start, span.end)
    if name == "教学重点" and cut > span.start:
        return Span(span.start, cut - len(text[span.start : cut]) + len(text[span.start : cut].rstrip()))
    return Span(cut, span.end) if name == "教学难点" and cut > span.start else span
