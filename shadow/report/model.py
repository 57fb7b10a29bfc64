"""What a report says, as plain values: all that a renderer reads. Knows no store and no format.

The field names are the JSON report's contract: renaming one is a new `schema`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """`k` of `n`, the share it makes and its 95 % Wilson interval; both are None when n is 0."""

    k: int
    n: int
    share: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Count:
    """How often a word was counted, and its share in [0, 1] of all counted beside it; None of nothing."""

    word: str
    n: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Latency:
    """Quantiles in seconds over `n` observations, within 5 %; None when there are none."""

    n: int
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class SideReport:
    """How one side behaved: its latency, its statuses and its failures."""

    latency: Latency
    statuses: tuple[Count, ...]
    failures: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One difference seen: the exchange it was seen in, its kind, and `legacy -> model`, shortened."""

    exchange: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class PathNoise:
    """What is known of the noise at one place, from exchanges in which legacy was asked twice.

    `diverged` is how often the model differed from legacy there, `legacy` how often legacy did from itself (its
    floor), `model` the model from itself. `excess` is the first less the second, with its 95 % interval. `mark` is
    regressed, noisy, inconclusive or quiet; `p_value` holds however often one looked.
    """

    comparator: str
    pointer: str
    mark: str
    diverged: Rate
    legacy: Rate
    model: Rate
    excess: float | None
    excess_interval: Interval | None
    p_value: float


@dataclass(frozen=True, slots=True)
class NoiseReport:
    """A route's noise under its newest model, prompt and panel, since the first repeat under them.

    `began` and `seen` are the first and the last of `repeats` exchanges of which a side was asked twice, of any
    span. `tests` is how many places were watched. `proposal` is YAML with rules for what is only noise, or ''.
    """

    model: str
    version: str
    began: int
    seen: int
    repeats: int
    tests: int
    paths: tuple[PathNoise, ...]
    paths_left_out: int
    differences_left_out: int
    proposal: str


@dataclass(frozen=True, slots=True)
class PathReport:
    """One place where answers differ: how often, and its share of what the comparator measured."""

    comparator: str
    pointer: str
    n: int
    share: float | None
    examples: tuple[Example, ...] = ()
    noise: PathNoise | None = None


@dataclass(frozen=True, slots=True)
class ComparatorReport:
    """One comparator's findings.

    `mean` and `median` of the divergence are ranges, since only its 20-bin histogram is kept: the true
    values lie inside. `histogram` holds the counts of 20 equal bins of [0, 1].
    """

    label: str
    measured: int
    diverged: Rate
    mean: Interval | None
    median: Interval | None
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What a judge said of a route's exchanges, and how far people agree with it.

    `preferred` counts the sides it prefers in both orders, and ties. `reviews` is the share of the reviewed
    exchanges on which it and the reviewer prefer the same side, or none; `kappa` is Cohen's, None when unknown.
    A judge that nobody has reviewed (`reviews.n` is 0) is not to be relied on.
    """

    label: str
    opinions: int
    preferred: tuple[Count, ...]
    reviews: Rate
    kappa: float | None


@dataclass(frozen=True, slots=True)
class AskedReport:
    """What was asked of a judge or an embedding in the span's days, by outcome, and what it cost.

    `cost` is in the currency of its own prices, and no part of the models' cost.
    """

    kind: str
    name: str
    outcomes: tuple[Count, ...]
    tokens_in: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """Answers whose confidence lies in [low, high): how many, and how many of the judged ones agreed."""

    low: float
    high: float
    n: int
    agreement: Rate


@dataclass(frozen=True, slots=True)
class ConfidenceReport:
    """How sure the model was.

    `known` is the number of exchanges with a confidence, compared or not; `none` the number of compared
    exchanges without one; `unweighed` tells, by reason, of those for which the model was not asked again.
    """

    known: int
    none: int
    bins: tuple[ConfidenceBin, ...]
    unweighed: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What the model's calls used; `cost` is in the currency of the configured prices.

    Further answers, of which there were `samples`, and repeats are in it.
    """

    tokens_in: int
    tokens_out: int
    cost: float
    samples: int = 0


@dataclass(frozen=True, slots=True)
class VersionReport:
    """One version of a model that was called in the span."""

    model: str
    version: str
    exchanges: int
    agreement: Rate


@dataclass(frozen=True, slots=True)
class CohortReport:
    """One slice of a route's traffic, by the value of its cohort."""

    value: str
    exchanges: int
    agreement: Rate
    model_served: Rate
    model_p50: float | None


@dataclass(frozen=True, slots=True)
class Check:
    """Two counts that must be equal; `difference` is the first less the second."""

    name: str
    left: int
    right: int
    difference: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """How requests were answered and what became of the comparisons; '' still waits for the scorer."""

    n: int
    dispositions: tuple[Count, ...]
    reasons: tuple[Count, ...]
    served: tuple[Count, ...]
    phases: tuple[Count, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class RouteReport:
    """Everything the report says of one route.

    `agreement` is the matches among the verdicts match and diverged. `paths` are the most frequent;
    `differences_left_out` counts differences at other places. `panel` describes what counts as diverged,
    empty when the caller did not tell. `noise` is None where no side was asked twice.
    """

    route: str
    traffic: Traffic
    legacy: SideReport
    model: SideReport
    verdicts: tuple[Count, ...]
    agreement: Rate
    comparators: tuple[ComparatorReport, ...]
    paths: tuple[PathReport, ...]
    differences_left_out: int
    confidence: ConfidenceReport
    usage: Usage
    versions: tuple[VersionReport, ...]
    config_hashes: tuple[str, ...]
    cohorts: tuple[CohortReport, ...] = ()
    cohorts_left_out: int = 0
    panel: tuple[str, ...] = ()
    noise: NoiseReport | None = None
    judges: tuple[JudgeReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Backlog:
    """Exchanges not scored yet, of any time: `unscored` wait for the scorer, `open` are still under way.

    `capped` tells that counting stopped early and there are at least as many.
    """

    unscored: int
    open: int
    capped: bool


@dataclass(frozen=True, slots=True)
class TruthRow:
    """How often each side was right, of `n` answered requests of a route whose right answers are known."""

    route: str
    n: int
    legacy_right: int
    model_right: int
    served_right: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was recorded between `since` and `until` (microseconds since the epoch, UTC; `until` excluded).

    `since` is None for everything kept. Both ends lie on whole minutes, further back on whole hours. `first`
    and `last` are the span's minutes with traffic. `by` is the cohort that was asked for. `unmatched` counts
    requests no route matched, None when the report is about one route. `truth` is filled by whoever knows
    right answers. `asked` is of whole days, and of all routes.
    """

    since: int | None
    until: int
    made_at: int
    first: int | None
    last: int | None
    by: str | None
    totals: Traffic
    unmatched: int | None
    backlog: Backlog
    routes: tuple[RouteReport, ...]
    truth: tuple[TruthRow, ...] = ()
    asked: tuple[AskedReport, ...] = ()
