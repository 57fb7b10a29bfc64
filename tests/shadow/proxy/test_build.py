"""Plans are built of configurations; what did not change keeps what it has."""

from __future__ import annotations

from copy import deepcopy

import msgspec
import pytest

from comparators.answer import Answer
from fallback.words import Side
from shadow.config.hashes import model_hash
from shadow.config.model import Compare, Config, Rollout
from shadow.proxy.build import Builder, _panel, at_temperature, estimator_of
from shadow.proxy.repeats import Means
from shadow.proxy.spare import Spare

FILE = {
    "legacy": {"url": "http://127.0.0.1:1"},
    "models": {
        "m": {"adapter": "passthrough", "url": "http://127.0.0.1:2", "version": "v1"},
        "n": {
            "adapter": "passthrough",
            "url": "http://127.0.0.1:2/n",
            "rate_limit": {"calls": 1, "period": "1h"},
            "breaker": {"failures": 1},
        },
    },
    "routes": {
        "x": {
            "match": {"path": "/x"},
            "model": "m",
            "confidence": {"use": "constant", "options": {"value": 0.7}, "threshold": 0.5},
        },
        "y": {"match": {"path": "/y"}, "model": "n"},
        "z": {"match": {"path": "/z"}},
    },
}


@pytest.fixture
async def builder(around):
    """Build plans, and close what they opened."""
    made = Builder(around.tasks)
    yield made
    await made.close()


def configured(**changes) -> Config:
    """Give the configuration, its models changed by key."""
    file = deepcopy(FILE)
    for name, keys in changes.items():
        file["models"][name].update(keys)
    return Config.model_validate(file)


async def test_a_plan_has_a_route_for_each_of_the_file_in_its_order(builder):
    """With its model, that model's version and hash, and its estimator; or with none."""
    config = configured()
    plan = builder(config)
    x, y, z = plan.routes.values()
    assert [each.name for each in (x, y, z)] == ["x", "y", "z"]
    assert (x.model.name, x.model_name, x.version) == ("m", "m", "v1")
    assert x.config_hash == model_hash(config.models["m"]) != y.config_hash
    assert (x.estimator(Answer()), y.estimator) == (0.7, None)
    assert (z.model, z.version, z.config_hash) == (None, "", "")


async def test_the_limits_of_the_file_are_those_of_the_calls(builder):
    """Each model has its own."""
    builder(configured(m={"max_in_flight": 3}))
    told = builder.snapshot()
    assert told["m"] == {"in_flight": 0, "breaker": "closed"}
    assert told["n"] == {"in_flight": 0, "breaker": "closed", "acquired": 0, "refused": 0, "waiting": 0}


async def test_an_unchanged_model_keeps_its_calls_over_a_reload(builder):
    """Its breaker and what is under way; a changed one begins anew."""
    before = builder(configured()).routes
    after = builder(configured(m={"version": "v2"})).routes
    assert (after["y"].model is before["y"].model, after["x"].model is before["x"].model) == (True, False)
    assert after["x"].version == "v2"


async def test_a_model_that_is_gone_is_retired(builder, around):
    """Once its calls have ended."""
    builder(configured())
    assert len(around.tasks) == 0
    builder(configured(m={"version": "v2"}))
    assert len(around.tasks) == 1
    assert await around.tasks.drain(5) == 0


async def test_a_plan_that_cannot_be_built_leaves_what_was_built_before(builder):
    """The one in force goes on with its own calls."""
    before = builder(configured()).routes["x"].model
    bad = configured().model_copy(update={"routes": {"x": object()}})
    with pytest.raises(AttributeError):
        builder(bad)
    assert builder(configured()).routes["x"].model is before


def test_a_route_without_confidence_has_no_estimator():
    """And so never serves the model."""
    assert estimator_of(None) is None


CHAT = {"adapter": "openai", "url": "http://127.0.0.1:2/v1", "model": "m", "rate_limit": {"calls": 9}}
AGAIN = {"use": "samples", "options": {"temperature": 0.5, "k": 2}}


def weighing(confidence, **model) -> Config:
    """Give a configuration whose one route has this confidence."""
    route = {"match": {"path": "/x"}, "model": "m", "confidence": confidence}
    file = {"legacy": FILE["legacy"], "models": {"m": {**CHAT, **model}}, "routes": {"x": route}}
    return Config.model_validate(file)


async def test_where_the_answer_alone_says_how_sure_it_is_nothing_is_weighed(builder):
    """It costs nothing then, not even a process."""
    plan = builder(configured())
    await builder.begin(plan)
    assert {each.weigher for each in plan.routes.values()} == {None}
    assert builder.weighing() == {}


async def test_an_inline_panel_is_the_routes_own_unless_it_says_otherwise(builder):
    """With its bound."""
    own = builder(weighing({"use": "logprob", "inline": {"at_most": 0.2}})).routes["x"].weigher
    assert (own.inline == own.panel, own.at_most, own.asker) == (True, 0.2, None)
    other = {"use": "logprob", "inline": {"compare": [{"use": "json"}]}}
    another = builder(weighing(other)).routes["x"].weigher
    assert (b'"json"' in another.inline, b'"exact"' in another.panel, another.at_most) == (True, True, 0.0)
    assert builder.weighing()["judged"] == 0


