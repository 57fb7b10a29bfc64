"""Further answers of one exchange: what they used, and when the last has ended."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from comparators import Answer, Reply
from fallback.decision import ModelState
from shadow.proxy.further import Further, Purse
from shadow.proxy.model import Outcome
from shadow.record.exchange import Samples


async def test_their_tokens_are_booked_even_if_nobody_waits_any_more(fakes):
    """And the last that ends says so."""
    further, plan, said = Further(), fakes.plan_of(model=fakes.FakeModel()), []
    further.on_ended = lambda: said.append(further.used)
    purse = Purse(SimpleNamespace(input_per_million=0.0, output_per_million=0.0, per_call=2.0))
    futures = [asyncio.get_running_loop().create_future() for _ in range(3)]
    ended = [further.begun(plan, future, purse) for future in futures]
    futures[0].cancel()
    reply = Reply("x", tokens_in=7, tokens_out=3)
    ended[0](fakes.answered(Answer.of(text="x", reply=reply)))
    ended[1](fakes.answered(Answer.of(text="x", reply=reply)))
    assert (said, further.open, futures[1].result().answer.reply) == ([], 1, reply)
    ended[2](Outcome(ModelState.SHED))
    assert said == [Samples(2, 14, 6)]
    assert further.let_go == 1
    assert purse.snapshot() == {"answers": 2, "tokens_in": 14, "tokens_out": 6, "cost": 4.0}
