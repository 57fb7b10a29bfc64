"""What a replay's answers certify of the new model: the same threshold that `shadow calibrate --from` finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fallback.certify.terms import Loss, Terms
from shadow.calibrate.findings import find
from shadow.calibrate.rows import labelled_of
from shadow.calibrate.told import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shadow.config.model import Route


def terms_of(route: Route, loss: str) -> Terms:
    """Give what is to be promised: the loss asked for, within the risk that the route names, or 5 % and 95 %."""
    certify = route.confidence.certify if route.confidence is not None else None
    if certify is None:
        return Terms(Loss(loss), 0.05, 0.95)
    return Terms(Loss(loss), certify.at_most, certify.probability)


def certified(rows: Iterable[Mapping[str, Any]], terms: Terms) -> dict[str, Any]:
    """Give the certificate of labelled rows, in one sentence and as a document."""
    found = find(labelled_of(rows), terms)
    return {"told": verdict(found.certificate), **found.document()}
