"""What the demo does, in order, as values: the switches it throws and the questions it sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shadow.demo import traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shadow.demo.options import DemoOptions
    from shadow.demo.traffic import Question


@dataclass(frozen=True, slots=True)
class Switch:
    """One throw of a route's switches: settings as `key=value`, and why."""

    route: str
    settings: tuple[str, ...]
    why: str

    def words(self) -> tuple[str, ...]:
        """Give it as the words of the command `shadow`, but for the configuration file."""
        return ("switch", "set", self.route, *self.settings, "--by", "demo", "--why", self.why)


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of traffic: its name, what is done before it, and what is sent.

    `paced` sends one at a time and waits until the model has answered, too.
    """

    name: str
    about: str
    questions: tuple[Question, ...]
    switch: Switch | None = None
    paced: bool = False

    def phase(self, route: str) -> str:
        """Say in which phase a route is here: all but the one that is walked stay in shadow."""
        return self.name if self.switch is None or self.switch.route == route else "shadow"


_ROLLOUT = (
    ("shadow", "the model answers every request and nobody is served by it", (), ""),
    (
        "canary 25%",
        "a quarter of the customers may be served by the model, where it is confident",
        ("phase=canary", "exposure=0.25"),
        "in shadow its confident answers mostly agree with legacy",
    ),
    ("canary 50%", "half of them", ("exposure=0.5",), "nothing unusual at a quarter"),
    ("live", "all of them", ("phase=live", "exposure=1.0"), "nothing unusual at a half"),
)


def replay(options: DemoOptions) -> list[Step]:
    """Walk intent from shadow to live, while address stays in shadow."""
    intents, addresses = traffic.intent_questions(), traffic.address_questions()
    if not options.quick:
        intents = intents[:1600]
    else:
        intents, addresses = intents[:48], addresses[:16]
    steps = []
    for n, (name, about, settings, why) in enumerate(_ROLLOUT):
        mixed = _mixed(_part(intents, n, len(_ROLLOUT)), _part(addresses, n, len(_ROLLOUT)))
        switch = Switch("intent", settings, why) if settings else None
        steps.append(Step(name, about, mixed, switch))
    return steps


def smollm2(options: DemoOptions) -> list[Step]:
    """Send some addresses, one after another: a small machine answers about twenty tokens a second."""
    questions = traffic.address_questions()[: 3 if options.quick else 30]
    about = "a real LLM answers beside the legacy system and nobody is served by it"
    return [Step("shadow", about, tuple(questions), paced=True)]


def _part(questions: Sequence[Question], n: int, parts: int) -> Sequence[Question]:
    return questions[len(questions) * n // parts : len(questions) * (n + 1) // parts]


def _mixed(many: Sequence[Question], few: Sequence[Question]) -> tuple[Question, ...]:
    """Spread the fewer evenly among the many."""
    placed = [(n / len(many), question) for n, question in enumerate(many)]
    placed += [(n / len(few), question) for n, question in enumerate(few)]
    return tuple(question for _, question in sorted(placed, key=lambda pair: pair[0]))
