"""Reading a configuration file: everything it says, or every problem in it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fallback.confidence.logistic import Fit, Weight, _version
from fallback.words import Phase
from shadow.config.load import load
from shadow.config.sources import Source
from shadow.config.yaml12 import LARGEST
from shadow.errors import ConfigError

ROOT = Path(__file__).parents[3]
HEAD = 'legacy: {url: "http://127.0.0.1:9001"}\n'
MODEL = "models:\n  m:\n    adapter: openai\n    url: http://h/v1\n"


def test_the_least_file_is_enough(file):
    """Everything but the legacy system has a default."""
    config = file.load(HEAD)
    assert (config.listen.port, config.admin.port, config.record.audit) == (8080, 8081, "relaxed")
    assert (config.record.flush, config.record.queue, config.listen.drain) == (0.02, 64 << 20, 10.0)
    assert (config.models, config.routes) == ({}, {})


def test_what_clients_and_legacy_may_do_is_bounded_by_default(file):
    """A file that says nothing of limits still has them all."""
    config = file.load(HEAD)
    listen, legacy = config.listen, config.legacy
    assert (listen.max_connections, listen.max_headers, listen.max_header_size) == (10_000, 128, 32 << 10)
    assert (listen.header_timeout, listen.body_timeout, listen.idle_timeout) == (30.0, 60.0, 75.0)
    assert (listen.min_body_rate, legacy.max_header_size, legacy.timeout) == (64, 64 << 10, 30.0)


def test_the_minimal_example_loads(willing):
    """The example in the docs is true."""
    route = load(ROOT / "examples/minimal.yaml", environ={}).routes["address"]
    assert (route.rollout.phase, route.rollout.salt, route.compare[0].options) == (
        Phase.SHADOW,
        "address",
        {"ignore": ["/request_id"]},
    )


def _blocks() -> list[str]:
    docs = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL)


def test_the_guides_first_file_is_the_example():
    """Under the example's line of comment."""
    assert _blocks()[0] == (ROOT / "examples/minimal.yaml").read_text(encoding="utf-8").partition("\n")[2]


@pytest.mark.parametrize(
    ("block", "rest"),
    [(1, f"{HEAD}models: {{parser: {{adapter: passthrough, url: 'http://h'}}}}\n"), (2, HEAD)],
)
def test_what_the_guide_shows_loads(file, block, rest):
    """Each fragment is true."""
    (file.folder / "schemas").mkdir()
    (file.folder / "schemas/address.json").write_text("{}")
    file.path.write_text(rest + _blocks()[block])
    assert load(file.path, environ={"MODEL_API_KEY": "k"}).legacy.url == "http://127.0.0.1:9001"


