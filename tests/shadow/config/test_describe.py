"""What `shadow check` prints."""

from __future__ import annotations

import trustme

from shadow.config.describe import describe
from shadow.config.hashes import config_hash, model_hash

FULL = """\
listen: {port: "${PORT}"}
store: sqlite:////data/shadow.db
legacy: {url: "http://u:pw@127.0.0.1:9001", timeout: 5s}
models:
  parser:
    adapter: openai
    url: http://u:${SECRET}@h/v1
    model: gemma
    version: "7"
    api_key: ${SECRET}
    timeout: ${WAIT}
  idle: {adapter: passthrough, url: "http://h"}
routes:
  address:
    match: {path: /v1/address, methods: [POST, PUT]}
    model: parser
    compare: [{use: json}, {use: text, pointer: /street, tolerance: 10%, label: street}]
    confidence: {use: logprob, threshold: 0.9}
    rollout:
      phase: canary
      sample: 0.5
      exposure: 10%
      key: header:X-Account-Id
      patience: 300ms
      targets: [{when: {header:X-Tier: [gold]}, phase: shadow}]
    keep: {days: 7}
"""


def test_everything_that_would_run_is_told(file):
    """Each route with its match, rollout, model, comparators, confidence and what it keeps; no secret."""
    config = file.load(FULL, SECRET="sesame", PORT="18080", WAIT="3s")
    assert describe(config) == (
        f"""\
configuration {config_hash(config)} is valid

listen  http://127.0.0.1:${{PORT}}
admin   http://127.0.0.1:8081
legacy  http://***@127.0.0.1:9001, timeout 5s
store   sqlite:////data/shadow.db, audit relaxed

route address: POST PUT /v1/address
  phase       canary, sample 0.5, exposure 0.1 by header:X-Account-Id
  target      phase shadow by header:X-Tier
  model       parser version 7 ({model_hash(config.models["parser"])}): openai at http://u:${{SECRET}}@h/v1, \
model gemma, timeout ${{WAIT}}
  compare     json ≤ 0, street ≤ 0.1
  confidence  logprob, threshold 0.9
  patience    0.3s; when legacy fails: pass
  keeps       bodies for 7 days, up to 256KiB each

notes:
  - address: bodies are stored unmasked; keep: {{bodies: hashed}} stores their hashes only
  - model idle is used by no route
  - audit relaxed: up to a flush of exchanges is lost if a worker is killed"""
    )


def _notes(text: str) -> list[str]:
    return text.partition("notes:\n")[2].splitlines()


def test_a_file_without_routes_is_told_to_be_a_plain_proxy(file):
    """Nothing is compared, and the output says so."""
    text = describe(file.load('legacy: {url: "http://h"}\nrecord: {audit: strict}\n'))
    assert _notes(text) == ["  - no routes: every request goes to legacy, and nothing is compared"]


def test_settings_without_effect_are_noted(file):
    """Phase off calls no model, exposure 0 serves nobody, exposure does nothing but in canary."""
    text = describe(
        file.load(
            """\
            legacy: {url: "http://h"}
            record: {audit: strict}
            models: {m: {adapter: openai, url: "http://h"}}
            routes:
              a: {match: {path: /a}, rollout: {exposure: 0.1}}
              b: {match: {path: /b}, model: m, rollout: {phase: canary, on_legacy_failure: model},
                  compare: [{use: json}, {use: status, headers: [ETag, Set-Cookie]}],
                  confidence: {use: constant, threshold: 0}, keep: {bodies: hashed}}
            """
        )
    )
    assert _notes(text) == [
        "  - a: phase off, so the model is not called",
        "  - a: exposure has an effect in phase canary only",
        "  - b: Set-Cookie holds secrets, so it is not recorded nor compared",
        "  - b: exposure 0, so the model serves nobody",
        "  - b: patience 0, so the model stands in only if it has answered when legacy fails",
    ]


def test_what_is_kept_is_told(file):
    """Bodies, their hashes, or nothing."""
    routes = "\n".join(
        f"  {kind}: {{match: {{path: /{kind}}}, keep: {{bodies: {kind}}}, capture: {{body_limit: {size}}}}}"
        for kind, size in [("masked", "1MiB"), ("hashed", "100B"), ("none", "1KB")]
    )
    text = describe(file.load(f'legacy: {{url: "http://h"}}\nroutes:\n{routes}\n'))
    assert [line.strip() for line in text.splitlines() if "keeps" in line] == [
        "keeps       bodies for 30 days, up to 1MiB each",
        "keeps       hashes of bodies for 30 days, up to 100B each",
        "keeps       no bodies for 30 days, up to 1000B each",
    ]


def test_what_legacy_gets_besides_is_told(file):
    """It is no longer what the client sent."""
    keys = "host: upstream, forwarded: both, client_forwarded: append, via: edge"
    text = describe(file.load(f'legacy: {{url: "http://h", {keys}}}\n'))
    told = "the Host of its url, told of clients by both (append theirs), via edge"
    assert f"legacy  http://h, timeout 30s, {told}\n" in text


def test_it_is_told_when_clients_need_a_certificate(file):
    """Whoever runs the check sees that not everyone may come."""
    trustme.CA().issue_cert("h").private_key_and_cert_chain_pem.write_to_path(file.folder / "c.pem")
    trustme.CA().cert_pem.write_to_path(file.folder / "ca.pem")
    text = 'legacy: {url: "http://h"}\nlisten: {cert: c.pem, key: c.pem, client_ca: ca.pem}\n'
    assert "listen  https://127.0.0.1:8080, clients show a certificate\n" in describe(file.load(text))


def test_what_has_less_of_a_say_is_told(file):
    """And the tolerance of all comparators together."""
    config = file.load("""\
legacy: {url: "http://h"}
routes:
  a:
    match: {path: /a}
    compare: [{use: json}, {use: status, severity: minor, tolerance: 50%}]
    panel: {tolerance: 10%}
""")
    assert "  compare     json ≤ 0, status ≤ 0.5 (minor); all together ≤ 0.1\n" in describe(config)


def test_who_is_asked_twice_is_told(file):
    """With a note where a method that is not safe would be repeated to legacy."""
    text = FULL.replace("keep: {days: 7}", "noise: {legacy: 1%, model: 5%, methods: [POST, GET]}")
    told = describe(file.load(text, SECRET="sesame", PORT="18080", WAIT="3s"))
    assert "  noise       asks again: legacy 0.01, model 0.05, of POST GET requests\n" in told
    assert "  - address: legacy is asked again by POST, which must do no harm\n" in told
    assert "asked again" not in describe(file.load(FULL, SECRET="sesame", PORT="18080", WAIT="3s"))


def test_a_certified_threshold_is_told_with_its_promise(file):
    """For everybody, or for each value of a cohort."""
    certify = ", certify: {loss: regret, at_most: 2%, by: language, values: [de, en]}"
    for more, told in (
        ("", "certified: wrong at most 0.05 with probability 0.95"),
        (certify, "certified for each of de, en: regret at most 0.02 with probability 0.95"),
    ):
        text = (
            'legacy: {url: "http://h"}\nmodels: {m: {adapter: passthrough, url: "http://h"}}\nroutes:\n  a:\n'
            "    match: {path: /a}\n    model: m\n    cohorts: {language: header:Accept-Language}\n"
            f"    confidence: {{use: constant, options: {{value: 1}}, threshold: certified{more}}}\n"
        )
        assert f"confidence  constant, threshold {told}\n" in describe(file.load(text))
