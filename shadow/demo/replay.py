"""Recorded answers as chat completions: the text, and token log-probabilities from recorded probabilities.

Neither recorded model is an LLM, so their probabilities are laid on tokens by the rules below. No HTTP here.

Intent (MiniLM sentence encoder and logistic head): the content is `{"intent": "<label>"}`; the label is one
token that carries log(probability of the label) and the five likeliest labels as `top_logprobs`; all else
carries 0.

Address (conditional random field): the content is the five fields as JSON; each word of a value is a token
that carries the log of the marginal probability of the word's label; punctuation and keys carry 0. A value
whose words do not pair off with the labelled words carries the least of their marginals. Words that stand in
no field (a box number, a company's name) lend their least marginal to the closing brace: how sure the model
was that nothing is missing. So the least token's probability is the least marginal of all words.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shadow.demo.data import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shadow.demo.data import Address, Intent

_FIELD_OF_LABEL = {
    "AddressNumber": "number",
    "AddressNumberSuffix": "number",
    "PlaceName": "city",
    "StateName": "state",
    "ZipCode": "zip",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the content, its natural log-probability (≤ 0), and the likeliest pieces in its place."""

    text: str
    logprob: float = 0.0
    top: tuple[tuple[str, float], ...] = ()


def intent_tokens(row: Intent) -> tuple[Token, ...]:
    """Give the tokens of a recorded intent; joined, they are a JSON object."""
    top = tuple((label, _log(probability)) for label, probability in row.probs)
    return (Token('{"intent": "'), Token(row.model, _log(row.confidence), top), Token('"}'))


def address_tokens(row: Address) -> tuple[Token, ...]:
    """Give the tokens of a recorded address; joined, they are a JSON object."""
    tokens = [Token("{")]
    for field in FIELDS:
        tokens.append(Token(f'{", " if field != FIELDS[0] else ""}"{field}": "'))
        tokens.extend(_value_tokens(row.model[field], _marginals(row, field)))
        tokens.append(Token('"'))
    left_out = _marginals(row, None) + [
        p for field in FIELDS if not row.model[field] for p in _marginals(row, field)
    ]
    return (*tokens, Token("}", _log(min(left_out, default=1.0))))


def _marginals(row: Address, field: str | None) -> list[float]:
    return [probability for _word, label, probability in row.words if _field(label) == field]


def _field(label: str) -> str | None:
    return "street" if label.startswith("StreetName") else _FIELD_OF_LABEL.get(label)


def _value_tokens(value: str, marginals: list[float]) -> Iterator[Token]:
    words = re.findall(r"\s*\S+", json.dumps(value)[1:-1])
    if len(words) != len(marginals):
        marginals = [min(marginals, default=1.0)] * len(words)
    for word, probability in zip(words, marginals, strict=True):
        yield Token(word, _log(probability))


def _log(probability: float) -> float:
    return math.log(max(probability, 1e-12)) + 0.0


def completion(tokens: Iterable[Token], *, model: str, number: int, asked: int) -> dict[str, object]:
    """Give the chat completion of the tokens, as the OpenAI API writes it, marked as a replay.

    `number` makes the id; `asked` is the count of words in the question. The usage counts these words and
    the tokens above, as a replay has no tokenizer.
    """
    written = tuple(tokens)
    return {
        "id": f"chatcmpl-replay-{number}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "system_fingerprint": "replay-of-recorded-answers",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "".join(token.text for token in written)},
                "logprobs": {"content": [_entry(token) for token in written]},
                "finish_reason": "stop",
            },
        ],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": len(written),
            "total_tokens": asked + len(written),
        },
    }


def _entry(token: Token) -> dict[str, object]:
    top = token.top or ((token.text, token.logprob),)
    return {
        **_piece(token.text, token.logprob),
        "top_logprobs": [_piece(text, logprob) for text, logprob in top],
    }


def _piece(text: str, logprob: float) -> dict[str, object]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}
