"""How much of what the sample library's manifest states is read from the files alone, the manifest hidden.

    python -m eval.metadata --json [--hide names]

Every file goes through the stages that take files in: discover, partition, classify, with no manifest row. Each field
the manifest states is then compared. With `--hide names` the files are copied into one flat folder as 001.docx,
002.pptx …, so that only their content can tell.

A reading is *right* when it is the manifest's value, spaces, punctuation, brackets, case and width aside. Beyond that:
a number of periods may lack its total (第1课时 for 第1课时（共2课时）), and 1课时 is 第1课时, because a plan for one period is
for its first; a topic may lack what the manifest adds in brackets. A reading that says less than the manifest and
nothing else, the month of a date or a part of a topic, is *partly*: it counts neither as right nor as wrong. An empty one is
*unknown*, any other *wrong*. What is read where the manifest is silent is *claimed*, and shown.

Licence and note are left out: no file says them, they are the curator's. Consent and scope count, though most files do
not say them either.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest.classify import classify
from ingest.classify.manifest import FIELD_COLUMNS, MANIFEST, row_metadata
from ingest.classify.reading import fold
from ingest.discover import discover
from ingest.document import Source
from ingest.environment import prepare_environment
from ingest.partition import partition
from ingest.settings import IngestSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.document import Element

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
COMPARED = tuple(field for field in FIELD_COLUMNS if field not in {"licence", "note"})
FEWEST_OF_TOPIC = 2
Verdict = Literal["right", "partly", "unknown", "wrong", "claimed"]
VERDICTS: tuple[Verdict, ...] = ("right", "partly", "unknown", "wrong", "claimed")
_BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
# Contents read so far, by digest and suffix: both modes read the same bytes.
Contents = dict[tuple[str, str], tuple["Element", ...]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of one file: what the manifest states, what was read, and where."""

    file: str
    field: str
    stated: str
    read: str
    verdict: Verdict
    origin: str = ""
    words: str = ""


def compare(corpus: Path, settings: IngestSettings, *, hide_names: bool, contents: Contents) -> list[Comparison]:
    """Return a comparison for every field that the manifest states or a reading claims, for every file it lists.

    Raises:
        SourceError: when a file of the library cannot be read.

    """
    with (corpus / MANIFEST).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found: list[Comparison] = []
    with tempfile.TemporaryDirectory() as folder:
        for row, path in zip(rows, _places(rows, corpus, Path(folder) if hide_names else None), strict=True):
            found += _compare_file(row, path, settings, contents)
    return found


def summary(comparisons: Sequence[Comparison]) -> list[dict[str, str | int | float]]:
    """Return a row for each field, then one over all: how many are stated, and how they were read."""
    rows = []
    for field in (*COMPARED, "all"):
        counts = Counter(one.verdict for one in comparisons if field in {one.field, "all"})
        stated = counts.total() - counts["claimed"]
        row: dict[str, str | int | float] = {"field": field, "stated": stated}
        row |= {name: counts[name] for name in VERDICTS}
        row |= {f"{name}_share": round(counts[name] / max(1, stated), 4) for name in ("right", "wrong")}
        rows.append(row)
    return rows


def verdict(field: str, stated: str, read: str) -> Verdict:
    """Judge a reading by the rules in the module's docstring."""
    if not stated or not read:
        return "claimed" if read else "unknown"
    if not _spellings(field, stated, lacking=True).isdisjoint(_spellings(field, read, lacking=False)):
        return "right"
    says_less = (field == "date" and stated.startswith(read)) or (
        field == "topic" and len(fold(read)) >= FEWEST_OF_TOPIC and fold(read) in fold(stated)
    )
    return "partly" if says_less else "wrong"


def _spellings(field: str, value: str, *, lacking: bool) -> set[str]:
    """Return the spellings that count as a value; `lacking` those too that leave out what it has in brackets."""
    plain = _BRACKETED.sub("", value)
    if field == "periods":
        return {fold(re.sub("^1课时$", "第1课时", plain))}
    return {fold(value), fold(plain)} if field == "topic" and lacking else {fold(value)}


def _places(rows: Iterable[dict[str, str]], corpus: Path, flat: Path | None) -> Iterator[Path]:
    """Yield where each file lies: in the library, or copied under a number."""
    for number, row in enumerate(rows, start=1):
        path = corpus / row["文件"]
        yield path if flat is None else Path(shutil.copyfile(path, flat / f"{number:03d}{path.suffix}"))


def _compare_file(
    row: dict[str, str], path: Path, settings: IngestSettings, contents: Contents
) -> Iterator[Comparison]:
    (source,) = discover([path], settings)
    if not isinstance(source, Source):
        message = f"{path}: {source.message}"
        raise TypeError(message)
    key = (source.sha256, path.suffix)
    if key not in contents:
        contents[key] = partition(source.file, settings)
    read, origins = classify(path, contents[key], None)
    stated = row_metadata(row)
    for field in COMPARED:
        said, found = (str(getattr(metadata, field) or "") for metadata in (stated, read))
        if said or found:
            origin = origins.get(field)
            place = (origin.kind, origin.words) if origin else ()
            yield Comparison(row["文件"], field, said, found, verdict(field, said, found), *place)


def main() -> int:
    """Print the counts of each field, and a row for each reading that is wrong or claimed."""
    parser = argparse.ArgumentParser(description="What of the manifest is read from the files alone.")
    parser.add_argument("--json", action="store_true", help="print JSON, a row a line")
    parser.add_argument("--hide", choices=["names"], help="names: anonymous names in one flat folder, content only")
    options = parser.parse_args()
    prepare_environment()
    found = compare(CORPUS, IngestSettings(), hide_names=options.hide == "names", contents={})
    for row in summary(found):
        line = "{field:8} {stated:4} stated: {right} right, {partly} partly, {unknown} unknown, {wrong} wrong; {claimed} claimed".format(
            **row
        )
        sys.stdout.write((json.dumps(row, ensure_ascii=False) if options.json else line) + "\n")
    for one in found:
        if one.verdict in {"wrong", "claimed"}:
            line = (
                f"{one.verdict}: {one.field} {one.read!r} for {one.stated!r} ({one.origin}: {one.words}) in {one.file}"
            )
            sys.stdout.write((json.dumps(asdict(one), ensure_ascii=False) if options.json else line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