def test_a_full_file_is_read(file):
    """Every key arrives as the value it stands for."""
    config = file.load(
        """\
        listen: {host: 0.0.0.0, port: 8443, drain: 3s}
        store: sqlite:///data/shadow.db
        record: {audit: strict, flush: 20ms, queue: 1MiB, commit_timeout: 250ms}
        legacy: {url: "http://127.0.0.1:9001", timeout: 5s}
        models:
          parser:
            adapter: openai
            url: http://127.0.0.1:9002/v1
            model: gemma
            version: 2026-11-01
            api_key: ${KEY}
            timeout: 3s
            rate_limit: {calls: 100, period: 1s, wait: 50ms}
            price: {input_per_million: 0.15, output_per_million: 0.60, per_call: 0}
            breaker: {failures: 5, within: 10s, cool_down: 30s}
            ask: {system: Split., user: "{{ request.json.text }}", params: {temperature: 0, logprobs: true}}
            answer: {from: json, body: {number: "{{ reply.number }}"}, json_schema: {type: object}}
            headers: {X-Team: "${KEY}"}
            pass_headers: [Authorization]
        routes:
          address:
            match: {path: /v1/address, methods: [POST]}
            model: parser
            compare:
              - {use: json, ignore: [/took_ms], at: {/price: {use: number, relative: 0.01}}}
              - {use: text, pointer: /street, measure: edit, tolerance: 10%, weight: 2, label: street}
            confidence: {use: logprob, options: {reduce: min}, threshold: 0.9}
            rollout:
              phase: canary
              exposure: 0.10
              key: header:X-Account-Id
              targets: [{when: {header:X-Tier: [gold]}, phase: off}]
              patience: 300ms
            cohorts: {tier: "header:X-Tier"}
            keep: {bodies: hashed, days: 7}
            capture: {body_limit: 1KiB}
            headers: false
        """,
        KEY="sesame",
    )
    model, route = config.models["parser"], config.routes["address"]
    assert (model.version, model.timeout, model.rate_limit.wait) == ("2026-11-01", 3.0, 0.05)
    assert model.api_key.get_secret_value() == model.headers["X-Team"].get_secret_value() == "sesame"
    assert (model.answer.from_, model.answer.json_schema, model.pass_headers) == (
        "json",
        {"type": "object"},
        ("Authorization",),
    )
    assert (route.compare[1].tolerance, route.compare[1].options) == (
        0.1,
        {"pointer": "/street", "measure": "edit"},
    )
    assert route.rollout.targets[0].when == {Source("header", "X-Tier"): ("gold",)}
    assert (route.rollout.targets[0].phase, route.rollout.key) == (
        Phase.OFF,
        Source("header", "X-Account-Id"),
    )
    assert (route.cohorts, route.headers, route.keep.days) == ({"tier": Source("header", "X-Tier")}, False, 7)
    assert config.store == f"sqlite:///{file.folder}/data/shadow.db"


@pytest.mark.parametrize("path", ["/", "/**", "/a/b.json", "/users/{id}/x", "/{a}/**"])
def test_a_path_may_be_exact_have_parts_or_take_a_prefix(file, path):
    """Each form is taken as it is."""
    assert file.load(f"{HEAD}routes:\n  a: {{match: {{path: '{path}'}}}}\n").routes["a"].match.path == path


def test_every_problem_is_in_one_message(file):
    """Shapes, names, the environment, files and what does not fit, each with its path and line."""
    lines = file.refused(
        """\
        listen: {port: -1, prot: 1}
        legacy: {url: "ftp://x"}
        record: {audit: strickt, flush: 20}
        models:
          m:
            adapter: openai
            url: http://h/v1
            timeout: 3
            api_key: ${NO}
            answer: {json_schema: gone.json}
        routes:
          a:
            match: {path: v1, methods: [post]}
            model: m
            headers: yes
            rollout: {key: header, sample: 2, phase: shdow}
          b:
            match: {path: /b}
            model: n
            compare: json
        """
    )
    assert lines == [
        "listen.port (line 1): must be at least 0",
        'listen.prot (line 1): unknown key; did you mean "port"?',
        "legacy.url (line 2): must be a URL that begins with http:// or https://",
        'record.audit (line 3): must be one of relaxed, strict, not "strickt"; did you mean "strict"?',
        'record.flush (line 3): a duration needs a unit (ms, s, m, h, d), like "5s"',
        'models.m.timeout (line 8): a duration needs a unit (ms, s, m, h, d), like "5s"',
        "models.m.api_key (line 9): the environment variable NO is not set",
        "models.m.answer.json_schema (line 10): gone.json: cannot read it: No such file or directory",
        (
            "routes.a.match.path (line 13): must be a path that begins with / and has no query, "
            "fragment or spaces"
        ),
        "routes.a.match.methods[0] (line 13): must be a method in capitals, like GET or POST",
        "routes.a.headers (line 15): must be true or false, not text",
        (
            'routes.a.rollout.phase (line 16): must be one of off, shadow, canary, live, not "shdow"; '
            'did you mean "shadow"?'
        ),
        'routes.a.rollout.sample (line 16): must be a number from 0 to 1, or a percentage like "10%"',
        (
            "routes.a.rollout.key (line 16): must be header:NAME, query:NAME, cookie:NAME, "
            "json:/POINTER or client_ip"
        ),
        "routes.b.compare (line 20): must be a list, not text",
    ]


