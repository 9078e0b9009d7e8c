"""Errors of the library, each with a code, a sentence for teachers and what to do.

ZhujiaoError
├── SettingsError        ST-xx  a setting is unknown or unusable
└── IngestError
    ├── SourceError      IN-xx  one file cannot be taken in (the others go on)
    └── LibraryError     LB-xx  the library as a whole cannot be used
"""

from __future__ import annotations


class ZhujiaoError(Exception):
    """Carry what happened, what to do, and a code that support staff can look up.

    Args:
        code: two capital letters, a hyphen, two digits; unique to the cause.
        message: one Chinese sentence: what happened, and that nothing was lost.
        hint: one Chinese sentence: what to do next.
        retryable: whether the same call may succeed later without any change.

    """

    def __init__(self, code: str, message: str, hint: str, *, retryable: bool = False) -> None:
        super().__init__(f"{message}{hint}（代码 {code}）")
        self.code = code
        self.message = message
        self.hint = hint
        self.retryable = retryable


class SettingsError(ZhujiaoError):
    """Say which setting is unknown or has an unusable value."""


class IngestError(ZhujiaoError):
    """Group everything that can go wrong between a file and the index."""


class SourceError(IngestError):
    """Say why one file was not taken in."""


class LibraryError(IngestError):
    """Say why the library cannot be opened, read or written."""
