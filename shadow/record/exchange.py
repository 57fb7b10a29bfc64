"""The row that is written of an exchange, as the worker hands it to the recorder."""

from __future__ import annotations

import msgspec

from comparators.answer import Answer
from fallback.words import Disposition, Phase, Reason, Side, Unweighed
from shadow.request import Observation, Request


class Samples(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Further answers of the model that an exchange took, and their tokens."""

    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class Exchange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One client request, both observations, the decision and what became of the comparison.

    `at` is microseconds since the epoch, UTC. `disposition` is None while the exchange waits for the scorer,
    which makes it `compared` or `not_comparable`. `request` and the observations carry the captured bodies;
    an observation is None when that side was not asked. `sampling` is the probability in (0, 1] with which
    the model was called. `legacy_again` and `model_again` are what a side said when it was asked a second time.
    `unweighed` says why the model was not asked for further answers that its confidence may take, and `samples`
    what those took that it was asked for.
    """

    id: str
    at: int
    route: str
    phase: Phase
    served: Side
    reason: Reason
    disposition: Disposition | None
    method: str
    path: str
    bucket: float | None = None
    cohorts: tuple[tuple[str, str], ...] = ()
    request: Request | None = None
    legacy: Observation | None = None
    model: Observation | None = None
    confidence: float | None = None
    threshold: float | None = None
    certificate: str | None = None
    model_name: str | None = None
    version: str | None = None
    config_hash: str = ""
    sampling: float = 1.0
    legacy_again: Answer | None = None
    model_again: Answer | None = None
    unweighed: Unweighed | None = None
    samples: Samples | None = None