def test_what_fits_not_is_told_beside_what_has_no_shape(file):
    """The rest of the file is checked although something in it is wrong."""
    lines = file.refused(
        f"{HEAD}listen: {{port: high}}\nroutes:\n  a:\n    match: {{path: /a}}\n    model: gone\n"
    )
    assert lines == [
        "listen.port (line 2): must be a whole number, not text",
        'routes.a.model (line 6): no model named "gone"; there is: nothing',
    ]


def test_a_model_left_out_for_its_own_problem_is_not_told_missing(file):
    """No problem is told that only follows from another."""
    text = f"{HEAD}models: {{m: {{url: 'http://h'}}}}\nroutes: {{a: {{match: {{path: /a}}, model: m}}}}\n"
    assert file.refused(text) == ["models.m.adapter (line 2): is missing"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("legacy:\n", "legacy (line 1): must be a mapping of keys, not empty"),
        ("legacy: {}\n", "legacy.url (line 1): is missing"),
        ("{}\n", "legacy: is missing"),
        ("legacy: http://x\n", "legacy (line 1): must be a mapping of keys, not text"),
        (
            'legacy: {url: "http://"}\n',
            "legacy.url (line 1): must be a URL with a host, like http://127.0.0.1:9001",
        ),
        (
            "legacy: {url: http://h, via: two words}\n",
            "legacy.via (line 1): must be a word of letters, digits, dots and dashes, with a port or without",
        ),
        ('legacy: {url: "http://h:x"}\n', "legacy.url (line 1): must be a URL with a valid host and port"),
        (
            'legacy: {url: "http://h/?a=1"}\n',
            "legacy.url (line 1): must have no query (?) and no fragment (#): the client's own are passed on",
        ),
        (
            f"{HEAD}zzz: 1\n",
            (
                "zzz (line 2): unknown key; there is: listen, admin, store, record, scorer, panels, legacy, models,"
                " judges, embeddings, routes"
            ),
        ),
        (
            f"{HEAD}store: shadow.db\n",
            "store (line 2): must be sqlite:///PATH, a file that every process can open",
        ),
        (
            f"{HEAD}store: 'sqlite:///:memory:'\n",
            "store (line 2): must be sqlite:///PATH, a file that every process can open",
        ),
        (f"{HEAD}listen: {{port: 65536}}\n", "listen.port (line 2): must be at most 65535"),
        (f"{HEAD}listen: {{port: 80.5}}\n", "listen.port (line 2): must be a whole number, not a number"),
        (f"{HEAD}listen: {{host: ''}}\n", "listen.host (line 2): must not be empty"),
        (f"{HEAD}listen: {{max_connections: 0}}\n", "listen.max_connections (line 2): must be at least 1"),
        (f"{HEAD}listen: {{max_headers: 0}}\n", "listen.max_headers (line 2): must be at least 1"),
        (f"{HEAD}listen: {{max_header_size: 0}}\n", "listen.max_header_size (line 2): must be more than 0"),
        (f"{HEAD}listen: {{header_timeout: 0}}\n", "listen.header_timeout (line 2): must be more than 0"),
        (f"{HEAD}listen: {{body_timeout: 0}}\n", "listen.body_timeout (line 2): must be more than 0"),
        (f"{HEAD}listen: {{min_body_rate: 0}}\n", "listen.min_body_rate (line 2): must be more than 0"),
        (f"{HEAD}record: {{flush: 0}}\n", "record.flush (line 2): must be more than 0"),
        (
            f"{HEAD}{MODEL}    version: 1.10\n",
            "models.m.version (line 6): must be text, not a number; put it in quotes",
        ),
        (
            f"{HEAD}{MODEL}    api_key: 12345678\n",
            "models.m.api_key (line 6): must be text, not a number; put it in quotes",
        ),
        (
            f'{HEAD}{MODEL}    headers: {{X: "a\\nb"}}\n',
            "models.m.headers.X (line 6): a header's value has no line breaks",
        ),
        (
            f"{HEAD}{MODEL}    headers: {{X Y: a}}\n",
            'models.m.headers["X Y"] (line 6): must be a header\'s name',
        ),
        (
            f"{HEAD}{MODEL}    price: {{per_call: .nan}}\n",
            "models.m.price.per_call (line 6): must be a finite number",
        ),
        (
            f"{HEAD}{MODEL}    rewrite: {{remove: [a]}}\n",
            (
                'models.m.rewrite.remove[0] (line 6): must be a JSON Pointer: "" or a text '
                "that begins with /, where ~ "
                "is written ~0"
            ),
        ),
        (
            f"{HEAD}{MODEL}    answer: {{json_schema: [1]}}\n",
            "models.m.answer.json_schema (line 6): must be a JSON Schema, or the path of a file that holds one",
        ),
        (
            f"{HEAD}{MODEL}    pass_headers: ['a b']\n",
            "models.m.pass_headers[0] (line 6): must be a header's name",
        ),
        (
            f"{HEAD}{MODEL}    options: {{a: .inf}}\n",
            "models.m.options.a (line 6): JSON has no infinite numbers and no NaN",
        ),
        (
            f"{HEAD}models: {{a b: {{adapter: x}}}}\n",
            'models["a b"] (line 2): a name has 1 to 64 letters, digits, dots, dashes and underscores',
        ),
        (
            f"{HEAD}routes:\n  a:\n    match: {{path: '/a/**/b'}}\n",
            "routes.a.match.path (line 4): * is only known as /** at the end: everything below a prefix",
        ),
        (
            f"{HEAD}routes:\n  a:\n    match: {{path: '/a/x{{b}}'}}\n",
            "routes.a.match.path (line 4): {name} must be a whole part of the path, like /users/{id}/address",
        ),
        (
            f"{HEAD}routes:\n  a:\n    match: {{path: '/{{b}}/{{b}}'}}\n",
            "routes.a.match.path (line 4): two parts of the path have the same {name}",
        ),
        (
            (
                f"{HEAD}routes:\n  a:\n    match: {{path: /a}}\n    confidence: {{use: constant, "
                f"threshold: high}}\n"
            ),
            "routes.a.confidence.threshold (line 5): must be a number from 0 to 1, or certified",
        ),
        (
            f"{HEAD}routes:\n  a:\n    match: {{path: /a}}\n    cohorts: {{tier: X-Tier}}\n",
            (
                "routes.a.cohorts.tier (line 5): must be header:NAME, query:NAME, cookie:NAME, "
                "json:/POINTER or client_ip"
            ),
        ),
        (
            (
                f"{HEAD}routes:\n  a:\n    match: {{path: /a}}\n    rollout:\n      targets:\n"
                "        - {when: {tier: [gold]}, phase: off}\n"
            ),
            (
                "routes.a.rollout.targets[0].when.tier (line 7): must be header:NAME, "
                "query:NAME, cookie:NAME, "
                "json:/POINTER or client_ip"
            ),
        ),
        (f"{HEAD}{HEAD}", "legacy (line 1): given twice, on lines 1 and 2"),
    ],
)
def test_each_mistake_has_its_words(file, text, line):
    """Path, line, what is wrong, and what is allowed."""
    assert file.refused(text)[0] == line


