"""Judges and embeddings in a configuration."""

from __future__ import annotations

import pytest

from shadow.config.describe import describe
from shadow.config.hashes import asked_hash
from shadow.config.load import load
from shadow.errors import ConfigError

HEAD = (
    'legacy: {url: "http://127.0.0.1:9001"}\nmodels: {m: {adapter: passthrough, url: "http://127.0.0.1:1"}}\n'
)
JUDGE = 'judges: {fair: {adapter: openai, url: "http://127.0.0.1:3", model: m}}\n'
INLINE = "{use: constant, options: {value: 1}, inline: {compare: [{use: judge, judge: fair}]}}"
ROUTE = "routes: {r: {match: {path: /r}, model: m, rollout: {phase: shadow}, compare: [PANEL]}}\n"


@pytest.mark.parametrize(
    ("judge", "panel", "told"),
    [
        (
            JUDGE,
            "{use: json}, {use: judge, judge: fare}",
            'routes.r.compare[1].judge (line 4): no judge named "fare"; there is: fair; did you mean "fair"?',
        ),
        (
            JUDGE,
            "{use: judge, judge: fair}",
            "routes.r.compare (line 4): has judges only, and no verdict follows",
        ),
        (
            JUDGE,
            "{use: json}, {use: judge}",
            "routes.r.compare[1] (line 4): judge: option 'judge' is required",
        ),
        (
            JUDGE.replace("}}", ", budget: {per_day: 1}}}"),
            "{use: json}",
            "judges.fair.budget (line 3): needs a price: without one nothing is ever spent",
        ),
        (
            JUDGE,
            f"{{use: json}}], confidence: {INLINE}, guards: [",
            "routes.r.confidence.inline.compare[0].use (line 4): a client waits here: no judge can be asked",
        ),
        (
            JUDGE.replace("openai", "passthrough"),
            "{use: json}",
            "judges.fair.adapter (line 3): a judge is asked by openai, anthropic or package.module:Name",
        ),
        (
            JUDGE.replace("model: m", "model: m, ask: {user: '{{ request.jsn }}'}"),
            "{use: json}",
            'judges.fair.ask.user (line 3): template line 1: request has no "jsn"',
        ),
    ],
)
def test_what_cannot_be_asked_is_told(tmp_path, judge, panel, told):
    """With path, line and what to do."""
    (tmp_path / "shadow.yaml").write_text(HEAD + judge + ROUTE.replace("PANEL", panel))
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "shadow.yaml", environ={})
    (line,) = str(caught.value).splitlines()[1:]
    assert line.strip().startswith(told)


def test_check_tells_of_those_who_are_asked(file):
    """With their budget; and of one that nobody asks."""
    text = describe(file.load(HEAD + JUDGE + ROUTE.replace("PANEL", "{use: json}")))
    assert "at http://127.0.0.1:3, timeout 30s, budget none" in text
    assert "  - judge fair is used by no route" in text


def test_limits_and_prices_make_no_other_judge(file):
    """A rubric does: what was said by it is not what would be said now."""

    def load(keys):
        return file.load(HEAD + JUDGE.replace("model: m", f"model: m{keys}")).judges["fair"]

    same = [
        asked_hash(load(keys)) for keys in ("", ", timeout: 9s", ", price: {per_call: 1}", ", api_key: x")
    ]
    assert len(set(same)) == 1
    assert asked_hash(load(", rubric: shorter")) != same[0]
