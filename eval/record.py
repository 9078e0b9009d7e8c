"""Keep what a finished run found: a record in the home folder, compared with the baseline of the project."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.llm.part_file import write_durably
from assistant.scorecard import Figure, Machine, Record, allowance, number, worse

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = {"ratio": " 倍", "seconds": " 秒"}
ROOT = Path(__file__).resolve().parents[1]


def make_record(measure: str, data: Path, limit: int, seconds: float, figures: Sequence[Figure]) -> Record:
    """Return the record of a run that ended now; raises ValueError when two figures have one name."""
    names = [figure.name for figure in figures]
    if len(set(names)) < len(names):
        msg = f"two figures of {measure} have one name: {names}"
        raise ValueError(msg)
    return Record(
        measure=measure,
        date=datetime.now(UTC).astimezone().replace(microsecond=0),
        data=data.absolute().name[:120],
        limit=limit,
        seconds=round(seconds, 1),
        machine=machine(),
        version=product_version(),
        commit=commit(),
        figures=tuple(figures),
    )


def write_record(record: Record, folder: Path) -> Path:
    """Write a record in the place of the one before it, whole or not at all; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.measure}.json"
    write_durably(path, (record.model_dump_json(indent=1) + "\n").encode())
    return path


def comparison(record: Record, baseline: Record | None) -> dict[str, Any]:
    """Return what `--json` says of a run beside its figures: `record`, `baseline` and `worse`."""
    return {
        "record": record.model_dump(mode="json"),
        "baseline": baseline.model_dump(mode="json") if baseline else None,
        "worse": [
            {
                "name": figure.name,
                "label": figure.label,
                "value": figure.value,
                "baseline": before.value,
                "allowed": round(allowance(figure, before), 4),
            }
            for figure, before in worse(record, baseline)
        ],
    }


def said(figure: Figure, value: float | None = None) -> str:
    """Return a figure's value, or another in its unit, as it is read: 76.1%, 0.526, 0.38 倍, 1.2 秒."""
    return number(figure.value if value is None else value, figure.unit) + _UNITS.get(figure.unit, "")


def machine() -> Machine:
    """Return the cores and the processor of this computer."""
    return Machine(cores=os.cpu_count() or 0, cpu=_processor()[:120])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def product_version() -> str:
    """Return the version that is installed; empty when none is."""
    try:
        return version("zhujiao")
    except PackageNotFoundError:
        return ""


def commit(root: Path = ROOT) -> str:
    """Return the commit of the source with "-dirty" when it was changed; empty when there is no repository or no git."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return ""
    try:
        told = subprocess.run(  # noqa: S603  (nothing of it comes from outside)
            [git, "-C", str(root), "describe", "--always", "--dirty", "--exclude", "*"],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()[:120]
