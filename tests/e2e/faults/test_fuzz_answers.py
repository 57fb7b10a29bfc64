"""Answers of every make, nearly right and wrong: a client gets what h11 reads as well, or learns that there is none."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import strategies as st

from shadow.testing import ScriptedServer
from shadow.upstream.parsing import AnswerParser, MalformedError
from tests.e2e.faults import streams
from tests.e2e.faults.conftest import SECONDS
from tests.e2e.faults.oracle import Read, answer_in

ASKING = b"%b /%02d/first HTTP/%b\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"
ASKING_AGAIN = b"GET /%02d/again HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
AGAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nagain %02d"
OWN = {b"502", b"504"}
answers = st.tuples(
    streams.several(streams.answers(), most=2), streams.CUTS, st.sampled_from([b"GET", b"GET", b"HEAD"])
)
fuzzing = pytest.mark.timeout(SECONDS + 330)


@pytest.mark.slow
@fuzzing
async def test_the_parser_completes_no_answer_that_h11_does_not(search):
    """And reads the same status, headers and body, however it is cut."""
    found: Counter[str] = Counter()

    async def check(made: list[tuple[bytes, int, bytes]]) -> None:
        for data, size, method in made:
            parser = AnswerParser(65536)
            parser.begin(bodiless=method == b"HEAD")
            with suppress(MalformedError):
                for at in range(0, len(data), size):
                    parser.feed(data[at : at + size])
                    if parser.complete or parser.upgraded:
                        break
                parser.end()
            found[{True: "whole", False: "not whole"}[parser.complete]] += 1
            if parser.complete:
                assert parser.head is not None
                headers = [_as_h11_tells(*pair) for pair in parser.head.headers]
                read = Read((b"%d" % parser.head.status,), headers, b"".join(parser.chunks), whole=True)
                wanted, *_ = answer_in(data, method, ended=True)
                assert wanted is not None, data
                assert (wanted.whole, wanted.line, wanted.headers, wanted.body) == (
                    (True, read.line, read.headers, read.body)
                ), data

    await search(st.lists(answers, min_size=16, max_size=64), check)
    assert found["whole"] > 0 < found["not whole"]


def _as_h11_tells(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Give a header as h11 does: its name in small letters, its value without spaces around, a coding in small ones."""
    name, value = name.lower(), value.strip(b" \t")
    return name, value.lower() if name == b"transfer-encoding" else value


class Legacy:
    """A legacy system that answers with what it is told to, and then closes, resets or waits.

    What stands behind a whole answer comes with its last byte: if it came when the next request has gone out on the
    connection, nobody could tell it from the answer to that.
    """

    def __init__(self) -> None:
        self.answers: list[tuple[list[bytes], str]] = []

    async def __call__(self, peer) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                target = (await peer.head()).split(b" ")[1]
                number = int(target[1:3])
                if target.endswith(b"/again"):
                    await peer.send(AGAIN % number)
                    continue
                parts, ending = self.answers[number]
                for part in parts:
                    await peer.send(part)
                    await asyncio.sleep(0)
                if ending == "close":
                    return
                if ending == "reset":
                    peer.reset()
                    return


def in_parts(data: bytes, size: int, method: bytes) -> list[bytes]:
    """Cut an answer into parts of a size, but for its last byte and what stands behind it."""
    answer, _, rest = answer_in(data, method, ended=False)
    end = len(data) - len(rest) - 1 if answer is not None and answer.whole else len(data)
    parts = [data[at : min(at + size, end)] for at in range(0, end, size)]
    return [*parts, data[end:]] if data[end:] else parts