def test_a_syntax_error_is_told_with_the_files_name(file):
    """The message stands by itself."""
    with pytest.raises(ConfigError) as caught:
        file.load("a: [\n")
    assert str(caught.value) == (
        f"{file.path} cannot be used: line 2, column 1: not YAML: expected the node content, but found "
        "'<stream end>' (while parsing a flow node)"
    )


def test_a_file_that_is_not_there_is_told(tmp_path):
    """The name and the system's reason."""
    path = tmp_path / "gone.yaml"
    with pytest.raises(
        ConfigError, match=f"^{re.escape(str(path))} cannot be used: cannot read it: No such file"
    ):
        load(path, environ={})


def test_a_file_that_is_no_text_is_told(file):
    """The line of the first wrong byte."""
    file.path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ConfigError, match=r"cannot be used: line 2: not UTF-8$"):
        load(file.path, environ={})


def test_a_byte_order_mark_is_no_part_of_the_text(file):
    """Some editors write one."""
    file.path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert load(file.path, environ={}).legacy.url == "http://127.0.0.1:9001"


def test_a_salt_of_its_own_is_kept(file):
    """The route's name is only the default."""
    routes = "routes:\n  a: {match: {path: /a}, rollout: {salt: s}}\n  b: {match: {path: /b}}\n"
    assert [route.rollout.salt for route in file.load(HEAD + routes).routes.values()] == ["s", "b"]


