"""The demo's client: sends rows through the router as any HTTP client would, a bounded number at a time."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from shadow.demo import data
from shadow.demo.options import DemoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ACCOUNTS = 400
"""How many customers the requests seem to come from; the exposed share is a share of these."""

AT_ONCE = 16
"""How many requests are under way together, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request to send: its route, its text, its customer, and the fields of the right answer."""

    id: str
    route: str
    text: str
    account: str
    gold: dict[str, str]


@dataclass(frozen=True, slots=True)
class Served:
    """What came back for a question: the answer, and what the router's headers say of it."""

    question: Question
    phase: str
    exchange: str
    side: str
    reason: str
    answer: Any

    @property
    def right(self) -> bool:
        """Whether the served answer has the right value in every field."""
        return is_right(self.answer, self.question.gold)


def is_right(answer: Any, gold: dict[str, str]) -> bool:
    """Whether an answer has the right value in every field; further fields do not matter."""
    return isinstance(answer, dict) and all(answer.get(field) == value for field, value in gold.items())


def intent_questions() -> list[Question]:
    """Give a question for each intent row, in a fixed shuffle."""
    return _shuffled(_question(row.id, "intent", row.text, {"intent": row.gold}) for row in data.intents())


def address_questions() -> list[Question]:
    """Give a question for each address row, in a fixed shuffle."""
    return _shuffled(_question(row.id, "address", row.text, row.gold) for row in data.addresses())


def _question(key: str, route: str, text: str, gold: dict[str, str]) -> Question:
    return Question(key, route, text, f"customer-{_digest(key) % ACCOUNTS:03}", gold)


def _shuffled(questions: Iterable[Question]) -> list[Question]:
    return sorted(questions, key=lambda question: _digest("order", question.id))


def _digest(*words: str) -> int:
    return int.from_bytes(hashlib.blake2b("\0".join(words).encode(), digest_size=8).digest())


class Client:
    """Sends questions to the router at `url`, at most `at_once` at a time."""

    def __init__(self, session: aiohttp.ClientSession, url: str, *, at_once: int = AT_ONCE) -> None:
        self._session = session
        self._url = url
        self._at_once = at_once

    async def send_all(
        self, questions: Iterable[Question], phase: Callable[[str], str], seen: Callable[[Served], None]
    ) -> None:
        """Send every question once, telling `seen` of each answer; DemoError when one is not answered.

        `phase` says in which phase a route is just now.
        """
        waiting = iter(questions)
        try:
            async with asyncio.TaskGroup() as senders:
                for _ in range(self._at_once):
                    senders.create_task(self._send_some(waiting, phase, seen))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _send_some(
        self, waiting: Iterator[Question], phase: Callable[[str], str], seen: Callable[[Served], None]
    ) -> None:
        for question in waiting:
            seen(await self.send(question, phase(question.route)))

    async def send(self, question: Question, phase: str) -> Served:
        """Send one question, noting the phase its route is in."""
        try:
            async with self._session.post(
                f"{self._url}/v1/{question.route}",
                json={"text": question.text},
                headers={"X-Account-Id": question.account},
            ) as response:
                body = await response.read()
                if response.status != 200:
                    raise DemoError(f"the router answered {response.status} to {question.id}: {body[:200]!r}")
                return Served(
                    question=question,
                    phase=phase,
                    exchange=response.headers.get("Shadow-Exchange", ""),
                    side=response.headers.get("Shadow-Served", ""),
                    reason=response.headers.get("Shadow-Reason", ""),
                    answer=await response.json(content_type=None),
                )
        except (aiohttp.ClientError, TimeoutError, ValueError) as exc:
            raise DemoError(f"the router did not answer {question.id}: {type(exc).__name__}: {exc}") from exc