class Asked:
    """A client that asks once and, where the connection goes on, once more."""

    def __init__(self, number: int, method: bytes, version: bytes) -> None:
        self.number = number
        self.method = method
        self.first = self.again = b""
        self.orderly = True
        self._asking = ASKING % (method, number, version)

    async def run(self, port: int) -> None:
        """Ask, and keep what comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(10):
                writer.write(self._asking)
                while not self.answer(ended=False)[1]:
                    if not (more := await reader.read(65536)):
                        return
                    self.first += more
                writer.write(ASKING_AGAIN % self.number)
                while more := await reader.read(65536):
                    self.again += more
        except ConnectionError:
            self.orderly = False
        finally:
            writer.close()

    def answer(self, *, ended: bool) -> tuple[Read | None, bool]:
        """Give the first answer, and whether it is whole."""
        answer, *_ = answer_in(self.first, self.method, ended=ended)
        return answer, answer is not None and answer.whole


def is_own(answer: Read) -> bool:
    """Whether an answer is the router's word that there is none."""
    return answer.line[0] in OWN and dict(answer.headers).get(b"content-type") == b"application/problem+json"


def judge(asked: Asked, data: bytes, ending: str) -> str:
    """See that a client has in hands what legacy said, or knows that it has not; give which."""
    answer, whole = asked.answer(ended=asked.orderly and not asked.again)
    if asked.again:
        again = answer_in(asked.again, b"GET", ended=False)[0]
        assert again is not None, (data, asked.again)
        # A connection that another stream's answer ended may be taken in that very moment: nothing is sent twice.
        assert again.body == b"again %02d" % asked.number or is_own(again), (data, asked.again)
    if answer is None or not whole:
        assert not asked.again, data
        return "cut"
    if is_own(answer):
        return "refused"
    wanted, informational, _ = answer_in(data, asked.method, ended=ending == "close")
    assert wanted is not None, (data, asked.first)
    assert (wanted.whole, wanted.line) == (True, answer.line), (data, asked.first)
    assert wanted.body == answer.body, (data, asked.first)
    shown = [pair for pair in answer.end_to_end if not pair[0].startswith(b"shadow-")]
    assert shown == wanted.end_to_end, (data, asked.first)
    told = answer_in(asked.first, asked.method, ended=False)[1]
    assert [each.line for each in told] == [each.line for each in informational][: len(told)], (
        data,
        asked.first,
    )
    return "passed"


@pytest.mark.slow
@fuzzing
@pytest.mark.parametrize("phase", ["off", "live"])
async def test_no_answer_of_legacys_is_made_up_or_given_to_another(
    open_house, search, nothing_unexpected, phase
):
    """Whole, in words that there is none, or broken off; what follows on the connection is the next answer."""
    legacy = Legacy()
    ends: Counter[str] = Counter()
    async with ScriptedServer(legacy) as server:
        house = await open_house(
            legacy__url=server.url,
            legacy__timeout="150ms",
            routes__x__match__path="/**",
            routes__x__rollout__phase=phase,
            models__m__breaker={"failures": 1000, "within": "1s", "cool_down": "1s"},
        )
        port = int(house.url.rpartition(":")[2])

        async def check(made) -> None:
            said = [data.replace(b"@@", b"%02d" % number) for number, ((data, *_), *_) in enumerate(made)]
            legacy.answers = [
                (in_parts(data, size, method), ending)
                for data, ((_, size, method), ending, _) in zip(said, made, strict=True)
            ]
            asked = [
                Asked(number, method, version) for number, ((_, _, method), _, version) in enumerate(made)
            ]
            await asyncio.gather(*(each.run(port) for each in asked))
            for each, data, (_, ending) in zip(asked, said, legacy.answers, strict=True):
                ends[judge(each, data, ending)] += 1

        endings = st.sampled_from(["close", "close", "wait", "reset"])
        one = st.tuples(answers, endings, st.sampled_from([b"1.1", b"1.1", b"1.1", b"1.0"]))
        with nothing_unexpected(house):
            await search(st.lists(one, min_size=8, max_size=32), check)
        await house.idle()
    print(f"{phase}: {dict(ends)}")  # noqa: T201 - what a long run wants to know
    assert set(ends) == {"passed", "refused", "cut"}
