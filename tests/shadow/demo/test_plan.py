from shadow.demo import plan
from shadow.demo.options import DemoOptions


def test_intent_is_walked_from_shadow_to_live():
    """Four steps, each but the first with a switch thrown before it, all of intent."""
    steps = plan.replay(DemoOptions())

    assert [step.name for step in steps] == ["shadow", "canary 25%", "canary 50%", "live"]
    assert [step.switch and step.switch.settings for step in steps] == [
        None,
        ("phase=canary", "exposure=0.25"),
        ("exposure=0.5",),
        ("phase=live", "exposure=1.0"),
    ]


def test_only_the_walked_route_changes_its_phase():
    """While intent is walked, address stays in shadow."""
    live = plan.replay(DemoOptions())[-1]

    assert (live.phase("intent"), live.phase("address")) == ("live", "shadow")


def test_a_switch_says_who_and_why():
    """The command carries who threw it and why."""
    switch = plan.Switch("intent", ("phase=canary",), "it looks good")

    assert switch.words() == (
        *("switch", "set", "intent", "phase=canary", "--by", "demo", "--why", "it looks good"),
    )


def test_every_address_and_most_intents_are_asked_once():
    """No question is asked twice, and both routes have traffic in every step."""
    steps = plan.replay(DemoOptions())
    asked = [question.id for step in steps for question in step.questions]

    assert len(asked) == len(set(asked)) == 2012
    assert [{question.route for question in step.questions} for step in steps] == [{"intent", "address"}] * 4


def test_a_quick_run_asks_little():
    """The same steps with few requests."""
    assert [len(step.questions) for step in plan.replay(DemoOptions(quick=True))] == [16] * 4


def test_the_real_model_is_asked_one_by_one():
    """A slow model gets some addresses, one after another, and no switch is thrown."""
    (step,) = plan.smollm2(DemoOptions(model="smollm2"))

    assert (len(step.questions), step.paced, step.switch) == (30, True, None)
