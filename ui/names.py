"""How fields, scopes, origins, masks, states and durations are said; for the page and for the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ui.words import Words

MINUTE = 60
KILOBYTE, MEGABYTE = 1 << 10, 1 << 20


def named(prefix: str, key: str, words: Words) -> str:
    """Return the words of `prefix.key`; a key that has none is said as it is."""
    return words.table.get(f"{prefix}.{key}", key)


def all_named(prefix: str, words: Words) -> dict[str, str]:
    """Return the words of every key of `prefix`, by key."""
    start = f"{prefix}."
    return {key.removeprefix(start): said for key, said in words.table.items() if key.startswith(start)}


def fields_line(names: Iterable[str], words: Words) -> str:
    """Name fields: 年级、学科."""
    return words.joined([named("field", name, words) for name in names])


def masked_line(masked: Mapping[str, int], words: Words) -> str:
    """Say what was masked: 学生姓名 31 处、电话 2 处; empty when nothing was."""
    return words.joined(
        [words("mask.count", kind=named("mask", kind, words), count=count) for kind, count in masked.items() if count]
    )


def about(seconds: float, words: Words) -> str:
    """Say a time that is only estimated: 约 45 秒, 约 3 分钟, 约 1 小时 20 分钟."""
    if seconds < 57.5:  # the next step of five is a minute
        return words("time.seconds", count=max(5, round(seconds / 5) * 5))
    if seconds < 59.5 * MINUTE:
        return words("time.minutes", count=max(1, round(seconds / MINUTE)))
    tens = round(seconds / (10 * MINUTE))
    hours, rest = divmod(tens, 6)
    if not rest:
        return words("time.hours", hours=hours)
    return words("time.hours.minutes", hours=hours, minutes=rest * 10)


def taken(seconds: float, words: Words) -> str:
    """Say a time that was measured: 不到 1 秒, 8.4 秒, 42 秒, 3 分 5 秒."""
    if seconds < 1:
        return words("report.took.moment")
    if seconds < 10:
        return words("report.took.seconds", count=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), MINUTE)
    if not minutes:
        return words("report.took.seconds", count=rest)
    return words("report.took.minutes", minutes=minutes, seconds=rest)


def said_size(size: int) -> str:
    """Say the size of a file: 47.1 KB, 1.3 MB."""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{max(size / KILOBYTE, 0.1):.1f} KB"
