"""The words a decision is told in: phases, sides, reasons, dispositions, failures. Nothing else."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """How far a route's rollout has come."""

    OFF = "off"
    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"


class Side(StrEnum):
    """The two sides of an exchange."""

    LEGACY = "legacy"
    MODEL = "model"


class Reason(StrEnum):
    """Why the served side was served; exactly one per request."""

    CONFIDENT = "confident"
    LEGACY_FAILED = "legacy_failed"

    UNMATCHED = "unmatched"
    OFF = "off"
    NOT_SAMPLED = "not_sampled"
    SHADOW = "shadow"
    NOT_EXPOSED = "not_exposed"
    PINNED = "pinned"
    KILLED = "killed"
    DEMOTED = "demoted"

    LOW_CONFIDENCE = "low_confidence"
    NO_CONFIDENCE = "no_confidence"
    NO_CERTIFICATE = "no_certificate"
    MODEL_FAILED = "model_failed"
    MODEL_LATE = "model_late"
    SHED = "shed"
    THROTTLED = "throttled"
    OVER_BUDGET = "over_budget"
    BREAKER_OPEN = "breaker_open"
    INVALID_ANSWER = "invalid_answer"
    TOO_DIVERGENT = "too_divergent"
    TOO_LARGE = "too_large"
    UNRECORDED = "unrecorded"
    PLUGIN_FAILED = "plugin_failed"


class Disposition(StrEnum):
    """What became of the comparison; exactly one per matched request, summing to the traffic."""

    COMPARED = "compared"
    NOT_COMPARABLE = "not_comparable"
    SAMPLED_OUT = "sampled_out"
    OFF = "off"
    SHED = "shed"
    THROTTLED = "throttled"
    OVER_BUDGET = "over_budget"
    BREAKER_OPEN = "breaker_open"
    TOO_LARGE = "too_large"
    MODEL_FAILED = "model_failed"
    MODEL_LATE = "model_late"
    LEGACY_FAILED = "legacy_failed"
    MASKING_FAILED = "masking_failed"
    CLIENT_GONE = "client_gone"
    UNRECORDED = "unrecorded"


class Unweighed(StrEnum):
    """Why the model was not asked again for an answer whose confidence may take that; it has none, and is no label."""

    SAMPLED_OUT = "sampled_out"
    OVER_BUDGET = "over_budget"
    SHED = "shed"


class Failure(StrEnum):
    """How a side failed to answer."""

    TIMEOUT = "timeout"
    CONNECT = "connect"
    STATUS = "status"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    PLUGIN = "plugin"
