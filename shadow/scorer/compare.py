"""Scores one exchange: reads the model's reply, estimates its confidence, runs the route's panel. Pure but for plugins.

A plugin that raises costs its own number, never the exchange: it is then not comparable, or has no confidence.
Nothing that is in an exchange makes scoring raise, so that none can stand in the way of those behind it.
"""

from __future__ import annotations

import dataclasses
from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog

from comparators.divergence import NotComparable, Obstacle, Verdict
from comparators.panel import Judgement, Panel, Score
from fallback.confidence.case import Case
from fallback.confidence.estimator import weigh
from fallback.words import Disposition
from shadow.asking.entries import AskedComparator
from shadow.price import cost_of, told_tokens
from shadow.scorer.noise import Repeats
from shadow.scorer.repeats import seen_in
from shadow.scorer.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from comparators.answer import Answer
    from comparators.panel import Entry
    from fallback.confidence.estimator import AnyEstimator
    from shadow.asking.said import Words
    from shadow.config.models import Price
    from shadow.scorer.take import Unscored

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lens:
    """How a route's answers are looked at: its panel and that one's hash, its estimator, its reply reader and price."""

    panel: Panel
    read: Callable[[Answer], Answer]
    estimator: AnyEstimator | None = None
    price: Price | None = None
    panel_hash: str = ""
    asked: tuple[Entry, ...] = ()
    """The entries for which somebody is asked: those of embeddings count as the panel's, those of judges do not."""

    @property
    def whole(self) -> Panel:
        """All entries, for their tolerances."""
        return like(self.panel, [*self.panel.entries, *self.asked])


@dataclass(frozen=True, slots=True)
class Scored:
    """What scoring an exchange found; the disposition is a word of `Disposition`."""

    exchange: Unscored
    disposition: str
    judgement: Judgement | None = None
    confidence: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    opinions: tuple[tuple[str, str, str], ...] = ()
    """Of each judge: its entry's label, its name, and the side it prefers."""
    repeats: Repeats | None = None
    samples_cost: float | None = None


def score(exchange: Unscored, lens: Lens | None, words: Words = MappingProxyType({})) -> Scored:
    """Score an exchange; without both answers, or without its route, it keeps or gets a disposition that says so.

    `words` is what those said who were asked, by their entries' labels.
    """
    found = _found(exchange, lens, words)
    if exchange.samples is None or lens is None:
        return found
    cost = cost_of(lens.price, exchange.samples_in, exchange.samples_out, calls=exchange.samples)
    return dataclasses.replace(found, samples_cost=cost)


def _found(exchange: Unscored, lens: Lens | None, words: Words) -> Scored:
    if exchange.disposition is not None:
        return Scored(exchange, exchange.disposition, confidence=exchange.confidence)
    try:
        return _scored(exchange, lens, words)
    except NotComparable as exc:
        return set_aside(exchange, str(exc), exc.obstacle)
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - the fence around an adapter's own reader
        why = type(exc).__name__
        log.warning("shadow.exchange_set_aside", exchange=exchange.id, route=exchange.route, error=why)
        return set_aside(exchange, why, Obstacle.PLUGIN)


def set_aside(exchange: Unscored, why: str, obstacle: Obstacle = Obstacle.OTHER) -> Scored:
    """Give up on an exchange: it keeps its final disposition, or is not comparable, with a note that says why."""
    if exchange.disposition is not None:
        return Scored(exchange, exchange.disposition)
    return Scored(exchange, Disposition.NOT_COMPARABLE, nothing(why, obstacle), exchange.confidence)


def answers_of(exchange: Unscored, lens: Lens) -> tuple[Answer, Answer]:
    """Give both answers ready to compare: unpacked, the model's as it is read; NotComparable when there are not two."""
    if exchange.unreadable:
        raise NotComparable(exchange.unreadable, Obstacle.NOT_KEPT)
    if exchange.legacy is None or exchange.raw_model is None:
        raise NotComparable("an answer was not kept", Obstacle.NOT_KEPT)
    model = lens.read(unpacked(exchange.raw_model, "model"))
    return (exchange.legacy if model.problem is not None else unpacked(exchange.legacy, "legacy")), model


