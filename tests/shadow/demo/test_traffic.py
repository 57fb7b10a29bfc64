import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from shadow.demo import traffic
from shadow.demo.options import DemoError
from shadow.demo.traffic import Client, Question

QUESTIONS = [Question(str(n), "intent", f"text {n}", "customer-001", {"intent": "yes"}) for n in range(20)]


@pytest.fixture
def seen():
    """Give the list of requests the router got."""
    return []


@pytest.fixture
async def client(seen):
    """Give a client of a router that answers yes, but fails on the text `fail`."""

    async def answer(request):
        body = await request.json()
        seen.append((request.path, body, request.headers["X-Account-Id"]))
        if body["text"] == "fail":
            return web.Response(status=502, text="no legacy")
        headers = {
            "Shadow-Exchange": f"x-{body['text']}",
            "Shadow-Served": "model",
            "Shadow-Reason": "confident",
        }
        return web.json_response({"intent": "yes", "took_ms": 1}, headers=headers)

    app = web.Application()
    app.router.add_post("/v1/intent", answer)
    async with TestServer(app) as server, ClientSession() as session:
        yield Client(session, str(server.make_url("/")).rstrip("/"), at_once=4)


async def test_every_question_is_sent_once(client, seen):
    """All questions go out with their text and their customer."""
    served = []
    await client.send_all(QUESTIONS, str.upper, served.append)

    assert sorted(body["text"] for _, body, _ in seen) == sorted(question.text for question in QUESTIONS)
    assert {(path, account) for path, _, account in seen} == {("/v1/intent", "customer-001")}
    assert {one.phase for one in served} == {"INTENT"}
    assert {one.question.id for one in served} == {question.id for question in QUESTIONS}


async def test_what_was_served_is_read_from_answer_and_headers(client):
    """Answer, exchange, side and reason are kept, and whether it was right."""
    one = await client.send(QUESTIONS[0], "live")

    assert (one.phase, one.exchange, one.side, one.reason) == ("live", "x-text 0", "model", "confident")
    assert one.answer == {"intent": "yes", "took_ms": 1}
    assert one.right


async def test_an_error_of_the_router_stops_the_demo(client):
    """A status that is not 200 is told with its question."""
    bad = Question("q-1", "intent", "fail", "customer-001", {})

    with pytest.raises(DemoError, match=r"^the router answered 502 to q-1: b'no legacy'$"):
        await client.send_all([bad], str.upper, print)


async def test_a_router_that_is_gone_stops_the_demo():
    """A refused connection is told with its question."""
    async with ClientSession() as session:
        with pytest.raises(DemoError, match=r"^the router did not answer 0: ClientConnectorError: "):
            await Client(session, "http://127.0.0.1:1").send(QUESTIONS[0], "shadow")


def test_the_order_of_the_questions_is_fixed_and_mixed():
    """Two runs send the same, and the first hundred ask for many intents."""
    first, again = traffic.intent_questions(), traffic.intent_questions()

    assert first == again
    assert len({question.gold["intent"] for question in first[:100]}) > 50
    assert len(traffic.address_questions()) == 412


def test_an_answer_is_right_when_every_field_is():
    """Further fields do not matter; a missing or wrong one does."""
    gold = {"city": "a", "zip": ""}

    assert traffic.is_right({"city": "a", "zip": "", "took_ms": 1}, gold)
    assert not traffic.is_right({"city": "a"}, gold)
    assert not traffic.is_right(None, gold)
