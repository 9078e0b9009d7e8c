"""The sample library, read once for all its tests, with the project's own readers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.partition import partition
from ingest.settings import IngestSettings

if TYPE_CHECKING:
    from ingest.document import Element

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@pytest.fixture(scope="session")
def rows() -> list[dict[str, str]]:
    """The rows of the manifest, by column name."""
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture(scope="session")
def read(rows: list[dict[str, str]]) -> dict[str, tuple[Element, ...]]:
    """The elements of every resource, by its name in the manifest."""
    limits = IngestSettings()
    return {row["文件"]: partition(CORPUS / row["文件"], limits) for row in rows}
