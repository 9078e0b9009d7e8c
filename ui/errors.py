"""Errors of the page.

PageError (a ZhujiaoError)  PG-xx  the page cannot be served
"""

from __future__ import annotations

from ingest.errors import ZhujiaoError


class PageError(ZhujiaoError):
    """Say why the page cannot be opened."""
