"""Fits the regression of an estimator `combined`, from the record or from a replay's rows. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fallback.confidence.case import needs_of
from fallback.confidence.combined import Combined
from fallback.confidence.logistic import Fit, fit
from shadow.config.hashes import model_hash
from shadow.errors import ShadowError
from shadow.replay.build import measure_of
from shadow.replay.figures import labelled
from shadow.replay.recorded import Selection, page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shadow.config.model import Config
    from shadow.record.store import Store
    from shadow.replay.figures import Loss
    from shadow.replay.measure import Measured

PAGE = 200


class FitError(ShadowError):
    """There is nothing to fit, or not enough to fit it from."""


def fit_from_record(
    store: Store,
    config: Config,
    route: str,
    *,
    until: int,
    since: int | None = None,
    loss: Loss = "wrong",
) -> Fit:
    """Fit a route's `combined` estimator to what its model said to the requests of an earlier period.

    `until` and `since` are times in µs; what came from `until` on is left for a certificate. The loss `divergence`
    takes legacy's answers for right; `wrong` and `regret` take what reviewers found right. Each request counts once.
    Raises FitError, which says what is missing.
    """
    combined = combined_of(config, route)
    _check(combined, loss)
    found = labelled(_measured(store, config, route, since, until), loss)
    return fit_from_rows(found, combined, loss=loss, about={"route": route, "since": since, "until": until})


def fit_from_rows(
    rows: Iterable[Mapping[str, Any]],
    combined: Combined,
    *,
    loss: Loss,
    about: Mapping[str, Any] | None = None,
) -> Fit:
    """Fit to rows of `signals` and a `loss` of 0 or 1, as `shadow replay --export` writes them.

    A row that was drawn with a `probability` weighs 1/probability. `about` holds route, since and until of the rows,
    where they are known. Raises FitError.
    """
    _check(combined, loss)
    names = combined.signals.keys()
    whole = [row for row in rows if row.get("signals", {}).keys() == names]
    try:
        return fit(
            [row["signals"] for row in whole],
            [not row["loss"] for row in whole],
            loss=loss,
            weight=[1 / row.get("probability", 1.0) for row in whole],
            about=about,
        )
    except ValueError as exc:
        hint = " (further answers are in no record: replay it, and fit to the rows of --export)"
        raise FitError(f"{exc}{hint if combined.needs.samples else ''}") from exc


def combined_of(config: Config, route: str) -> Combined:
    """Build a route's `combined` estimator; FitError when it has none."""
    keys = config.routes.get(route)
    if keys is None:
        raise FitError(f'no route named "{route}"; there is: {", ".join(config.routes) or "none"}')
    if keys.model is None:
        raise FitError(f"routes.{route}: has no model")
    estimator = measure_of(config, keys, keys.model).estimator
    if not isinstance(estimator, Combined):
        raise FitError(f"routes.{route}.confidence: only combined is fitted")
    return estimator


def _check(combined: Combined, loss: Loss) -> None:
    telling = [name for name, each in combined.signals.items() if needs_of(each).legacy]
    if loss == "divergence" and telling:
        raise FitError(
            f"{', '.join(telling)}: agreement with legacy foretells divergence from legacy, and nothing else: "
            "fit it to reviews, by the loss wrong or regret"
        )


def _measured(store: Store, config: Config, route: str, since: int | None, until: int) -> Iterator[Measured]:
    """Look at every answer that the route's model, as it is configured now, gave in a period."""
    name = config.routes[route].model
    assert name is not None
    measure, told, after = measure_of(config, config.routes[route], name), model_hash(config.models[name]), 0
    while batch := page(store.db.conn, Selection(route, since, ""), after, PAGE):
        after = batch[-1].seq
        for each in batch:
            if each.at < until and each.model_hash == told and each.raw_model is not None:
                yield measure.answered(
                    each, measure.case(each, measure.read_answer(each.raw_model)), 0.0, None
                )
