"""The admin API over HTTP."""

from __future__ import annotations

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from shadow.admin import api
from shadow.admin.api import application
from shadow.config.watch import Watcher
from shadow.record.certificates import Body, Move, put

PROBLEM = "application/problem+json"


@pytest.fixture
async def client(office):
    """Serve the API, and give a client of it."""
    config = office.config
    app = application(config, office.clock, Watcher(office.file, {}, config))
    async with TestClient(TestServer(app)) as made:
        yield made


async def test_the_process_says_that_it_answers(client):
    """Whatever else is wrong."""
    answer = await client.get("/healthz")
    assert (answer.status, answer.content_type, await answer.json()) == (
        200,
        "application/json",
        {"status": "ok"},
    )


async def test_a_whole_house_is_ready(office, client):
    """200, for whoever only looks at the status."""
    office.beat("proxy")
    office.beat("scorer")
    answer = await client.get("/readyz")
    assert (answer.status, await answer.json()) == (
        200,
        {"ready": True, "problems": [], "config_refused": None},
    )


async def test_a_house_without_a_scorer_is_not(office, client):
    """503, and why."""
    office.beat("proxy")
    answer = await client.get("/readyz")
    assert (answer.status, (await answer.json())["problems"]) == (503, ["no scorer is running"])


async def test_a_refused_file_shows(office, client):
    """Under config_refused, with its words; a good one takes it away and is in force."""
    office.file.write_text("legacy: {}\n")
    assert "legacy.url" in (await (await client.get("/readyz")).json())["config_refused"]
    assert list((await (await client.get("/api/v1/status")).json())["switches"]) == ["address", "plain"]
    office.file.write_text('store: sqlite:///shadow.db\nlegacy: {url: "http://127.0.0.1:1"}\n')
    found = await (await client.get("/api/v1/status")).json()
    assert (found["config_refused"], found["switches"]) == (None, {})


async def test_the_status_is_the_whole_picture(office, client):
    """As `shadow status --format json` prints it."""
    office.busy()
    office.beat("proxy")
    found = await (await client.get("/api/v1/status")).json()
    assert list(found) == [
        "ready",
        "problems",
        "config_refused",
        "processes",
        "switches",
        "traffic",
    ]
    assert found["traffic"]["address"]["requests"] == 30


async def test_metrics_are_what_prometheus_reads(office, client):
    """In its text format, with a type for each family."""
    office.busy()
    office.beat("proxy")
    answer = await client.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {family.name: family for family in text_string_to_metric_families(await answer.text())}
    assert sum(sample.value for sample in found["shadow_requests"].samples) == 44
    assert (found["shadow_requests"].type, found["shadow_unscored"].type) == ("counter", "gauge")


async def test_a_label_cannot_break_out_of_its_line(office, client):
    """A route's or a model's name may hold anything."""
    office.beat("proxy", state={"models": {'a"b\nc': {"in_flight": 1, "breaker": "closed"}}})
    text = await (await client.get("/metrics")).text()
    assert 'model="a\\"b\\nc"' in text


async def test_metrics_without_a_store_are_a_problem(office, client):
    """Not an empty page, which would read as no traffic."""
    office.store.close()
    for left in office.file.parent.glob("shadow.db*"):
        left.unlink()
    answer = await client.get("/metrics")
    assert (answer.status, answer.content_type, await answer.json()) == (
        503,
        PROBLEM,
        {
            "type": "about:blank",
            "title": "Service Unavailable",
            "status": 503,
            "detail": "the store cannot be read (StoreError)",
        },
    )


async def test_an_unknown_path_is_a_problem(client):
    """As every error is."""
    answer = await client.get("/nothing")
    assert (answer.status, answer.content_type, await answer.json()) == (
        404,
        PROBLEM,
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "there is nothing at /nothing",
        },
    )


async def test_a_method_that_is_not_allowed_is_a_problem(client):
    """It says which are."""
    answer = await client.post("/healthz")
    assert (answer.status, answer.content_type, answer.headers["Allow"]) == (405, PROBLEM, "GET,HEAD")
    assert (await answer.json())["detail"] == "POST is not allowed here"


async def test_a_bug_is_a_problem_too(client, monkeypatch):
    """Its class alone is told, to the client and to the log."""
    monkeypatch.setattr(api, "house", lambda *_, **__: {}["secret"])
    with capture_logs() as logs:
        answer = await client.get("/readyz")
    assert (answer.status, answer.content_type) == (500, PROBLEM)
    assert (await answer.json())["detail"] == "this request cannot be answered (KeyError)"
    assert [(entry["event"], entry["path"], entry["error"]) for entry in logs] == [
        ("shadow.request_failed", "/readyz", "KeyError")
    ]


async def test_a_routes_certificates_are_given_with_their_proofs(office, client):
    """The newest first; of a route that is not there, a 404."""
    body = Body("basis/terms", None, {"": 0.8}, {"": msgspec.Raw(b'{"n":100}')})
    with office.store.transaction() as db:
        put(db, "c1", body, Move("address", 5, "ops", "board"))
    found = await (await client.get("/api/v1/certificates/address")).json()
    proofs = {"": {"n": 100}}
    told = {"standing": "basis/terms", "by": None, "thresholds": {"": 0.8}, "proofs": proofs}
    assert found == {"route": "address", "certificates": [{"id": "c1", "at": 5, "void_at": None, **told}]}
    assert (await client.get("/api/v1/certificates/gone")).status == 404
