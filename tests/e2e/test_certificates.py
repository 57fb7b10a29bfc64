"""A certified threshold on real sockets: earned from the record, put in force, named in it, void at once."""

from __future__ import annotations

import aiohttp
import pytest

from benchmarks.house import ServedHouse, config_of, until
from benchmarks.stubs import answer, serving

pytestmark = pytest.mark.slow

PROMISE = {"loss": "divergence", "at_most": 0.05}


async def ask(session, house, n):
    """Ask something that was not asked before; give why who answered."""
    async with session.post(f"{house.url}/v1/x", json={"n": n}) as got:
        await got.read()
        return got.headers["Shadow-Served"], got.headers["Shadow-Reason"]


async def test_a_certified_threshold_is_earned_put_in_force_and_lost(tmp_path):
    """No certificate: legacy. With it: the model, and the record names it. Another model: legacy, at once."""
    async with serving(answer) as legacy, serving(answer) as model, aiohttp.ClientSession() as session:
        config = config_of(*(f"http://127.0.0.1:{port}" for port in (legacy, model)))
        config["routes"]["x"]["confidence"] |= {"threshold": "certified", "certify": PROMISE}
        house = ServedHouse(tmp_path, config)
        await house.start()
        try:
            assert {await ask(session, house, n) for n in range(220)} == {("legacy", "no_certificate")}
            waiting = "SELECT 1 FROM exchanges WHERE state < 2"
            await until(lambda: not house.query(waiting), "scoring")
            code, _, told = await house.command("calibrate", "--route", "x", "--apply", "--by", "ops")
            assert (code, told.startswith("in force: certificate ")) == (0, True)
            ident = told.split()[-1]
            while (found := await ask(session, house, -1)) != ("model", "confident"):
                assert found == ("legacy", "no_certificate")
            named = f"SELECT 1 FROM exchanges WHERE certificate = '{ident}' AND served = 'model'"
            await until(lambda: house.query(named), "the record")
            status, known = await house.get("/api/v1/certificates/x")
            assert (status, [each["id"] for each in known["certificates"]]) == (200, [ident])
            house.config["models"]["m"]["version"] = "2"
            house.write_config()
            while (found := await ask(session, house, -1)) != ("legacy", "no_certificate"):
                assert found == ("model", "confident")
            void = f"SELECT 1 FROM certificates WHERE id = '{ident}' AND void_at IS NOT NULL"
            await until(lambda: house.query(void), "the scorer")
        finally:
            await house.kill_all()
