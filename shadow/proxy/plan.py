"""What a configuration means to a worker: routes to match and, for each, everything a request on it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fallback.words import Phase, Reason
from shadow.proxy.keys import read_key
from shadow.rollout import file_switch, switch_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fallback.confidence.estimator import AnyEstimator
    from fallback.switch import Grant, Override, Switch
    from shadow.config.model import Config, Route
    from shadow.config.sources import Source
    from shadow.proxy.asides import Asides
    from shadow.proxy.model import ModelCalls
    from shadow.proxy.repeats import Repeats
    from shadow.proxy.weigh import Weigher
    from shadow.request import Request


class RoutePlan:
    """One route, ready to run. `switch` is replaced whole whenever the settings in force change."""

    __slots__ = (
        "_file_switch",
        "asides",
        "body_limit",
        "cohorts",
        "config_hash",
        "estimator",
        "headers",
        "key",
        "match",
        "model",
        "model_name",
        "name",
        "repeats",
        "salt",
        "serves_when_legacy_failed",
        "shadowed",
        "standing",
        "switch",
        "targets",
        "version",
        "weigher",
    )

    def __init__(  # noqa: PLR0913 - the parts of one route, each made elsewhere
        self,
        name: str,
        route: Route,
        *,
        model: ModelCalls | None,
        estimator: AnyEstimator | None,
        version: str,
        config_hash: str,
        weigher: Weigher | None = None,
        standing: str = "",
    ) -> None:
        rollout = route.rollout
        self.name = name
        self.match = route.match
        self.model = model
        self.model_name = route.model
        self.version = version
        self.config_hash = config_hash
        self.standing = standing
        self.estimator = estimator
        self.weigher = weigher
        self.repeats: Repeats | None = None
        self.asides: Asides | None = None
        self.key: Source = rollout.key
        self.salt: str = rollout.salt or name
        self.targets: tuple[tuple[tuple[tuple[Source, frozenset[str]], ...], Phase], ...] = tuple(
            (
                tuple((source, frozenset(values)) for source, values in target.when.items()),
                Phase(target.phase),
            )
            for target in rollout.targets
        )
        self.cohorts = tuple(route.cohorts.items())
        self.body_limit: int = route.capture.body_limit
        self.headers: bool = route.headers
        self.serves_when_legacy_failed = rollout.on_legacy_failure == "model"
        self._file_switch = file_switch(route)
        self._put(self._file_switch)

    def refresh(self, overrides: Iterable[Override], now: float, grant: Grant | None = None) -> None:
        """Put the file's settings, the run-time overrides above them and the certificate's threshold in force."""
        self._put(switch_of(self._file_switch, overrides, now, grant=grant, standing=self.standing))

    def _put(self, switch: Switch) -> None:
        self.switch: Switch = switch
        # why legacy answers, where that is the same for every request whose model is called
        watched = (
            switch.phase is Phase.SHADOW and switch.sample >= 1 and not switch.killed and not self.targets
        )
        self.shadowed: Reason | None = (
            (Reason.DEMOTED if switch.demoted else Reason.SHADOW) if watched else None
        )

    @property
    def may_expose(self) -> bool:
        """Whether the model may answer any of the route's requests, by the switch in force or by a target."""
        phases = {self.switch.phase, *(phase for _, phase in self.targets)}
        return not phases.isdisjoint((Phase.CANARY, Phase.LIVE))

    def pinned(self, request: Request, peer: str) -> Phase | None:
        """Give the phase that the first matching target sets, if one matches."""
        for conditions, phase in self.targets:
            if all(read_key(source, request, peer) in values for source, values in conditions):
                return phase
        return None

    def cohorts_of(self, request: Request, peer: str) -> tuple[tuple[str, str], ...]:
        """Give the cohorts a request belongs to, as (name, value)."""
        found = ((name, read_key(source, request, peer)) for name, source in self.cohorts)
        return tuple((name, value) for name, value in found if value is not None)


class Plan:
    """Every route of one configuration, in the file's order, and the overrides in force."""

    def __init__(self, config: Config, routes: Mapping[str, RoutePlan]) -> None:
        self.config = config
        self.routes = routes

    def refresh(
        self, overrides: Mapping[str, list[Override]], now: float, grants: Mapping[str, Grant] | None = None
    ) -> None:
        """Bring every route's switch up to date; overrides are keyed by route, `*` is every route."""
        for name, route in self.routes.items():
            mine = [*overrides.get("*", ()), *overrides.get(name, ())]
            route.refresh(mine, now, grants.get(name) if grants else None)
