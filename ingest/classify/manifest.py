"""Read `manifest.csv`, the list in which a school registers what its files are."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING

from ingest.classify.consent import consent_stated
from ingest.classify.terms import iso_date
from ingest.document import Metadata
from ingest.errors import SourceError
from ingest.labels import GRADES, KINDS, LAYERS, SCOPES, STAGES, chinese_number, stage_of
from ingest.partition.failures import reason
from ingest.partition.text import read_text
from ingest.report import FileRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "manifest.csv"
# Field of the metadata → the column that states it.
FIELD_COLUMNS = {
    "kind": "种类", "stage": "学段", "grade": "年级", "subject": "学科", "edition": "教材版本", "volume": "册", "unit": "单元",
    "topic": "课题", "periods": "课时", "layer": "层次", "school": "学校", "author": "作者", "date": "日期", "licence": "许可",
    "note": "说明", "consent": "同意", "scope": "范围",
}  # fmt: skip
COLUMNS = ("文件", *FIELD_COLUMNS.values())
MOST_CHARACTERS = 5_000_000
MOST_FOLDERS_UP = 12
LONGEST_VALUE = 300


class Manifests:
    """Find files in the manifests above them; each manifest is read once, so make one of these for each run.

    A manifest that cannot be used is set aside: its files are taken in by the rules for names, and `problems` holds a
    row that says so.
    """

    def __init__(self, top: Path | None = None) -> None:
        """`top` is the highest folder whose manifest counts; without it twelve folders up are tried."""
        self._top = None if top is None else top.absolute()
        self._read: dict[Path, dict[str, dict[str, str]]] = {}
        self._problems: list[FileRow] = []

    @property
    def problems(self) -> tuple[FileRow, ...]:
        """Return a row for every manifest that was set aside so far."""
        return tuple(self._problems)

    def row_for(self, path: Path) -> Mapping[str, str] | None:
        """Return the row of the nearest manifest that lists the file, by column name; None when none does."""
        path = path.absolute()
        for folder in list(path.parents)[:MOST_FOLDERS_UP]:
            rows = self._rows(folder)
            row = rows.get(_key(path.relative_to(folder).as_posix())) if rows else None
            if row is not None:
                return row
            if folder == self._top:
                break
        return None

    def _rows(self, folder: Path) -> dict[str, dict[str, str]]:
        if folder not in self._read:
            self._read[folder] = {}
            path = folder / MANIFEST
            if path.is_file():
                try:
                    self._read[folder] = _parse(read_text(path, MOST_CHARACTERS))
                except (SourceError, csv.Error, ValueError, OSError) as error:
                    message, hint = reason("IN-15", name=str(path), detail=_why(error))
                    self._problems.append(FileRow(str(path), "failed", code="IN-15", message=message, hint=hint))
        return self._read[folder]


def row_metadata(row: Mapping[str, str]) -> Metadata:
    """Turn a manifest's row into metadata; a value that does not fit its column counts as not filled in."""
    grade = chinese_number(row.get("年级", "").removesuffix("年级"))
    grade = grade if grade in GRADES else None
    stage = row.get("学段", "")
    return Metadata(
        kind=row.get("种类", "") if row.get("种类") in KINDS else "",
        stage=stage if stage in STAGES else stage_of(grade),
        grade=grade,
        subject=row.get("学科", ""),
        edition=row.get("教材版本", ""),
        volume=row.get("册", "") if row.get("册") in {"上册", "下册", "全一册"} else "",
        unit=row.get("单元", ""),
        topic=row.get("课题", ""),
        periods=row.get("课时", ""),
        layer=row.get("层次", "") if row.get("层次") in LAYERS else "",
        school=row.get("学校", ""),
        author=row.get("作者", ""),
        date=iso_date(row.get("日期", "")),
        licence=row.get("许可", ""),
        note=row.get("说明", ""),
        consent=consent_stated(row.get("同意", "")),
        scope=SCOPES.get(row.get("范围", ""), ""),
    )


def _parse(text: str) -> dict[str, dict[str, str]]:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    header = [name.strip() for name in next(reader, [])]
    if "文件" not in header:
        message = "第一行里没有「文件」这一列"
        raise ValueError(message)
    rows: dict[str, dict[str, str]] = {}
    for values in reader:
        row = {
            name: " ".join(value.split())[:LONGEST_VALUE]
            for name, value in zip(header, values, strict=False)
            if name in COLUMNS
        }
        if row.get("文件"):
            rows.setdefault(_key(row["文件"]), row)
    return rows


def _key(name: str) -> str:
    """Make names comparable that were typed on Windows or stored by macOS."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).removeprefix("./").casefold()


def _why(error: Exception) -> str:
    if isinstance(error, SourceError):
        return error.message.rstrip("。")
    return "引号或分隔符不成对" if isinstance(error, csv.Error) else str(error)