def test_a_schema_file_is_taken_in(file):
    """From then on nobody needs the file; its path is relative to the configuration's folder."""
    (file.folder / "schemas").mkdir()
    (file.folder / "schemas/a.json").write_text('{"type": "object"}')
    config = file.load(f"{HEAD}{MODEL}    answer: {{json_schema: schemas/a.json}}\n")
    assert config.models["m"].answer.json_schema == {"type": "object"}


def test_the_schema_file_of_a_comparator_is_taken_in_too(file):
    """And watched; a file that is none is told at its entry."""
    (file.folder / "a.json").write_text('{"type": "object"}')
    entry = "      - {use: schema, schema: %s}\n"
    route = f"{HEAD}routes:\n  a:\n    match: {{path: /a}}\n    compare:\n{entry}"
    (compare,) = file.load(route % "a.json").routes["a"].compare
    assert compare.options == {"schema": {"type": "object"}}
    (line,) = file.refused(route % "b.json")
    assert "routes.a.compare[0].schema" in line
    assert "b.json: cannot read it" in line


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('{"a": 1,\n oops}', "a.json: line 2: not JSON"),
        ("[1]", "a.json: not a JSON Schema: it must be a mapping"),
        ("[" * 100_000, "a.json: not JSON"),
        ('"' + "x" * LARGEST, f"a.json: larger than {LARGEST} bytes"),
    ],
)
def test_a_schema_file_that_is_none_is_told(file, content, text):
    """With the schema file's own line where there is one."""
    (file.folder / "a.json").write_text(content)
    lines = file.refused(f"{HEAD}{MODEL}    answer: {{json_schema: a.json}}\n")
    assert lines == [f"models.m.answer.json_schema (line 6): {text}"]


@pytest.mark.parametrize("quote", ["", '"', "'"])
@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [("port", "8080", 8080), ("host", "127", "127"), ("drain", "5s", 5.0), ("drain", "0", 0.0)],
)
def test_a_variable_is_read_as_its_key_needs_it(file, quote, key, value, expected):
    """A port is a number and a host is text, in quotes or not."""
    config = file.load(f"{HEAD}listen:\n  {key}: {quote}${{X}}{quote}\n", X=value)
    assert getattr(config.listen, key) == expected


def test_an_empty_variable_is_no_key(file):
    """`api_key: ${KEY}` with an empty KEY asks for none."""
    assert file.load(f"{HEAD}{MODEL}    api_key: ${{KEY}}\n", KEY="").models["m"].api_key is None


SECRET = "s3sam-e{x}"
EVERYWHERE = """\
listen: {port: "${S}", host: "${S}"}
store: "${S}"
record: {audit: "${S}", flush: "${S}"}
legacy: {url: "${S}"}
models:
  m:
    adapter: "${S}"
    url: "x://u:${S}@h"
    timeout: ${S}
    api_key: ["${S}"]
    headers: {a: {b: "${S}"}}
    answer: {from: "${S}", json_schema: "${S}"}
    pass_headers: ["a ${S}"]
routes:
  a:
    match: {path: "${S}", methods: ["${S}"]}
    model: "${S}"
    confidence: {use: "${S}", threshold: "${S}"}
    rollout: {phase: "${S}", key: "${S}", advance: "${S}"}
    mask: ["${S}"]
    keep: {bodies: "${S}", days: "${S}"}
"""


