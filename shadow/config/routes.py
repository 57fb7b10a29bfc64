"""The keys under routes: what is matched, compared, trusted, rolled out and kept."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from comparators.divergence import Severity
from fallback.words import Phase
from shadow.config.models import Breaker
from shadow.config.section import Section
from shadow.config.sources import Place, Source
from shadow.config.units import Duration, Kind, Share, Size, share, written
from shadow.config.values import Count, Flag, Json, Name, Number, Text, Word

_METHOD = re.compile(r"[A-Z][A-Z-]*")
_PART = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")


def checked_pattern(path: str) -> str:
    """Give a path pattern back when it is exact, has {name} parts, or ends in /**; else ValueError."""
    if not path.startswith("/") or any(sign in path for sign in "?#") or re.search(r"\s", path):
        raise ValueError("must be a path that begins with / and has no query, fragment or spaces")
    parts = path.removesuffix("/**").split("/")[1:]
    if any("*" in part for part in parts):
        raise ValueError("* is only known as /** at the end: everything below a prefix")
    names = [part for part in parts if "{" in part or "}" in part]
    if not all(_PART.fullmatch(name) for name in names):
        raise ValueError("{name} must be a whole part of the path, like /users/{id}/address")
    if len(set(names)) < len(names):
        raise ValueError("two parts of the path have the same {name}")
    return path


def _method(text: str) -> str:
    if not _METHOD.fullmatch(text):
        raise ValueError("must be a method in capitals, like GET or POST")
    return text


def _threshold(value: object) -> object:
    if value is None or value == "certified":
        return value
    try:
        return share(value)
    except ValueError:
        raise ValueError("must be a number from 0 to 1, or certified") from None


def _mask(value: object) -> object:
    """Check one rule of what to mask: a built-in word, or a mapping of `json` or `regex`."""
    if value in ("email", "phone", "card"):
        return value
    kind, rule = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else ("", None)
    if kind == "json" and isinstance(rule, str) and rule.startswith("/"):
        return value
    if kind != "regex" or not isinstance(rule, str):
        raise ValueError('must be email, phone, card, {json: /pointer} or {regex: "…"}')
    try:
        re.compile(rule)
    except re.error as exc:
        raise ValueError(f"not a regular expression: {exc.msg}") from None
    return value


Methods = tuple[Annotated[str, AfterValidator(_method), Kind("method")], ...]
PathPattern = Annotated[str, AfterValidator(checked_pattern), Kind("path")]
Threshold = Annotated[
    float | Literal["certified"] | None,
    BeforeValidator(_threshold),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"enum": ["certified", None]}]}
    ),
    Kind("share, or `certified`"),
]
Mask = Annotated[
    Any,
    BeforeValidator(_mask),
    WithJsonSchema({"anyOf": [{"enum": ["email", "phone", "card"]}, {"type": "object", "maxProperties": 1}]}),
    Kind("rule"),
]
Values = tuple[Text, ...]


class Match(Section):
    """Which requests a route takes."""

    path: PathPattern = Field(description="exact, with `{name}` parts, or `/prefix/**`")
    methods: Methods = Field(default=(), description="methods it takes; none: all")


class Options(Section):
    """A plugin named by `use`; every other key is an option of it."""

    model_config = ConfigDict(extra="allow")

    @property
    def options(self) -> dict[str, Any]:
        """The plugin's own options."""
        return dict(self.__pydantic_extra__ or {})


class Compare(Options):
    """One comparator of a route's panel; every further key is an option of that comparator."""

    use: Word = Field(
        description="a comparator's name, such as `json`, `judge` or `embedding`, or `package.module:Name`"
    )
    tolerance: Share = Field(default=0.0, description="the largest divergence that still counts as a match")
    weight: Number = Field(default=1.0, description="its share in the panel's divergence")
    severity: Severity = Field(
        default=Severity.MAJOR,
        description="`major`: above its tolerance the answers diverged; `minor`: counts in the panel's divergence "
        "only; `info`: is told, and has no say",
    )
    label: Name | None = Field(
        default=None, description="its name in reports; default: `use` and its pointer"
    )

    def spec(self) -> dict[str, Any]:
        """Give the entry as `comparators.catalog.build_entry` takes it."""
        own = {
            "use": self.use,
            "tolerance": self.tolerance,
            "weight": self.weight,
            "severity": self.severity,
        }
        return own | ({} if self.label is None else {"label": self.label}) | self.options


class Together(Section):
    """What holds for a route's comparators together."""

    tolerance: Share = Field(
        default=1.0, description="the largest divergence of all comparators together that still is a match"
    )


def _inside(share: float) -> float:
    if not 0 < share < 1:
        raise ValueError("must be above 0 and below 1")
    return share


def _drawn(share: float) -> float:
    if not share > 0:
        raise ValueError("must be above 0")
    return share


Open = Annotated[Share, AfterValidator(_inside)]


class Certify(Section):
    """The promise a certified threshold keeps."""

    loss: Literal["divergence", "regret", "wrong"] = Field(default="wrong", description="what counts as loss")
    at_most: Open = Field(default=0.05, description="mean loss among the model's served answers, at most")
    probability: Open = Field(default=0.95, description="with this probability")
    by: Name | None = Field(
        default=None,
        description="a cohort each of whose `values` gets a threshold of its own; others get legacy",
    )
    values: tuple[Text, ...] = Field(default=(), description="with `by`: the values that are certified")
    least_probability: Annotated[Share, AfterValidator(_drawn)] = Field(
        default=1.0, description="the least probability with which an exchange is drawn for review"
    )


class Inline(Section):
    """A panel that both answers of an exposed request must pass before the model's is served."""

    compare: tuple[Compare, ...] = Field(default=(), description="its comparators; none: the route's own")
    at_most: Share = Field(
        default=0.0, description="the largest divergence at which the model is served; a match always may be"
    )


class Unexposed(Section):
    """How the model is asked again about requests that it may not answer, where the estimator needs that."""

    share: Share = Field(
        default=0.1,
        description="share of them that is weighed; of the others nothing is known, and they are no labels",
    )
    calls_per_minute: Count = Field(default=60, description="further calls for them in each worker, at most")
    max_in_flight: Count = Field(
        default=8, description="of them weighed at once in a worker; more are given up"
    )


class Confidence(Section):
    """How far the model's answer may be trusted, and from where on it is served."""

    use: Word = Field(
        description="`logprob`, `field`, `header`, `verbalised`, `agreement`, `samples`, `combined`, `constant` or "
        "`package.module:Name`"
    )
    options: dict[str, Json] = Field(default={}, description="keyword arguments of the estimator")
    threshold: Threshold = Field(
        default=None,
        description="the least confidence at which the model may be served; `certified`: found and proved",
    )
    certify: Certify | None = Field(default=None, description="what a certified threshold promises")
    inline: Inline | None = Field(
        default=None, description="compare both answers before the model's is served; none: do not"
    )
    unexposed: Unexposed = Field(
        default=Unexposed(),
        description="further answers for requests that the model may not answer: estimators with `samples`",
    )


class Target(Section):
    """A phase for some requests, above the route's own."""

    when: dict[Place, Values] = Field(description="source → values; every source must have one of its values")
    phase: Phase = Field(description="the phase of the requests that match")


class Rollout(Section):
    """How much of a route's traffic the model sees, and may answer."""

    phase: Phase = Field(
        default=Phase.OFF,
        description="`off`: model not called; `shadow`: never served; `canary`: may serve the exposed share; "
        "`live`: may serve all",
    )
    sample: Share = Field(default=1.0, description="share of requests on which the model is called")
    exposure: Share = Field(
        default=0.0, description="share of requests that the model may answer in phase `canary`"
    )
    key: Place = Field(default=Source("client_ip"), description="what a request's bucket is made of")
    salt: Text = Field(default="", description="reshuffles the buckets; default is the route's name")
    targets: tuple[Target, ...] = Field(
        default=(), description="phases for some requests; the first that matches wins"
    )
    patience: Duration = Field(
        default=written("0s"),
        description="how long an exposed request waits for the model once legacy has answered or failed",
    )
    on_legacy_failure: Literal["pass", "model"] = Field(
        default="pass",
        description="when legacy fails: pass the failure on, or serve a confident model that answers within "
        "`patience`",
    )
    advance: Literal["manual", "auto"] = Field(
        default="manual", description="who promotes (`auto`: a later release)"
    )


class Guard(Section):
    """A measured rate that demotes a phase."""

    rate: Word = Field(description="the rate watched: `diverged`, `model_failed`, …")
    above: Share = Field(description="the rate above which it acts")
    then: Phase = Field(description="the phase it demotes to")


class Keep(Section):
    """What of a request and its answers is stored."""

    bodies: Literal["masked", "hashed", "none"] = Field(
        default="masked", description="bodies stored with `mask` applied, as hashes only, or not at all"
    )
    days: Count = Field(default=30, description="days after which they are deleted")


class Capture(Section):
    """How much is held in memory."""

    body_limit: Size = Field(
        default=written("256KiB"), description="larger bodies stream past uncompared, as `too_large`"
    )


class Noise(Section):
    """How often a side is asked a second time, so that what differs by itself is known."""

    legacy: Share = Field(
        default=0.0,
        description="share of the requests on which legacy is asked again, after its answer is out",
    )
    model: Share = Field(default=0.0, description="share of the requests on which the model is asked again")
    methods: Methods = Field(
        default=("GET", "HEAD"),
        description="methods that may be repeated; name others only where a repeat does no harm",
    )
    max_in_flight: Count = Field(
        default=4, description="repeats of a side under way at once in a worker; more are given up"
    )
    breaker: Breaker = Field(default=Breaker(), description="when to stop repeating, while repeats fail")


class Route(Section):
    """One rule: which requests it takes and what happens to them."""

    match: Match = Field(description="which requests it takes; the first route of the file that matches wins")
    model: Text | None = Field(default=None, description="the name of a model; not needed in phase `off`")
    compare: tuple[Compare, ...] = Field(default=(Compare(use="exact"),), description="the comparators")
    panel: Together = Field(default=Together(), description="what holds for the comparators together")
    confidence: Confidence | None = Field(default=None, description="needed for `canary` and `live`")
    rollout: Rollout = Field(default=Rollout(), description="how much traffic the model sees and answers")
    guards: tuple[Guard, ...] = Field(default=(), description="rates that demote it (a later release)")
    cohorts: dict[Name, Place] = Field(default={}, description="name → source: slices of traffic for reports")
    mask: tuple[Mask, ...] = Field(
        default=(), description="what is masked before it is stored (a later release)"
    )
    keep: Keep = Field(default=Keep(), description="what is stored, and for how long")
    capture: Capture = Field(default=Capture(), description="how much is held in memory")
    noise: Noise = Field(default=Noise(), description="how often a side is asked twice")
    headers: Flag = Field(default=True, description="whether clients get the Shadow-… headers")

    @property
    def promise(self) -> Certify | None:
        """What its certified threshold promises; None where the threshold is not certified."""
        if self.confidence is None or self.confidence.threshold != "certified":
            return None
        return self.confidence.certify or Certify()

    def named(self, name: str) -> Route:
        """Give the route with its name as salt where the file sets none."""
        if self.rollout.salt:
            return self
        return self.model_copy(update={"rollout": self.rollout.model_copy(update={"salt": name})})
