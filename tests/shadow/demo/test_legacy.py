import pytest
from aiohttp.test_utils import TestClient, TestServer

from shadow.demo import legacy


@pytest.fixture
async def client():
    """Give a client of a running legacy server."""
    async with TestClient(TestServer(legacy.build())) as client:
        yield client


async def test_an_intent_is_computed(client):
    """POST /v1/intent names the intent and adds what is new with every answer."""
    response = await client.post("/v1/intent", json={"text": "how do they say tacos in mexico"})
    answer = await response.json()

    assert answer["intent"] == "translate"
    assert set(answer) == {"intent", "request_id", "took_ms"}


async def test_an_address_is_computed(client):
    """POST /v1/address gives the five fields and what is new with every answer."""
    response = await client.post("/v1/address", json={"text": "228 Main Street, Winsted, CT 06098"})
    answer = await response.json()
    fields = {name: answer[name] for name in ("number", "street", "city", "state", "zip")}

    assert fields == {"number": "228", "street": "main st", "city": "winsted", "state": "ct", "zip": "06098"}
    assert set(answer) - set(fields) == {"request_id", "took_ms"}


async def test_two_answers_to_one_text_differ_in_their_request_id(client):
    """The same question gets the same intent under a new request_id: that is what `ignore` is for."""
    first, second = [await (await client.post("/v1/intent", json={"text": "x"})).json() for _ in range(2)]

    assert first["intent"] == second["intent"]
    assert first["request_id"] != second["request_id"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"text": 1}', b"\xff"])
async def test_a_body_without_text_is_refused(client, body):
    """A malformed question is answered with 400 and with what is wrong."""
    response = await client.post("/v1/intent", data=body)

    assert response.status == 400
    assert (await response.json())["error"].startswith('the body must be {"text": …}: ')


async def test_it_says_when_it_is_up(client):
    """GET /healthz answers 200."""
    assert (await client.get("/healthz")).status == 200
