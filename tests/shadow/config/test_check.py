"""What must fit together across a configuration."""

from __future__ import annotations

import subprocess

import pytest

from shadow.config.load import load

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


@pytest.mark.parametrize(("given", "missing"), [("cert", "key"), ("key", "cert")])
def test_one_half_of_a_certificate_is_refused(file, given, missing):
    """TLS needs both."""
    text = f"{HEAD}listen:\n  {given}: x.pem\n"
    assert file.refused(text) == [
        f"listen.{given} (line 5): TLS needs both cert and key; {missing} is missing"
    ]


def test_a_certificate_that_is_not_there_is_refused(file):
    """The start is refused, not the first handshake."""
    lines = file.refused(f"{HEAD}listen:\n  cert: x.pem\n  key: y.pem\n")
    assert lines == ["listen.cert (line 5): cert and key cannot be loaded: No such file or directory"]


def test_a_certificate_that_is_none_is_refused(file):
    """Garbage in a PEM file is found at the start."""
    (file.folder / "x.pem").write_text("garbage")
    lines = file.refused(f"{HEAD}listen:\n  cert: x.pem\n  key: x.pem\n")
    assert lines == ["listen.cert (line 5): cert and key cannot be loaded: no valid, matching PEM files"]


def test_a_certificate_is_found_beside_the_file(file):
    """Its paths are relative to the file's own folder, and absolute from then on."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=localhost"
    subprocess.run(command.split(), cwd=file.folder, check=True, capture_output=True)
    listen = load(file.write(f"{HEAD}listen: {{cert: c.pem, key: k.pem}}\n"), environ={}).listen
    assert (listen.cert, listen.key) == (str(file.folder / "c.pem"), str(file.folder / "k.pem"))
