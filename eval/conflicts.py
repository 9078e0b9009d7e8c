"""How well sources that say otherwise are told from sources that only look alike.

    python -m eval.conflicts [--data FOLDER] [--limit N] [--json]

Five kinds of rows, each a pair of passages (or the evidence of a question) and what was called a conflict in it:

- `changed`: an outside passage beside itself with one sentence changed so that it says otherwise (`eval/changed_claims.py`), by kind
  of change. A conflict is right.
- `true`: the same with a harmless change. A conflict is wrong.
- `article`: two different passages of one outside article, read as two documents. They go on, they do not contradict: a conflict
  is nearly always wrong; each is printed, to be read.
- `alike`: the pairs of passages of different articles that share most. They speak of two things: a conflict is wrong.
- `question`: what the library finds for each question of `eval/sample_questions.txt`. Printed, to be read. Needs a library with the
  sample library in it, and the embedding model; left out without them.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat.answer import Evidence
from assistant.chat.conflicts import conflicts
from assistant.chat.evidence import choose_evidence, term_weights
from assistant.service import open_local
from eval.verification import make_cases, read_passages
from ingest.access import OWN
from ingest.document import Locator, Metadata, Span
from ingest.lexical import bigrams
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eval.verification import Passage

QUESTIONS = Path(__file__).with_name("sample_questions.txt")
LIMIT = 1000
FOUND = 16
# Of so many passages the pairs that share most are compared.
COMPARED = 1200

Row = dict[str, Any]


def run(data: Path, limit: int = LIMIT) -> list[Row]:
    """Return a row for each pair of outside passages; raises FileNotFoundError when the folder holds none."""
    passages = read_passages(data)
    if not passages:
        raise FileNotFoundError(data)
    return [*_changed(passages, limit), *_articles(passages, limit), *_alike(passages, limit)]


def _changed(passages: Sequence[Passage], limit: int) -> Iterator[Row]:
    for case in make_cases(passages, limit):
        text = next((item.text for item in case.evidence if case.source in item.text), "")
        if text:
            told = _told((text, text.replace(case.source, case.claim, 1)))
            kind = "changed" if case.changed else "true"
            yield {"set": kind, "kind": case.kind, "one": case.source, "other": case.claim, "told": told}


def _articles(passages: Sequence[Passage], limit: int) -> Iterator[Row]:
    by_title: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        if passage.marked:
            by_title[passage.title].append(passage)
    count = 0
    for title, group in by_title.items():
        for one, other in combinations(group, 2):
            if count == limit:
                return
            count += 1
            yield {
                "set": "article",
                "kind": title,
                "one": one.id,
                "other": other.id,
                "told": _told((one.text, other.text)),
            }


def _alike(passages: Sequence[Passage], limit: int) -> Iterator[Row]:
    some = [(passage, bigrams(passage.text)) for passage in passages[:COMPARED]]
    shares = (
        (len(ours & theirs) / max(1, len(ours | theirs)), one.id, other.id, one, other)
        for (one, ours), (other, theirs) in combinations(some, 2)
        if one.title != other.title or not one.marked
    )
    for _, _, _, one, other in heapq.nlargest(limit, shares, key=lambda pair: pair[:3]):
        yield {
            "set": "alike",
            "kind": one.title,
            "one": one.id,
            "other": other.id,
            "told": _told((one.text, other.text)),
        }


def _told(texts: Sequence[str]) -> list[str]:
    evidence = [
        Evidence(at, f"d{at}", f"v{at}", 1, Metadata(), (), Locator(), Span(0, len(text)), text, 1.0)
        for at, text in enumerate(texts, start=1)
    ]
    return [claim.text for claim in conflicts(evidence)[1]]


def questions() -> Iterator[Row]:
    """Yield a row for each sample question, over the library of the settings."""
    service = open_local(load_settings())
    try:
        assistant = service.assistant
        assistant.embedder.start()
        assistant.embedder.wait()
        catalogue = assistant.library.catalogue
        for question in QUESTIONS.read_text(encoding="utf-8").split("\n"):
            if question.strip():
                found = assistant.find(question, FOUND)
                weights = term_weights(catalogue.document_frequency(found.terms), catalogue.counts(OWN)["chunks"])
                evidence = choose_evidence(found.chunks, weights, len)
                told = [claim.text for claim in conflicts(evidence, (*found.chunks, *found.repeats))[1]]
                yield {"set": "question", "kind": "", "one": question, "other": "", "told": told}
    finally:
        service.close()


def tally(rows: Sequence[Row]) -> list[Row]:
    """Return for each set, and each kind of change, how many pairs there are and the share with a conflict told."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["set"], ""].append(row)
        if row["set"] in {"changed", "true"}:
            groups[row["set"], row["kind"]].append(row)
    return [
        {
            "set": name,
            "kind": kind,
            "pairs": len(group),
            "told": sum(bool(row["told"]) for row in group),
            "share": round(sum(bool(row["told"]) for row in group) / len(group), 4),
        }
        for (name, kind), group in sorted(groups.items())
    ]


def main() -> int:
    """Print the shares, and every conflict that is told where hardly any should be."""
    parser = argparse.ArgumentParser(description="Conflicts between sources: found where made, none where none is.")
    parser.add_argument("--data", type=Path, default=None, help="folder of outside data; default ZHUJIAO_EVAL_DATA")
    parser.add_argument("--limit", type=int, default=LIMIT, help="pairs of each set")
    parser.add_argument("--json", action="store_true", help="print JSON, a row a line")
    options = parser.parse_args()
    rows: list[Row] = []
    try:
        rows = run(options.data or load_settings().eval_data, max(1, options.limit))
    except FileNotFoundError as error:
        sys.stderr.write(f"no outside data at {error}\n")
    if load_settings().library_dir.exists():
        rows += questions()
    for row in (*(rows if options.json else ()), *tally(rows)):
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n" if options.json else _line(row))
    for row in rows:
        if row["told"] and row["set"] != "changed" and not options.json:
            sys.stdout.write(f"{row['set']} {row['kind']}: {row['told'][0]}\n")
    return 0 if rows else 1


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['set']:9}{row['kind']:20} {row['pairs']:5} pairs, conflict told in {row['told']:5} ({row['share']:.1%})\n"


if __name__ == "__main__":
    sys.exit(main())
