import openai
import pytest
from aiohttp.test_utils import TestClient, TestServer

from shadow.demo import data, model


@pytest.fixture
def slept():
    """Give the list of the seconds the server would have slept."""
    return []


@pytest.fixture
async def client(slept):
    """Give a client of a running model server that does not sleep."""

    async def sleep(seconds):
        slept.append(seconds)

    async with TestClient(TestServer(model.build(slowest=0.005, sleep=sleep))) as client:
        yield client


def ask(text, **changes):
    """Give the body of a request."""
    return {
        "model": "intent-replay",
        "messages": [{"role": "user", "content": text}],
        "logprobs": True,
    } | changes


async def post(client, body):
    """Send a body; give status and document."""
    response = await client.post("/v1/chat/completions", json=body)
    return response.status, await response.json()


async def test_a_recorded_intent_is_replayed(client):
    """A recorded text gets the recorded label, with log-probabilities."""
    status, done = await post(client, ask(data.intents()[0].text))

    assert (status, done["choices"][0]["message"]["content"]) == (200, '{"intent": "translate"}')
    assert len(done["choices"][0]["logprobs"]["content"]) == 3


async def test_log_probabilities_are_given_only_when_asked_for(client):
    """Without `logprobs` the answer has none, as the API has it."""
    _, done = await post(client, ask(data.intents()[0].text, logprobs=False))

    assert done["choices"][0]["logprobs"] is None


async def test_a_recorded_address_is_replayed(client):
    """The other model knows the addresses."""
    status, done = await post(client, ask(data.addresses()[3].text, model="address-replay"))

    assert (status, done["choices"][0]["message"]["content"]) == (
        200,
        '{"number": "228", "street": "main st", "city": "winsted", "state": "ct", "zip": "06098"}',
    )


async def test_the_last_message_is_the_question(client):
    """System prompt and examples before it do not matter."""
    messages = [
        {"role": "system", "content": "Name it."},
        {"role": "user", "content": data.intents()[0].text},
    ]

    assert (await post(client, ask("", messages=messages)))[0] == 200


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (
            ask("never asked"),
            404,
            "no answer to this text was recorded; this server replays and runs no model",
        ),
        (ask("x", model="gpt"), 404, "no model 'gpt' here; there are intent-replay, address-replay"),
        (ask("x", stream=True), 400, "this replay does not stream; leave out `stream`"),
        (ask("x", messages=[]), 400, "`messages` is empty"),
        ({"model": "intent-replay"}, 400, "Object missing required field `messages`"),
    ],
)
async def test_what_it_cannot_answer_is_refused_in_the_apis_shape(client, body, status, message):
    """An error names what is wrong, as the API writes errors."""
    assert await post(client, body) == (
        status,
        {"error": {"message": message, "type": "invalid_request_error"}},
    )


async def test_an_answer_waits_as_long_as_its_text_says(client, slept):
    """The delay is the same for the same text and never above the slowest."""
    for text in (data.intents()[0].text, data.intents()[0].text, data.intents()[1].text):
        await post(client, ask(text))

    assert slept[0] == slept[1] != slept[2]
    assert max(slept) <= 0.005


async def test_it_says_what_it_is(client):
    """The banner and the list of models say that it replays and is no LLM."""
    about = await (await client.get("/")).json()
    listed = await (await client.get("/v1/models")).json()

    assert "REPLAYS recorded answers" in about["about"]
    assert "neither is an LLM" in about["about"]
    assert {one["id"] for one in listed["data"]} == {"intent-replay", "address-replay"}


async def test_the_public_client_library_reads_it(client):
    """The openai package reads answer and log-probabilities."""
    async with openai.AsyncOpenAI(base_url=str(client.make_url("/v1")), api_key="none") as api:
        done = await api.chat.completions.create(
            model="intent-replay",
            messages=[{"role": "user", "content": data.intents()[0].text}],
            logprobs=True,
        )

    assert done.system_fingerprint == "replay-of-recorded-answers"
    assert done.choices[0].logprobs.content[1].token == "translate"
