"""A route's rollout settings in force, and how run-time overrides are put on top of the file's.

Knows neither file nor store; times are whatever number the caller tells time in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fallback.words import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Switch:
    """The settings of a route as they are in force.

    `sample` and `exposure` are shares in [0, 1]; `threshold` is a confidence in [0, 1], or None when the model may
    never be served; `patience` is in seconds. `demoted` says that a guard moved the phase down. `certified` says that
    the threshold has to be backed by a certificate, `certificate` which one does. Where thresholds are certified by
    cohort, `cohort` names it and `slices` holds the switch of each of its values.
    """

    phase: Phase
    sample: float = 1.0
    exposure: float = 0.0
    threshold: float | None = None
    patience: float = 0.0
    killed: bool = False
    demoted: bool = False
    certified: bool = False
    certificate: str | None = None
    cohort: str | None = None
    slices: Mapping[str, Switch] = field(default_factory=dict, repr=False)

    def of(self, cohorts: Iterable[tuple[str, str]]) -> Switch:
        """Give the switch of a request in these cohorts; of a value that nobody certified, this one."""
        for name, value in cohorts:
            if name == self.cohort:
                return self.slices.get(value, self)
        return self


@dataclass(frozen=True, slots=True)
class Grant:
    """What a certificate grants: thresholds by slice ('' is everybody; None never), and what it stands on."""

    certificate: str
    standing: str
    cohort: str | None
    thresholds: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Override:
    """One setting made at run time, above the file, until a time (None: until it is set anew)."""

    key: str
    value: Any
    until: float | None = None

    def holds(self, now: float) -> bool:
        """Tell whether it has not lapsed."""
        return self.until is None or now < self.until


def in_force(file: Switch, overrides: Iterable[Override], now: float) -> Switch:
    """Put the overrides that hold above the file's settings; of two for one key the later in order counts.

    An override for an unknown key or with a value that cannot be is not put in force: the model is then killed
    on the route, for nobody knows what was meant.
    """
    values: dict[str, Any] = {}
    for override in overrides:
        if not override.holds(now):
            continue
        try:
            values[override.key] = _SETTINGS[override.key](override.value)
        except (KeyError, ValueError):
            values["killed"] = True
    return replace(file, **values)


def certified(switch: Switch, grant: Grant | None, standing: str) -> Switch:
    """Put a certificate's threshold in force: none without a certificate, or when it stands on something else.

    A threshold that was set by hand counts where it is stricter.
    """
    if grant is None or grant.standing != standing:
        return replace(switch, certified=True, threshold=None)

    def backed(threshold: float | None) -> Switch:
        if threshold is None:
            return replace(switch, certified=True, threshold=None)
        stricter = max(threshold, switch.threshold or 0.0)
        return replace(switch, certified=True, threshold=stricter, certificate=grant.certificate)

    if grant.cohort is None:
        return backed(grant.thresholds.get(""))
    slices = {value: backed(threshold) for value, threshold in grant.thresholds.items()}
    return replace(switch, certified=True, threshold=None, cohort=grant.cohort, slices=slices)


def parse_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Read `key=value` words, as a person types them, into values.

    Shares may be percentages, `patience` is a duration with its unit. ValueError, listing every problem.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or key not in _TYPED:
            known = ", ".join(_TYPED)
            problems.append(f"{pair}: not a setting; write key=value with one of {known}")
        elif key in values:
            problems.append(f"{pair}: {key} is set twice")
        else:
            try:
                values[key] = _TYPED[key](text)
            except ValueError as exc:
                problems.append(f"{pair}: {exc}")
    if problems:
        raise ValueError("; ".join(problems))
    return values


def _phase(value: object) -> Phase:
    try:
        return Phase(str(value))
    except ValueError:
        raise ValueError(f"a phase is one of {', '.join(Phase)}") from None


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1, or a percentage such as 10%")
    return float(value)


def _maybe_share(value: object) -> float | None:
    return None if value is None else _share(value)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError("must be a number of seconds")
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - one kind of error for one kind of problem
    return value


_SETTINGS: dict[str, Callable[[object], Any]] = {
    "phase": _phase,
    "sample": _share,
    "exposure": _share,
    "threshold": _maybe_share,
    "patience": _seconds,
    "killed": _flag,
    "demoted": _flag,
}

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_NUMBER = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(%|ms|s|m)?")


def _typed_share(text: str) -> float:
    found = _NUMBER.fullmatch(text.strip())
    if found is None or found[2] not in (None, "%"):
        return _share(None)
    return _share(round(float(found[1]) / 100, 12) if found[2] else float(found[1]))


def _typed_seconds(text: str) -> float:
    found = _NUMBER.fullmatch(text.strip())
    if found is None or found[2] not in _UNITS:
        raise ValueError("must be a duration with a unit, such as 300ms or 2s")
    return float(found[1]) * _UNITS[found[2]]


_TYPED: dict[str, Callable[[str], Any]] = {
    "phase": _phase,
    "sample": _typed_share,
    "exposure": _typed_share,
    "threshold": _typed_share,
    "patience": _typed_seconds,
}
