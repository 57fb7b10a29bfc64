"""What is kept of a route's repeats: a few numbers for each place. Adding an exchange's repeats; no verdict."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from fallback.noise.jitter import Gap, Jitter
from fallback.noise.signs import log_evidence

PATHS = 500
"""Places that one comparator keeps: the names of members may come from clients. What comes later is only counted."""


class PathNoise(msgspec.Struct, array_like=True):
    """One place, over its comparator's triples: how often which sides differed there.

    `legacy` counts legacy against its own repeat, `diverged` the model against legacy, `both` where either did,
    `model` the model against its own repeat. `peak` is the strongest evidence (natural logarithm) there ever was.
    """

    legacy: int = 0
    model: int = 0
    diverged: int = 0
    both: int = 0
    peak: float = 0.0
    jitter: Jitter = msgspec.field(default_factory=Jitter)

    @property
    def ahead(self) -> int:
        """Triples in which only the model differed from legacy."""
        return self.diverged - self.both

    @property
    def discordant(self) -> int:
        """Triples in which either the model or the repeat differed from legacy, and the other did not."""
        return self.diverged + self.legacy - 2 * self.both


class ComparatorNoise(msgspec.Struct):
    """One comparator: its triples (legacy, its repeat, model), its pairs of model answers, and its places.

    `use` is its name in a configuration, where it has one. `fields` is the most places that one answer had,
    `left_out` how many differences had no room of their own.
    """

    use: str = ""
    triples: int = 0
    pairs: int = 0
    fields: int = 1
    left_out: int = 0
    paths: dict[str, PathNoise] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one exchange's repeats showed by one comparator: the places at which two answers differ.

    A set is None where the two were not compared. `diverged` and `legacy` are known together, or neither is.
    `gaps` tells by place what legacy's own differences were like; `fields` how many places an answer has.
    """

    diverged: frozenset[str] | None = None
    legacy: frozenset[str] | None = None
    model: frozenset[str] | None = None
    gaps: dict[str, Gap] = field(default_factory=dict)
    fields: int = 1
    use: str = ""


class NoiseState(msgspec.Struct):
    """Everything kept of one route under one model, prompt and panel, by comparator."""

    comparators: dict[str, ComparatorNoise] = msgspec.field(default_factory=dict)

    @property
    def tests(self) -> int:
        """How many places are watched: those that differed, and those that never did."""
        return sum(max(len(each.paths), each.fields) for each in self.comparators.values())

    def add(self, found: dict[str, Seen]) -> None:
        """Add what one exchange's repeats showed, by comparator."""
        for label, seen in found.items():
            _add(self.comparators.setdefault(label, ComparatorNoise()), seen)

    def look(self) -> None:
        """Keep the strongest evidence there has been at each place."""
        paths = [path for each in self.comparators.values() for path in each.paths.values()]
        found = log_evidence([path.ahead for path in paths], [path.discordant for path in paths])
        for path, evidence in zip(paths, found.tolist(), strict=True):
            path.peak = max(path.peak, evidence)

    def dumps(self) -> str:
        """Write it as JSON text for the store."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def loads(cls, text: str) -> NoiseState:
        """Read what `dumps` wrote."""
        return msgspec.json.decode(text, type=cls)


def _add(noise: ComparatorNoise, seen: Seen) -> None:
    noise.use = seen.use
    noise.fields = max(noise.fields, seen.fields)
    if seen.diverged is not None and seen.legacy is not None:
        noise.triples += 1
        for pointer in seen.diverged | seen.legacy:
            if (path := _path(noise, pointer)) is not None:
                path.diverged += pointer in seen.diverged
                path.legacy += pointer in seen.legacy
                path.both += pointer in seen.diverged and pointer in seen.legacy
                if (gap := seen.gaps.get(pointer)) is not None:
                    path.jitter.add(gap)
    if seen.model is not None:
        noise.pairs += 1
        for pointer in seen.model:
            if (path := _path(noise, pointer)) is not None:
                path.model += 1


def _path(noise: ComparatorNoise, pointer: str) -> PathNoise | None:
    """Give the place of that pointer; None when there is no room for another."""
    path = noise.paths.get(pointer)
    if path is None:
        if len(noise.paths) >= PATHS:
            noise.left_out += 1
            return None
        path = noise.paths[pointer] = PathNoise()
    return path
