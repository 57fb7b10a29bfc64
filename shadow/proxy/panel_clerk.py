"""The panel process: compares answers for its worker, one question after another, in an interpreter of its own.

What a comparator costs, or breaks, is then no matter of the worker's loop. It ends when its worker does: at the end
of the stream on its standard input. Signals are the worker's business.
"""

from __future__ import annotations

import gc
import signal
import socket
from contextlib import suppress
from functools import lru_cache

import msgspec

from comparators.catalog import build_panel
from comparators.divergence import NotComparable, Verdict
from comparators.panel import Judgement, Panel
from shadow.plugins import load
from shadow.proxy.panel_wire import Question, Word, decode_question
from shadow.record.wire import framed, receive
from shadow.scorer.unpack import unpacked


def judged(question: Question) -> Word:
    """Answer a question; what cannot be unpacked is not comparable, and what fails is told by its kind."""
    try:
        panel = _panel(question.panel)
        return Word(question.number, [_pair(panel, question, at) for at in range(len(question.right))])
    except Exception as exc:  # noqa: BLE001 - the fence around a plugin's constructor
        return Word(question.number, error=type(exc).__name__)


@lru_cache(maxsize=64)
def _panel(told: bytes) -> Panel:
    return build_panel(**msgspec.json.decode(told), load=load)


def _pair(panel: Panel, question: Question, at: int) -> tuple[Verdict, float | None]:
    try:
        found = panel.judge(unpacked(question.left, "left"), unpacked(question.right[at], "right"))
    except NotComparable:
        found = Judgement(Verdict.NOT_COMPARABLE, None, ())
    return found.verdict, found.divergence


def serve(link: socket.socket) -> None:
    """Answer questions until the other side is gone."""
    with link.makefile("rb") as stream:
        while (data := receive(stream)) is not None:
            link.sendall(framed(judged(decode_question(data))))


def main() -> None:
    """Run until the worker at the other end of standard input is gone."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()
    with socket.socket(fileno=0) as link, suppress(OSError):  # the worker may go in the middle of a word
        serve(link)


if __name__ == "__main__":
    main()
