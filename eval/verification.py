"""How well the check of answers tells true claims from changed ones, on passages nobody on the project wrote.

    python -m eval.verification --data FOLDER --json [--limit N]

Claims are made by rule (`eval/changed_claims.py`) from `retrieval_zh` passages and `cjeval` analyses: true ones by harmless
changes, false ones with one number, unit, negation, quantifier, name or order changed. Each is checked against its passage, at
most 400 characters of whole sentences around it, and two to four others; one claim in four cites a wrong passage. A changed claim is right
when it is not `supported`, a true one when it is. Passages are split by a hash of their id: the rules were developed on half a;
half b was only counted. Half b's items were not looked at.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat.answer import Evidence
from assistant.chat.verify import check
from assistant.scorecard import Figure
from eval.changed_claims import FALSE, TRUE, Place, says_otherwise
from ingest.document import Locator, Metadata, Span
from ingest.sentences import sentence_spans
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LIMIT = 3100
# Too few claims of a kind make its share a matter of chance.
LEAST_OF_A_KIND = 20
PASSAGE_CHARACTERS = 400
SENTENCE_CHARACTERS = range(14, 91)
# One analysis in so many is taken, so that the encyclopaedia's are more.
_ANALYSES = 3


@dataclass(frozen=True, slots=True)
class Passage:
    """An outside passage; `marked` are short answers to questions about it."""

    id: str
    title: str
    text: str
    marked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, whether it was changed, and the evidence it is checked against."""

    kind: str
    changed: bool
    half: str
    claim: str
    source: str
    cited: int
    evidence: tuple[Evidence, ...]


def run(data: Path, limit: int = 0) -> dict[str, Any]:
    """Check so many claims made from a data folder, `LIMIT` without a number.

    Returns `summary`, `kinds` (a row each for half a, b and both) and `cases`; `skipped` says that there were no passages.
    """
    passages = read_passages(data)
    rows = [_row(case) for case in make_cases(passages, limit or LIMIT)]
    kinds = [_tally(kind, half, rows) for kind in (*TRUE, *FALSE) for half in ("a", "b", "ab")]
    summary = [_tally(kind, half, rows) for kind in ("true", "changed") for half in ("a", "b", "ab")]
    skipped = "" if rows else f"没有评测数据：{data}"
    return {"summary": summary, "kinds": [row for row in kinds if row["claims"]], "cases": rows, "skipped": skipped}


