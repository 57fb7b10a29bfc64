"""What must fit together across a configuration."""

from __future__ import annotations

import pytest

HEAD = """\
legacy: {url: "http://127.0.0.1:9001"}
models:
  parser: {adapter: passthrough, url: "http://127.0.0.1:9002"}
"""


@pytest.mark.parametrize(
    ("routes", "lines"),
    [
        (
            "routes:\n  a:\n    match: {path: /a}\n    model: parsr\n",
            ['routes.a.model (line 7): no model named "parsr"; there is: parser; did you mean "parser"?'],
        ),
        (
            "routes:\n  a:\n    match: {path: /a}\n    compare: [{use: json, severity: info}]\n",
            [
                (
                    "routes.a.compare (line 7): every comparator is of severity info: "
                    "there would never be a verdict"
                )
            ],
        ),
        (
            "routes:\n  a:\n    match: {path: /a}\n    rollout: {phase: shadow}\n",
            ["routes.a.model (line 5): is missing: phase shadow needs a model"],
        ),
        (
            "routes:\n  a:\n    match: {path: /a}\n    model: parser\n    rollout: {phase: canary}\n",
            [
                (
                    "routes.a.rollout.phase (line 8): canary needs a confidence with use and "
                    "threshold: without them "
                    "no model answer may be served"
                )
            ],
        ),
        (
            (
                "routes:\n  a:\n    match: {path: /a}\n    model: parser\n    confidence: {use: constant}\n"
                "    rollout:\n      phase: live\n"
            ),
            [
                (
                    "routes.a.rollout.phase (line 10): live needs a confidence with use and "
                    "threshold: without them "
                    "no model answer may be served"
                )
            ],
        ),
        (
            (
                "routes:\n  a:\n    match: {path: /a}\n    model: parser\n    rollout:\n      targets:\n"
                "        - when: {client_ip: [127.0.0.1]}\n          phase: live\n"
            ),
            [
                (
                    "routes.a.rollout.targets[0].phase (line 11): live needs a confidence "
                    "with use and threshold: "
                    "without them no model answer may be served"
                )
            ],
        ),
        (
            (
                "routes:\n  a:\n    match: {path: '/u/{id}'}\n  b:\n    match: {path: '/u/{name}', "
                "methods: [GET]}\n"
            ),
            ['routes.b.match (line 8): never matches: route "a" takes the same requests'],
        ),
        (
            (
                "routes:\n  a:\n    match: {path: /a, methods: [GET]}\n  b:\n    match: {path: /a, "
                "methods: [GET]}\n"
            ),
            ['routes.b.match (line 8): never matches: route "a" takes the same requests'],
        ),
        (
            "routes:\n  a:\n    match: {path: /a}\n    confidence: {threshold: 0.5}\n",
            ["routes.a.confidence.use (line 7): is missing"],
        ),
        (
            "routes:\n  a:\n    match: {path: /a}\n    noise: {legacy: 1%}\n",
            [
                "routes.a.noise (line 7): needs a model: what legacy's noise hides is the model's difference",
            ],
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_path_and_line(file, routes, lines):
    """One line for each problem."""
    assert file.refused(HEAD + routes) == lines


def test_routes_that_share_a_path_but_not_all_methods_fit(file):
    """The second still gets what the first does not take."""
    routes = "routes:\n  a: {match: {path: /a, methods: [GET]}}\n  b: {match: {path: /a}}\n"
    assert list(file.load(HEAD + routes).routes) == ["a", "b"]


def test_a_route_in_phase_off_needs_no_model(file):
    """It is a plain reverse proxy."""
    assert file.load(HEAD + "routes: {a: {match: {path: /a}}}").routes["a"].model is None


BY = "routes.a.confidence.certify.by (line 8)"
OWN = "a certified threshold needs the route's own panel here: what another one stops, the record cannot tell"
KEEP = "certified thresholds need to tell retries apart: keep bodies masked or hashed"
CERTIFIED = """\
routes:
  a:
    match: {path: /a}
    model: parser
    confidence: {use: constant, options: {value: 1}, threshold: certified%s}
    cohorts: {language: "header:Accept-Language"}
"""


@pytest.mark.parametrize(
    ("routes", "lines"),
    [
        (CERTIFIED % "", []),
        (CERTIFIED % ", certify: {by: language, values: [de]}", []),
        (CERTIFIED.replace("certified", "0.5") % ", certify: {loss: wrong}", []),
        (
            CERTIFIED % ", certify: {by: language}",
            [f"{BY}: by and values belong together: a cohort, and those of its values to certify"],
        ),
        (
            CERTIFIED % ", certify: {by: langage, values: [de]}",
            [f'{BY}: no cohort named "langage"; there is: language; did you mean "language"?'],
        ),
        (
            CERTIFIED % "" + "    keep: {bodies: none}\n",
            [f"routes.a.keep.bodies (line 10): {KEEP}"],
        ),
        (CERTIFIED % ", inline: {at_most: 0.1}", []),
        (
            CERTIFIED % ", inline: {compare: [{use: exact}]}",
            [f"routes.a.confidence.inline.compare (line 8): {OWN}"],
        ),
        (
            CERTIFIED % ", certify: {at_most: 0}",
            ["routes.a.confidence.certify.at_most (line 8): must be above 0 and below 1"],
        ),
        (
            CERTIFIED % ", certify: {least_probability: 0}",
            ["routes.a.confidence.certify.least_probability (line 8): must be above 0"],
        ),
    ],
)
def test_what_keeps_a_threshold_from_being_certified_is_told(file, routes, lines):
    """Before anybody waits for it in vain."""
    if lines:
        assert file.refused(HEAD + routes) == lines
    else:
        route = file.load(HEAD + routes).routes["a"]
        assert (route.promise is None) == (route.confidence.threshold == 0.5)
