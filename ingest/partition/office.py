"""Word files: write out what readers drop (see `explicit`), then let unstructured read headings, lists and tables."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from ingest.partition.explicit import make_explicit
from ingest.partition.failures import DAMAGE, failure
from ingest.partition.headings import promote
from ingest.partition.structured import partition_word
from ingest.partition.turns import mark_turns

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.document import Element


def read_docx(path: Path) -> list[Element]:
    """Read a Word file that `sniff` has accepted.

    Raises:
        SourceError: IN-08 when the package is damaged.

    """
    from docx import Document  # with lxml 0.3 s
    from docx.opc.exceptions import OpcError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a package that names a part twice; nobody could act on it
            document = Document(str(path))
            make_explicit(document)
            package = BytesIO()
            document.save(package)
        elements = partition_word(package.getvalue())
    except (OpcError, *DAMAGE) as error:
        raise failure("IN-08") from error
    return promote(mark_turns(elements))
