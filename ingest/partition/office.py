"""Word files: write out what readers drop (see `explicit`), then let unstructured read headings, lists and tables."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from ingest.partition.explicit import make_explicit
from ingest.partition.failures import failure
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
    return promote(mark_turns(partition_word(_explicit_package(path))))


def _explicit_package(path: Path) -> bytes:
    from docx import Document  # noqa: PLC0415  (with lxml 0.3 s)
    from docx.opc.exceptions import OpcError  # noqa: PLC0415
    from lxml.etree import XMLSyntaxError  # noqa: PLC0415

    try:
        document = Document(str(path))
        make_explicit(document)
        slim = BytesIO()
        document.save(slim)
    except (OpcError, XMLSyntaxError, zipfile.BadZipFile, KeyError, ValueError, AttributeError, OSError, EOFError) as error:
        # python-docx answers a damaged package with any of these, depending on the part it misses.
        raise failure("IN-08") from error
    return slim.getvalue()
