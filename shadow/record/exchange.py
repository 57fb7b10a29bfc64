"""The row that is written of an exchange, as the worker hands it to the recorder."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from comparators.answer import Answer
from fallback.words import Disposition, Phase, Reason, Side, Unweighed
from shadow.request import Observation, Request

if TYPE_CHECKING:
    from comparators.answer import RawHeaders

_ALONE = 1280
"""Bytes of an exchange that holds nothing, and of its place in the queue."""

_PAIR = 144
"""Bytes of a header, beside its name and value."""

_encode = msgspec.msgpack.Encoder().encode


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

    def weight(self) -> int:
        """Bytes this exchange holds in the recorder's queue, about: what was sent and answered, and what keeps it."""
        size = _ALONE + len(self.path)
        request, legacy, model = self.request, self.legacy, self.model
        if request is not None:
            size += len(request.target) + len(request.body) + _weight_of(request.headers)
        if legacy is not None:
            size += _weight_of_answer(legacy.answer)
        if model is not None:
            size += _weight_of_answer(model.answer)
        return size + _weight_of_answer(self.legacy_again) + _weight_of_answer(self.model_again)


def _weight_of_answer(answer: Answer | None) -> int:
    return 0 if answer is None else len(answer.body) + _weight_of(answer.headers)


def _weight_of(headers: RawHeaders) -> int:
    """Weigh headers: encoded they take a few bytes more than by themselves, and nothing adds them up as quickly."""
    try:
        return _PAIR * len(headers) + len(_encode(headers))
    except (TypeError, ValueError, OverflowError):  # a plugin's, which are no bytes
        return _PAIR * len(headers) + sum(map(len, chain.from_iterable(headers)))
