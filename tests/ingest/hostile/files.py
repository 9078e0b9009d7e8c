"""All hostile and awkward files: `make_all(folder)` writes them and says how each may end.

`Case.expect` holds the outcomes that are right when a file is found and read with any limits: `text`, or codes of
`ingest.partition.failures.REASONS`. A folder or an archive ends in several, one for each item found in it; a run of
the whole pipeline may add its own (IN-20, IN-21, IN-25) where it asks more of a file than to be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.ingest.hostile import archives, damaged, mislabelled, office, pdfs, places, slides, texts, word, workbooks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ingest.hostile.spec import Spec

MODULES = (mislabelled, damaged, texts, office, word, slides, workbooks, pdfs, archives, places)
SPECS: tuple[Spec, ...] = tuple(one for module in MODULES for one in module.specs())


@dataclass(frozen=True)
class Case:
    """A file, a folder or a path on disk, and the outcomes that are right."""

    id: str
    path: Path
    expect: frozenset[str]
    holds: str
    slow: bool


def make_all(folder: Path, *, slow: bool = True) -> list[Case]:
    """Write the files, each into a folder of its own; what this system cannot hold is left out."""
    return [case for one in SPECS if (slow or not one.slow) and (case := make(one, folder)) is not None]


def make(one: Spec, folder: Path) -> Case | None:
    """Write one file; None when this system has no such names or kinds of file."""
    home = folder / one.id
    home.mkdir(parents=True)
    path = home / one.name
    try:
        one.build(path)
    except (OSError, AttributeError, NotImplementedError):
        return None
    return Case(one.id, path, one.expect, one.holds, one.slow)
