"""The scorecard: what the last run of each measure found, what was found before, and how the two compare.

Records are small JSON files: those of this computer in the home folder, and the baselines that come with the product.
They hold figures and their names, never a text of the data that was measured with. `eval/record.py` writes them.
"""

from __future__ import annotations

import logging
from math import sqrt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

log = logging.getLogger(__name__)

MEASURES = ("retrieval", "grounding", "refusal", "verification", "injection", "speed")
BASELINES = Path(__file__).resolve().parents[1] / "eval" / "baselines"
# No record is near this; what is larger was not written by us.
LARGEST_BYTES = 1_000_000

Unit = Literal["share", "score", "ratio", "seconds", "count"]
Short = Annotated[str, Field(max_length=120)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Frozen):
    """One figure of a run.

    Args:
        name: a stable key, unique within the measure.
        label: what it means, in words of a teacher.
        value: in the unit; "share" and "score" are from 0 to 1, "ratio" is so many times.
        unit: what the value counts.
        cases: on how many cases the figure rests; 0 where that says nothing.
        aim: the value to reach; None without one.
        better: which way is better; an aim is a lower or an upper bound accordingly.
        tolerance: how much worse than the baseline it may be, in its own unit.

    """

    name: Annotated[Short, Field(min_length=1)]
    label: Annotated[Short, Field(min_length=1)]
    value: FiniteFloat
    unit: Unit
    cases: Annotated[int, Field(ge=0)] = 0
    aim: FiniteFloat | None = None
    better: Literal["higher", "lower"] = "higher"
    tolerance: Annotated[FiniteFloat, Field(ge=0)] = 0.01

    @property
    def reaches_aim(self) -> bool | None:
        """Tell whether the aim is reached; None without one."""
        return None if self.aim is None else self._behind(self.aim) <= 0

    def is_worse_than(self, before: Figure, *, same_machine: bool) -> bool:
        """Tell whether it is behind an earlier value by more than what chance and the tolerance explain."""
        if self.unit != before.unit or (self.unit == "seconds" and not same_machine):
            return False
        return self._behind(before.value) > allowance(self, before)

    def _behind(self, value: float) -> float:
        behind = value - self.value if self.better == "higher" else self.value - value
        return round(behind, 9)  # 0.78 - 0.77 is not more than 0.01


class Machine(_Frozen):
    """What a run was made on."""

    cores: Annotated[int, Field(ge=0)]
    cpu: Short


class Record(_Frozen):
    """One finished run.

    Args:
        format: version of this format.
        measure: one of `MEASURES`.
        date: when it ended, with the time zone.
        data: name of the data folder, without its place.
        limit: at most so many cases were asked for; 0 is all.
        seconds: how long it took.
        machine: where.
        version: of the product.
        commit: of its source where that is known, else empty.
        figures: what was found.

    """

    format: Literal[1] = 1
    measure: Short
    date: AwareDatetime
    data: Short
    limit: Annotated[int, Field(ge=0)]
    seconds: Annotated[FiniteFloat, Field(ge=0)]
    machine: Machine
    version: Short
    commit: Short
    figures: Annotated[tuple[Figure, ...], Field(max_length=100)]

    def figure(self, name: str) -> Figure | None:
        """Return a figure by its name."""
        return next((figure for figure in self.figures if figure.name == name), None)


class Entry(_Frozen):
    """One measure: the last run on this computer and the baseline, either of which may be missing."""

    measure: str
    last: Record | None
    baseline: Record | None


def allowance(figure: Figure, before: Figure) -> float:
    """Return how much worse a figure may be than an earlier one.

    The tolerance; where other cases were measured, two standard errors of the difference of two shares are added.
    """
    if figure.unit not in {"share", "score"} or figure.cases == before.cases:
        return figure.tolerance
    return figure.tolerance + 2 * sqrt(_variance(figure) + _variance(before))


def _variance(figure: Figure) -> float:
    # Not below what a single case more would make of a share of 0 or 1.
    share = min(max(figure.value, 0.0), 1.0)
    count = max(figure.cases, 1)
    return max(share * (1 - share), (1 - 1 / (count + 1)) / (count + 1)) / count


def worse(record: Record, baseline: Record | None) -> tuple[tuple[Figure, Figure], ...]:
    """Return the figures that are worse than in the baseline, each with that one."""
    if baseline is None:
        return ()
    same = record.machine == baseline.machine
    pairs = [(figure, before) for figure in record.figures if (before := baseline.figure(figure.name))]
    return tuple(pair for pair in pairs if pair[0].is_worse_than(pair[1], same_machine=same))


def number(value: float, unit: Unit) -> str:
    """Write a value without the word of its unit; a share that is not whole never looks like all or none."""
    if unit == "share":
        percent = round(value * 100, 1)
        if 0 < value < 1:
            percent = min(max(percent, 0.1), 99.9)
        return f"{percent:g}%"
    if unit == "score":
        return f"{value:.3f}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def records_folder(home: Path) -> Path:
    """Return the folder of this computer's records."""
    return home / "scorecard"


def read_record(path: Path) -> Record | None:
    """Return a record; None when there is none, or it cannot be read, which is logged."""
    try:
        with path.open("rb") as file:  # cut off, a file that is too large is no JSON
            return Record.model_validate_json(file.read(LARGEST_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        log.warning("The record %s cannot be read: %s", path.name, type(error).__name__)
        return None


def scorecard(home: Path, baselines: Path = BASELINES) -> tuple[Entry, ...]:
    """Return every measure in its order, with what is known of it."""
    return tuple(
        Entry(
            measure=name,
            last=_record_of(name, records_folder(home)),
            baseline=_record_of(name, baselines),
        )
        for name in MEASURES
    )


def _record_of(measure: str, folder: Path) -> Record | None:
    record = read_record(folder / f"{measure}.json")
    return record if record is not None and record.measure == measure else None