def figures(result: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return what goes on the scorecard: changed and true claims rejected, and the kind of change seen through least."""
    rows = {(row["kind"], row["half"]): row for row in (*result["summary"], *result["kinds"])}
    found = []
    for kind, label, aim in (
        ("changed", "改错了一处的句子，被识破的", 0.97),
        ("true", "对的句子，被误当成没有依据的", 0.05),
    ):
        for half, which in (("ab", ""), ("b", "（只算制定规则时没用过的一半）")):
            row = rows[kind, half]
            if row["claims"]:
                found.append(
                    Figure(
                        name=f"{kind}.{half}",
                        label=label + which,
                        value=row["rejected"],
                        unit="share",
                        cases=row["claims"],
                        aim=aim,
                        better="higher" if kind == "changed" else "lower",
                    )
                )
    kinds = [row for row in result["kinds"] if row["kind"] in FALSE and row["half"] == "ab"]
    enough = [row for row in kinds if row["claims"] >= LEAST_OF_A_KIND]
    if enough:
        least = min(enough, key=lambda row: row["rejected"])
        found.append(
            Figure(
                name="changed.least",
                label="最难识破的一种错，被识破的",
                value=least["rejected"],
                unit="share",
                cases=least["claims"],
                tolerance=0.03,
            )
        )
    return tuple(found)


def read_passages(data: Path) -> list[Passage]:
    """Return the passages of the sets found, in the order of their hashes."""
    marked: dict[str, set[str]] = defaultdict(set)
    for row in _lines(data, "retrieval_zh/*/questions*.jsonl"):
        marked[row["pid"]] |= {answer for answer in row["answers"] if 2 <= len(answer) <= 8 and _is_name(answer)}
    found = {
        row["pid"]: Passage(row["pid"], row["title"], row["text"], tuple(sorted(marked[row["pid"]])))
        for row in _lines(data, "retrieval_zh/*/passages*.jsonl")
    }
    for row in _lines(data, "cjeval/*.jsonl"):
        if _hash(row["id"], "taken") % _ANALYSES == 0:
            found[row["id"]] = Passage(row["id"], row["subject"], str(row["ques_analyze"]), ())
    return sorted(found.values(), key=lambda passage: _hash(passage.id, "order"))


def make_cases(passages: Sequence[Passage], limit: int) -> Iterator[Case]:
    """Yield at most `limit` cases, as many of each kind as there are places for, at most one of a kind to a passage."""
    makers = {**TRUE, **FALSE}
    quota = -(-limit // len(makers))
    titles = [passage.title for passage in passages if 2 <= len(passage.title) <= 8 and _is_name(passage.title)]
    made = 0
    for kind, maker in makers.items():
        count = 0
        for passage in passages:
            if count == quota or made == limit:
                break
            choice = _hash(passage.id, kind)
            for place in _places(passage, titles, choice):
                claim = maker(place, choice)
                if claim and (kind in TRUE or says_otherwise(claim, place)):
                    yield _case(kind, claim, place, passage, passages)
                    count, made = count + 1, made + 1
                    break


def _places(passage: Passage, titles: Sequence[str], choice: int) -> Iterator[Place]:
    """Yield the sentences of a passage that a claim can be made of, beginning at one chosen by hash."""
    text = passage.text
    spans = sentence_spans(text, at_semicolons=False)
    elsewhere = tuple(titles[(choice + step) % len(titles)] for step in range(3)) if titles else ()
    for step in range(len(spans)):
        at = (choice + step) % len(spans)
        sentence = text[spans[at].start : spans[at].end]
        if len(sentence) not in SENTENCE_CHARACTERS or not sentence.endswith("。"):
            continue
        following = text[spans[at + 1].start : spans[at + 1].end] if at + 1 < len(spans) else ""
        following = following if len(following) in SENTENCE_CHARACTERS else ""
        around = text[slice(*_window(text, spans, at))]
        yield Place(
            sentence, following if following in around else "", around, passage.title, passage.marked, elsewhere
        )


def _window(text: str, spans: Sequence[Span], at: int) -> tuple[int, int]:
    """Return the bounds of whole sentences around one, at most `PASSAGE_CHARACTERS` long."""
    first = last = at
    while True:
        if last + 1 < len(spans) and spans[last + 1].end - spans[first].start <= PASSAGE_CHARACTERS:
            last += 1
        elif first and spans[last].end - spans[first - 1].start <= PASSAGE_CHARACTERS:
            first -= 1
        else:
            return spans[first].start, min(spans[last].end, len(text))


def _case(kind: str, claim: str, place: Place, passage: Passage, passages: Sequence[Passage]) -> Case:
    choice = _hash(passage.id, kind, "evidence")
    others = [passages[(choice // 7 + step * 31) % len(passages)] for step in range(2 + choice % 3)]
    texts = [(other.title, other.text[:PASSAGE_CHARACTERS]) for other in others if other.id != passage.id]
    right = choice % (len(texts) + 1)
    texts.insert(right, (passage.title, place.passage))
    cited = right + 1 if choice % 4 else (right + 1) % len(texts) + 1
    half = "b" if _hash(passage.id, "half") % 2 else "a"
    evidence = tuple(_evidence(number, *text) for number, text in enumerate(texts, start=1))
    return Case(kind, kind in FALSE, half, claim, place.sentence, cited, evidence)


def _evidence(number: int, title: str, text: str) -> Evidence:
    metadata = Metadata(title=title)
    return Evidence(number, f"d{number}", f"v{number}", 1, metadata, (), Locator(), Span(0, len(text)), text, 1.0)


def _row(case: Case) -> dict[str, Any]:
    claim = check(case.claim, (case.cited,), case.evidence)
    right = (claim.support == "supported") != case.changed
    told = {"kind": case.kind, "changed": case.changed, "half": case.half, "claim": case.claim, "source": case.source}
    return {**told, "support": claim.support, "reason": claim.reason, "unproven": list(claim.unproven), "right": right}


def _tally(kind: str, half: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one row of figures: a kind's, or all true or all changed claims'."""
    wanted = {"true": set(TRUE), "changed": set(FALSE)}.get(kind, {kind})
    ours = [row for row in rows if row["kind"] in wanted and row["half"] in half]
    supports = Counter(row["support"] for row in ours)
    total = max(1, len(ours))
    share = {name: round(supports[name] / total, 4) for name in ("supported", "partial", "inferred", "contradicted")}
    return {"kind": kind, "half": half, "claims": len(ours), "rejected": round(1 - share["supported"], 4), **share}


def _lines(data: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(data.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def _is_name(text: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" or char == "·" for char in text)


def _hash(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:6], "big")


def main() -> int:
    """Print a row for each kind and half, then all true and all changed claims; with `--json` also a row for each case."""
    parser = argparse.ArgumentParser(description="True and changed claims told apart, on outside passages.")
    parser.add_argument("--data", type=Path, default=None, help="folder of outside data; default ZHUJIAO_EVAL_DATA")
    parser.add_argument("--json", action="store_true", help="print JSON, a row a line, cases too")
    parser.add_argument("--limit", type=int, default=LIMIT, help="claims in all")
    options = parser.parse_args()
    found = run(options.data or load_settings().eval_data, max(1, options.limit))
    if found["skipped"]:
        sys.stderr.write(found["skipped"] + "\n")
        return 1
    if not options.json:
        print_figures(found)
        return 0
    for row in (*found["cases"], *found["kinds"], *found["summary"]):
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return 0


def print_figures(found: Mapping[str, Any]) -> None:
    """Print a line a kind and half."""
    line = "{kind:20} half {half:2}: {claims:5} claims, rejected {rejected:.1%}, contradicted {contradicted:.1%}\n"
    for row in (*found["kinds"], *found["summary"]):
        sys.stdout.write(line.format(**row))


if __name__ == "__main__":
    sys.exit(main())
