import json
import math

import pytest

from shadow.demo import data, replay
from shadow.demo.data import Address


def content(tokens):
    """Join the tokens."""
    return "".join(token.text for token in tokens)


def address(**changes):
    """Give a row of three words, with changes."""
    fields = {"number": "1", "street": "main st", "city": "", "state": "", "zip": ""}
    row = {
        "id": "a",
        "text": "1 Main Street",
        "gold": fields,
        "legacy": fields,
        "model": fields,
        "confidence": 0.5,
        "words": (
            ("1", "AddressNumber", 0.9),
            ("Main", "StreetName", 0.8),
            ("Street", "StreetNamePostType", 0.7),
        ),
    }
    return Address(**{**row, **changes})


def test_the_content_of_every_intent_is_its_label_as_json():
    """Joined, the tokens are the recorded answer."""
    answers = [json.loads(content(replay.intent_tokens(row))) for row in data.intents()]

    assert answers == [{"intent": row.model} for row in data.intents()]


def test_the_probability_of_an_intents_tokens_is_the_recorded_one():
    """The sum of the log-probabilities, and the least of them, is the log of the recorded confidence."""
    for row in data.intents():
        logprobs = [token.logprob for token in replay.intent_tokens(row)]
        assert math.exp(sum(logprobs)) == pytest.approx(row.confidence)
        assert math.exp(min(logprobs)) == pytest.approx(row.confidence)


def test_an_intents_label_lists_the_likeliest_labels():
    """The label's token has the five recorded labels as alternatives, itself the first."""
    row = data.intents()[0]
    label = replay.intent_tokens(row)[1]

    assert label.text == label.top[0][0] == "translate"
    assert [(name, pytest.approx(math.exp(logprob))) for name, logprob in label.top] == list(row.probs)


def test_the_content_of_every_address_is_its_fields_as_json():
    """Joined, the tokens are the recorded answer."""
    answers = [json.loads(content(replay.address_tokens(row))) for row in data.addresses()]

    assert answers == [row.model for row in data.addresses()]


def test_the_least_likely_token_of_an_address_is_its_least_sure_word():
    """The least log-probability is that of the least marginal, also of words that stand in no field."""
    for row in data.addresses():
        least = min(token.logprob for token in replay.address_tokens(row))
        assert math.exp(least) == pytest.approx(min(probability for *_, probability in row.words))


def test_the_least_marginal_is_close_to_the_recorded_probability_of_the_whole():
    """The whole is never likelier than its least sure word; in the median row it is 1 % less likely."""
    ratios = sorted(row.confidence / min(p for *_, p in row.words) for row in data.addresses())

    assert ratios[-1] <= 1.0001
    assert ratios[len(ratios) // 2] > 0.98


def test_each_word_of_a_value_carries_its_own_marginal():
    """Words pair off with their labels; keys and punctuation are certain."""
    sure = {token.text: math.exp(token.logprob) for token in replay.address_tokens(address())}

    assert sure == pytest.approx(
        {"{": 1, '"number": "': 1, "1": 0.9, '"': 1, ', "street": "': 1, "main": 0.8, " st": 0.7}
        | {', "city": "': 1, ', "state": "': 1, ', "zip": "': 1, "}": 1}
    )


def test_a_value_with_more_words_than_labels_carries_the_least_marginal():
    """`U.S.` is one word of the text and two of the answer: then no word is surer than the least sure."""
    row = address(model=address().model | {"street": "u s main st"})
    tokens = replay.address_tokens(row)

    assert [
        math.exp(token.logprob) for token in tokens if token.text.strip() in {"u", "s", "main", "st"}
    ] == (pytest.approx([0.7] * 4))


def test_words_that_stand_in_no_field_weigh_on_the_closing_brace():
    """How sure the model was to leave a word out shows at the end of the answer."""
    row = address(words=(*address().words, ("Acme", "Recipient", 0.3)))

    assert math.exp(replay.address_tokens(row)[-1].logprob) == pytest.approx(0.3)


def test_a_completion_says_that_it_is_a_replay():
    """The completion has the API's shape, names itself a replay and counts its tokens."""
    done = replay.completion(
        replay.intent_tokens(data.intents()[0]), model="intent-replay", number=7, asked=9
    )

    assert done["id"] == "chatcmpl-replay-7"
    assert done["system_fingerprint"] == "replay-of-recorded-answers"
    assert done["usage"] == {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    assert done["choices"][0]["logprobs"]["content"][0] == {
        "token": '{"intent": "',
        "logprob": 0.0,
        "bytes": list(b'{"intent": "'),
        "top_logprobs": [{"token": '{"intent": "', "logprob": 0.0, "bytes": list(b'{"intent": "')}],
    }