@pytest.mark.parametrize(
    ("rollout", "begun"),
    [
        ({"phase": "shadow"}, False),
        ({"phase": "canary", "exposure": 0.1}, True),
        ({"phase": "shadow", "targets": [{"when": {"header:X-Tier": ["a"]}, "phase": "live"}]}, True),
    ],
)
async def test_the_panel_process_begins_where_a_request_may_be_exposed(builder, rollout, begun):
    """Elsewhere it would only take memory."""
    config = weighing({"use": "agreement", "threshold": 0.5})
    route = config.routes["x"].model_copy(update={"rollout": Rollout.model_validate(rollout)})
    await builder.begin(builder(config.model_copy(update={"routes": {"x": route}})))
    assert (builder._panels.pid is not None) is begun


async def test_who_asks_again_has_calls_of_its_own_within_the_models_rate(builder):
    """In the model's own counts they stand beside it."""
    route = builder(weighing(AGAIN)).routes["x"]
    calls = route.weigher.asker.calls
    assert calls is not route.model
    assert (calls.limiter is route.model.limiter, calls.breaker is route.model.breaker) == (True, False)
    assert sorted(builder.snapshot()) == ["m", "m at 0.5"]


async def test_an_allowance_outlives_a_reload(builder):
    """What was spent stays spent, also with another model; another allowance begins anew."""
    before = builder(weighing(AGAIN)).routes["x"].weigher.asker
    assert before.allowance.spend(3, 0.0)
    after = builder(weighing(AGAIN, version="v2")).routes["x"].weigher.asker
    assert (after.calls is before.calls, after.allowance is before.allowance) == (False, True)
    assert builder.weighing()["samples_asked"] == 3
    fewer = {**AGAIN, "options": {**AGAIN["options"], "calls_per_minute": 5}}
    assert builder(weighing(fewer)).routes["x"].weigher.asker.allowance.spent == 0


async def test_what_nobody_waits_for_has_a_budget_and_a_panel_process_of_its_own(around):
    """Counts and budget outlive a reload; another budget begins anew."""
    builder = Builder(around.tasks, Means(None, 1.0, around.tasks, Spare()))
    route = builder(weighing({**AGAIN, "unexposed": {"share": "50%"}})).routes["x"]
    own = route.asides.means
    assert own.weigher.panels is not route.weigher.panels
    assert own.asker.calls is route.weigher.asker.calls
    assert own.asker.allowance is not route.weigher.asker.allowance
    assert (route.asides.keys.share, own.at_once) == (0.5, 2)
    assert own.asker.allowance.spend(3, 0.0)
    route.asides.weighed = 4
    told = builder.weighing()
    assert (told["samples_asked"], told["unexposed_weighed"]) == (3, 4)
    again = builder(weighing(AGAIN)).routes["x"].asides
    assert (again.means.asker.allowance.spent, again.weighed) == (3, 4)
    fewer = builder(weighing({**AGAIN, "unexposed": {"calls_per_minute": 5}})).routes["x"].asides
    assert (fewer.means.asker.allowance.spent, fewer.weighed) == (0, 4)
    assert set(builder.samples()) == {"x"}
    await builder.close()


def test_another_temperature_changes_nothing_else_of_a_model():
    """But a seed, which would make all answers the same; also of one that passes the client's conversation on."""
    params = {"temperature": 0, "seed": 1, "max_tokens": 9}
    model = weighing(AGAIN, ask={"user": "x", "params": params}).models["m"]
    warm = at_temperature(model, 0.5)
    assert (warm.ask.params, warm.ask.user) == ({"temperature": 0.5, "max_tokens": 9}, "x")
    assert warm.url == model.url
    assert at_temperature(weighing(AGAIN).models["m"], 0.5).ask.params == {"temperature": 0.5}


async def test_a_route_that_asks_again_keeps_its_budgets_while_nothing_changed_there(around):
    """Counts and breakers outlive a reload of something else."""
    builder = Builder(around.tasks, Means(None, 1.0, around.tasks, Spare()))

    def repeats(**noise):
        file = deepcopy(FILE)
        file["routes"]["x"]["noise"] = noise
        return builder(Config.model_validate(file)).routes["x"].repeats

    first = repeats(legacy=0.1)
    first.budgets[Side.LEGACY].shed = 7
    assert repeats(legacy=0.1).budgets is first.budgets
    assert builder.repeats()["x"]["legacy"]["shed"] == 7
    assert repeats(legacy=0.2).budgets[Side.LEGACY].shed == 0
    assert (repeats(), builder.repeats()) == (None, {})
    await builder.close()


def test_nobody_is_asked_while_a_client_waits():
    """A judge and an embedding have no place in the panel that answers are weighed by."""
    compare = [
        Compare(use="json"),
        Compare(use="judge", judge="fair"),
        Compare(use="embedding", embedding="mini"),
    ]
    assert [entry["use"] for entry in msgspec.json.decode(_panel(compare))["specs"]] == ["json"]
