"""What one hostile or awkward file is: how to make it, and how reading it may end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = "text"  # the outcome of a file whose text was read; every other outcome is a code of failures.REASONS


@dataclass(frozen=True)
class Spec:
    """A file to make: `id` names its folder and its test, `name` the file, `expect` the outcomes that are right.

    An archive or a folder has one outcome for each item found in it. `holds` are words of its innermost part: where
    text is read, they must be in it. `slow` files are large.
    """

    id: str
    name: str
    expect: frozenset[str]
    build: Callable[[Path], object]
    holds: str = ""
    slow: bool = False


def spec(
    id: str,  # noqa: A002
    name: str,
    expect: str,
    build: bytes | str | Callable[[Path], object],
    *,
    holds: str = "",
    slow: bool = False,
) -> Spec:
    """Make a spec; `expect` lists outcomes with spaces between, `build` may be the content itself."""
    content = build.encode() if isinstance(build, str) else build
    write = (lambda path: path.write_bytes(content)) if isinstance(content, bytes) else content
    return Spec(id, name, frozenset(expect.split()), write, holds, slow)


def made(*makers: Callable[[], bytes]) -> Callable[[Path], object]:
    """Put off making large contents until the file is written."""
    return lambda path: path.write_bytes(b"".join(make() for make in makers))