@pytest.mark.parametrize("value", [SECRET, "s3same", "12345", "http://s3same"])
def test_no_message_tells_what_came_from_the_environment(file, value):
    """Not even where it is the very thing that is wrong."""
    lines = file.refused(EVERYWHERE, S=value)
    assert len(lines) > 10
    assert value not in "\n".join(lines)


def test_no_repr_tells_what_came_from_the_environment(file):
    """Neither as a part of a text, nor as a whole, nor below a mapping of anything."""
    config = file.load(
        """\
        listen: {port: "${PORT}"}
        legacy: {url: "http://u:${S}@h"}
        models:
          m:
            adapter: openai
            url: http://u:literal@h
            api_key: ${S}
            ask: {user: "x ${S}", params: {token: "${S}"}}
            headers: {X: "${S}"}
            options: {deep: [{s: "${S}"}]}
        """,
        S="sesame",
        PORT="18080",
    )
    assert config.models["m"].options == {"deep": [{"s": "sesame"}]}
    assert [word for word in ("sesame", "18080", "literal") if word in f"{config!r} {config}"] == []
    assert config.legacy.shown("url") == "http://u:${S}@h"
    assert config.models["m"].shown("url") == "http://***@h"


def test_no_plugins_words_tell_what_came_from_the_environment(file, monkeypatch):
    """A plugin may quote its options; the message is masked."""
    from shadow.config import check
    from shadow.config.build import Makers

    def adapter(_name, model):
        raise ValueError(f"bad token {model.options['token']!r}, limit {model.options['limit']}")

    makers = Makers(
        comparator=lambda spec: spec,
        estimator=lambda each: each,
        adapter=adapter,
        asked=lambda _name, each: each,
    )
    monkeypatch.setattr(check, "installed", lambda: makers)
    text = f'{HEAD}models:\n  m:\n    adapter: a:B\n    options: {{token: "${{S}}", limit: "${{N}}"}}\n'
    assert file.refused(text, S="ses'ame", N="7") == ['models.m (line 3): bad token "${S}", limit ${N}']


FIT = """
models:
  m: {adapter: openai, url: "http://m", model: x}
routes:
  a:
    match: {path: /a}
    model: m
    confidence: {use: samples, options: {between: [0, 1], first: {use: combined, options: OPTIONS}}}
"""


def test_a_stored_fit_is_taken_in_wherever_it_is_named(file):
    """So that it is part of the configuration, and of its hash; a change of it is a change of the configuration."""
    (file.folder / "fits").mkdir()
    weights = [{"name": "sure", "mean": 0.0, "scale": 1.0, "weight": 1.0}]
    stored = Fit(0.0, tuple(Weight(**each) for each in weights), 50, 5, "wrong")
    stored = replace(stored, version=_version(stored))
    (file.folder / "fits/a.json").write_bytes(stored.dumps())
    signals = "{sure: {use: constant, options: {value: 1}}}"
    config = file.load(f"{HEAD}{FIT.replace('OPTIONS', f'{{fit: fits/a.json, signals: {signals}}}')}")
    options = config.routes["a"].confidence.options["first"]["options"]
    assert (options["fit"]["version"], options["fit"]["weights"]) == (stored.version, weights)


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "a.json: cannot read it: No such file or directory"), ("{", "a.json: line 1: not JSON")],
)
def test_a_stored_fit_that_is_none_is_told(file, content, text):
    """At the place that names it."""
    if content is not None:
        (file.folder / "fits").mkdir()
        (file.folder / "fits/a.json").write_text(content)
    (line,) = file.refused(f"{HEAD}{FIT.replace('OPTIONS', '{fit: fits/a.json}')}")
    assert line == f"routes.a.confidence.options.first.options.fit (line 9): {text}"
