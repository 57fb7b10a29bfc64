"""What a route's part of the configuration means to a request."""

from __future__ import annotations

from fallback.switch import Grant, Override
from fallback.words import Phase, Reason
from shadow.config.model import Config
from shadow.proxy.plan import Plan
from shadow.request import Request

GOLD = Request("GET", "/x?beta=1", ((b"X-Tier", b"gold"), (b"Accept-Language", b"de")))
TARGETS = [
    {"when": {"header:X-Tier": ["gold", "silver"], "query:beta": ["1"]}, "phase": "live"},
    {"when": {"header:X-Tier": ["gold"]}, "phase": "off"},
]


def test_a_route_stands_as_the_file_says_until_it_is_overridden(fakes):
    """And again once the override has lapsed."""
    plan = fakes.plan_of(rollout={"phase": "canary", "exposure": 0.1, "patience": "300ms"})
    before = plan.switch
    assert (before.phase, before.exposure, before.threshold, before.patience) == (Phase.CANARY, 0.1, 0.5, 0.3)
    half = [Override("exposure", 0.5, until=10)]
    plan.refresh(half, now=9)
    assert plan.switch.exposure == 0.5
    plan.refresh(half, now=10)
    assert plan.switch == before


def test_the_first_target_that_matches_wins(fakes):
    """Every source of it must have one of its values."""
    plan = fakes.plan_of(rollout={"phase": "shadow", "targets": TARGETS})
    assert plan.pinned(GOLD, "") is Phase.LIVE
    assert plan.pinned(Request("GET", "/x", GOLD.headers), "") is Phase.OFF
    assert plan.pinned(Request("GET", "/x"), "") is None


def test_a_shadow_is_one_where_every_request_is_answered_by_legacy_for_the_same_reason(fakes):
    """A kill, a target or a sample makes the reason depend on more."""
    plan = fakes.plan_of(rollout={"phase": "shadow"})
    assert plan.shadowed is Reason.SHADOW
    plan.refresh([Override(key="demoted", value=True)], now=0)
    assert plan.shadowed is Reason.DEMOTED
    for key, value in (("killed", True), ("sample", 0.5), ("phase", "canary"), ("phase", "off")):
        plan.refresh([Override(key, value)], now=0)
        assert plan.shadowed is None
    assert fakes.plan_of(rollout={"phase": "shadow", "targets": TARGETS}).shadowed is None


def test_cohorts_are_named_in_the_files_order_and_left_out_where_unknown(fakes):
    """A slice of traffic has only those that say they are in it."""
    cohorts = {
        "tier": "header:X-Tier",
        "from": "client_ip",
        "plan": "query:plan",
        "language": "header:Accept-Language",
    }
    plan = fakes.plan_of(cohorts=cohorts)
    assert plan.cohorts_of(GOLD, "192.0.2.1") == (("tier", "gold"), ("from", "192.0.2.1"), ("language", "de"))


def test_a_routes_name_is_its_salt_unless_it_has_one(fakes):
    """Two routes shuffle their keys differently."""
    assert (fakes.plan_of().salt, fakes.plan_of(rollout={"salt": "2026"}).salt) == ("x", "2026")


def test_the_model_stands_in_for_legacy_only_where_the_route_says_so(fakes):
    """The default passes legacy's failure on."""
    stands_in = fakes.plan_of(rollout={"on_legacy_failure": "model"})
    assert (fakes.plan_of().serves_when_legacy_failed, stands_in.serves_when_legacy_failed) == (False, True)


def test_what_is_set_for_every_route_is_below_what_is_set_for_one(fakes):
    """Two routes, one override for both and one for one."""
    config = Config.model_validate({"legacy": {"url": "http://127.0.0.1:1"}})
    plan = Plan(config, {"x": fakes.plan_of(), "y": fakes.plan_of()})
    overrides = {"*": [Override("sample", 0.5)], "y": [Override("sample", 0.1)]}
    plan.refresh(overrides, now=0)
    assert [route.switch.sample for route in plan.routes.values()] == [0.5, 0.1]


def test_a_certified_route_has_the_threshold_of_its_certificate(fakes):
    """Of one that stands on what runs; without it none, and the overrides count above all the same."""
    plan = fakes.plan_of(threshold="certified", rollout={"phase": "live"})
    plan.standing = "now"
    assert (plan.switch.certified, plan.switch.threshold) == (True, None)
    plan.refresh([Override("exposure", 0.5)], 0, Grant("c1", "now", None, {"": 0.7}))
    assert (plan.switch.threshold, plan.switch.certificate, plan.switch.exposure) == (0.7, "c1", 0.5)
    plan.refresh([], 0, Grant("c1", "before", None, {"": 0.7}))
    assert (plan.switch.certified, plan.switch.threshold, plan.switch.certificate) == (True, None, None)


def test_a_fixed_threshold_knows_no_certificate(fakes):
    """It is the operator's own."""
    plan = fakes.plan_of(rollout={"phase": "live"})
    plan.refresh([], 0, Grant("c1", "", None, {"": 0.7}))
    assert (plan.switch.threshold, plan.switch.certified, plan.switch.certificate) == (0.5, False, None)
