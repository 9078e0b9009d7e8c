"""How often the subject of exercise sheets nobody on the project wrote is read from their words alone.

    python -m eval.subjects --json [--items 10]

The items of `cjeval` are put together, so many of one subject to a sheet, as a text file without a telling name, whose
head says only the stage (初中). A sheet is *right*, *unknown* or *wrong*. `cjeval` counts an edition's joint 科学 as a
subject of its own; a sheet of it holds, for instance, only chemistry, and says nowhere that it is not chemistry's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.classify import classify
from ingest.document import Element
from ingest.labels import SUBJECT_NAMES
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STAGE = "初中"


def sheets(path: Path, items: int) -> Iterator[tuple[str, list[Element]]]:
    """Yield (subject, elements) for every full sheet of so many items, in the order of the file."""
    by_subject: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = "\n".join(str(row[part]) for part in ("ques_content", "ques_answer", "ques_analyze"))
        by_subject[row["subject"].removeprefix(STAGE)].append(text)
    for subject, texts in by_subject.items():
        for start in range(0, len(texts) - items + 1, items):
            head = Element("heading", f"{STAGE}练习", level=1)
            numbered = (f"{number}. {text}" for number, text in enumerate(texts[start : start + items], start=1))
            yield SUBJECT_NAMES[subject], [head, *(Element("text", text) for text in numbered)]


def tally(subject: str, found: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Return the row of one subject from pairs of (what it is, what was read)."""
    right = sum(read == name for name, read in found)
    unknown = sum(not read for _, read in found)
    wrong = Counter(read for name, read in found if read and read != name)
    return {"subject": subject, "sheets": len(found), "right": right, "unknown": unknown, "wrong": dict(wrong)}


def main() -> int:
    """Print a row for each subject, with what its wrong sheets were taken for, then one over all."""
    parser = argparse.ArgumentParser(description="Subjects of outside exercise sheets, read from their words.")
    parser.add_argument("--json", action="store_true", help="print JSON, a row a line")
    parser.add_argument("--items", type=int, default=10, help="items on a sheet")
    options = parser.parse_args()
    path = load_settings().eval_data / "cjeval" / "valid.jsonl"
    if not path.is_file():
        sys.stderr.write(f"no outside data at {path}\n")
        return 1
    found = [
        (subject, classify(Path("001.txt"), elements, None)[0].subject)
        for subject, elements in sheets(path, max(1, options.items))
    ]
    for subject in (*dict.fromkeys(subject for subject, _ in found), "all"):
        row = tally(subject, [pair for pair in found if subject in {pair[0], "all"}])
        line = "{subject}: {sheets} sheets, {right} right, {unknown} unknown, wrong {wrong}".format(**row)
        sys.stdout.write((json.dumps(row, ensure_ascii=False) if options.json else line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