def _scored(exchange: Unscored, lens: Lens | None, words: Words) -> Scored:
    if lens is None:
        raise NotComparable("the route is no longer configured")
    legacy, model = answers_of(exchange, lens)
    if model.problem is not None:
        judgement = nothing(model.problem, Obstacle.REPLY)
    elif not lens.asked:
        judgement = lens.panel.judge(legacy, model)
    else:
        judgement = judged(legacy, model, lens, words)
    confidence = exchange.confidence
    if confidence is None and lens.estimator is not None and exchange.unweighed is None:
        confidence = weigh(lens.estimator, Case(model, judgement)).confidence
    comparable = judgement.verdict is not Verdict.NOT_COMPARABLE
    tokens_in, tokens_out = _usage(model)
    return Scored(
        exchange,
        Disposition.COMPARED if comparable else Disposition.NOT_COMPARABLE,
        judgement,
        confidence,
        tokens_in,
        tokens_out,
        cost_of(lens.price, tokens_in, tokens_out),
        opinions_of(lens, words) if model.problem is None else (),
        _repeats(exchange, lens, judgement, legacy=legacy, model=model) if model.problem is None else None,
    )


def _repeats(
    exchange: Unscored, lens: Lens, first: Judgement, *, legacy: Answer, model: Answer
) -> Repeats | None:
    """Compare the sides with their repeats, if there are any; whatever goes wrong there, the own scores stand."""
    raw, own, legacy_again = exchange.raw_model_again, None, None
    if exchange.legacy_again is None and raw is None:
        return None
    labels = {entry.label for entry in lens.panel.entries}  # nobody is asked about a repeat
    first = dataclasses.replace(first, scores=tuple(each for each in first.scores if each.label in labels))
    try:
        if exchange.legacy_again is not None:
            legacy_again = unpacked(exchange.legacy_again, "legacy's repeat")
        if raw is not None:
            own = lens.read(unpacked(raw, "the model's repeat"))
        again = own if own is not None and own.problem is None else None
        found = seen_in(lens.panel, first, legacy=(legacy, legacy_again), model=(model, again))
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - the fence around an adapter's own reader
        log.warning("shadow.repeats_set_aside", exchange=exchange.id, error=type(exc).__name__)
        return None
    tokens_in, tokens_out = _usage(own) if own is not None else (None, None)
    cost = cost_of(lens.price, tokens_in, tokens_out) if own is not None else None
    return Repeats(f"{exchange.config_hash}-{lens.panel_hash}", found, tokens_in, tokens_out, cost)


def judged(legacy: Answer, model: Answer, lens: Lens, words: Words) -> Judgement:
    """Judge by the panel and by what was said; a judge's scores stand beside the verdict and are no part of it."""
    said = [
        (is_advice(entry), dataclasses.replace(entry, comparator=words[entry.label]))
        for entry in lens.asked
        if entry.label in words
    ]
    counting = [*lens.panel.entries, *(entry for advice, entry in said if not advice)]
    beside = Panel(entry for advice, entry in said if advice)
    judgement = like(lens.panel, counting).judge(legacy, model)
    return dataclasses.replace(judgement, scores=judgement.scores + beside.judge(legacy, model).scores)


def like(panel: Panel, entries: Iterable[Entry]) -> Panel:
    """Build a panel of other entries that is otherwise like this one."""
    made = copy(panel)
    made.entries = Panel(entries).entries
    return made


def is_advice(entry: Entry) -> bool:
    """Tell whether an entry is a judge's: never truth by itself, so its word is kept and no verdict follows from it."""
    return isinstance(entry.comparator, AskedComparator) and entry.comparator.name == "judge"


def opinions_of(lens: Lens, words: Words) -> tuple[tuple[str, str, str], ...]:
    """Give the opinions among what was said: of each judge its entry's label, its name, and the side it prefers."""
    named = {entry.label: str(getattr(entry.comparator, "of", "")) for entry in lens.asked}
    sides = ((label, named[label], said.side()) for label, said in words.items() if label in named)
    return tuple((label, judge, side) for label, judge, side in sides if side is not None)


def _usage(model: Answer) -> tuple[int | None, int | None]:
    if model.reply is None:
        return None, None
    return told_tokens(model.reply.tokens_in), told_tokens(model.reply.tokens_out)


def nothing(why: str, obstacle: Obstacle = Obstacle.OTHER) -> Judgement:
    """Give the judgement of what cannot be compared, and why."""
    return Judgement(Verdict.NOT_COMPARABLE, None, (Score("model's answer", None, why, obstacle=obstacle),))
