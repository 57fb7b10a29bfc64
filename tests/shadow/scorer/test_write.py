"""What follows from a score is written once, and together."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from comparators import Answer, Difference, Divergence, Exact, Json
from fallback.words import Disposition
from shadow.errors import StoreError
from shadow.record.fingerprint import fingerprint
from shadow.record.rollup import Rollup
from shadow.record.store import open_store
from shadow.request import Request
from shadow.scorer import totals
from shadow.scorer import write as module
from shadow.scorer.telling import DETAIL
from shadow.scorer.write import write


def sums(desk, cohort=""):
    """Add up the roll-ups of a cohort."""
    total = Rollup()
    for (text,) in desk.rows("SELECT sums FROM rollups WHERE cohort = ?", cohort):
        total.add(Rollup.loads(text))
    return total


def told(desk):
    """Give every kept detail and its place."""
    return desk.rows("SELECT comparator, pointer, divergence, kind, detail FROM scores ORDER BY 1, 2")


def test_a_scored_exchange_has_its_verdict_scores_rollup_and_tally(desk, make):
    """All of it."""
    desk.record(make())
    assert desk.tallies() == {"": 1}
    assert desk.step() == 1
    assert desk.ended() == [(2, "compared", "diverged")]
    assert told(desk) == [
        ("json", "", 0.5, "", "1 differ: /number"),
        ("json", "/number", 1.0, "changed", '"1" -> "2"'),
        ("text/street", "", 0.0, "", ""),
    ]
    assert sums(desk).counts["verdict:diverged"] == 1
    assert desk.tallies() == {"compared": 1}


def test_two_scorers_with_the_same_batch_write_it_once(desk, make, url):
    """The second finds that nothing of it is left to write."""
    desk.record(make(), make(disposition=Disposition.MODEL_LATE))
    mine = theirs = desk.scored()
    other = open_store(url)
    panels = {name: lens.panel for name, lens in desk.lenses.items()}
    assert [desk.write(mine), write(other, theirs, panels=panels, keep=desk.keep)] == [2, 0]
    other.close()
    assert (sums(desk).counts["exchanges"], desk.tallies()) == (2, {"compared": 1, "model_late": 1})


def test_a_batch_that_overlaps_another_adds_only_its_own(desk, make):
    """Exactly once, whoever is first."""
    desk.record(make())
    early = desk.scored()
    desk.record(make())
    assert [desk.step(), desk.write(early)] == [2, 0]
    assert (sums(desk).counts["exchanges"], desk.tallies()) == (2, {"compared": 2})


@pytest.mark.parametrize("table", ["scores", "rollups", "tallies", "bodies"])
def test_a_crash_between_leaves_nothing_half_done(desk, make, table):
    """Whatever was the last thing written: the next scorer does it all, once."""
    desk.keep = {"address": "hashed"}
    desk.record(make())
    scored = desk.scored()
    action = "UPDATE" if table in {"tallies", "bodies"} else "INSERT"
    desk.store.db.execute(
        f"CREATE TRIGGER crash BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, 'gone'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        desk.write(scored)
    assert (desk.ended(), told(desk), desk.tallies()) == ([(1, None, None)], [], {"": 1})
    assert desk.rows("SELECT count(*) FROM bodies WHERE body IS NULL") == [(0,)]
    desk.store.db.execute("DROP TRIGGER crash")
    assert [desk.write(scored), desk.write(scored)] == [1, 0]
    assert (sums(desk).counts["exchanges"], desk.tallies()) == (1, {"compared": 1})


def test_a_final_disposition_is_rolled_up_and_not_counted_again(desk, make):
    """The recorder has counted it."""
    desk.record(make(disposition=Disposition.SAMPLED_OUT, model=None))
    desk.step()
    assert desk.ended() == [(2, "sampled_out", None)]
    assert (desk.tallies(), sums(desk).counts["disposition:sampled_out"]) == ({"sampled_out": 1}, 1)


def test_each_cohort_has_a_row_of_its_own(desk, make):
    """Beside everyone's."""
    desk.record(make(cohorts=(("tier", "gold"),)), make(cohorts=(("tier", "free"),)), make())
    desk.step()
    assert [sums(desk, c).counts["exchanges"] for c in ("", "tier=gold", "tier=free")] == [3, 1, 1]


def test_a_cohort_that_clients_fill_with_values_stays_small(desk, make, monkeypatch):
    """Beyond a number of values the rest is summed up as one; every exchange is counted, and once."""
    monkeypatch.setattr(totals, "COHORTS", 3)
    values = ["de", "en", "fr", "x1", "x2", "en", "x1", "de"]
    for half in (values[:4], values[4:]):
        desk.record(*(make(cohorts=(("tier", "gold"), ("language", value))) for value in half))
        desk.step()
    found = {
        cohort: sums(desk, cohort).counts["exchanges"]
        for (cohort,) in desk.rows("SELECT cohort FROM rollups")
    }
    assert found == {
        "": 8,
        "tier=gold": 8,
        "language=de": 2,
        "language=en": 2,
        "language=fr": 1,
        "language=…": 3,
    }


def test_later_exchanges_of_a_minute_are_added_to_its_row(desk, make):
    """One row a minute, model and version."""
    for _ in range(2):
        desk.record(make())
        desk.step()
    assert desk.rows("SELECT count(*) FROM rollups") == [(1,)]
    assert sums(desk).counts["exchanges"] == 2


def test_details_are_cut(desk, make, lens):
    """A long text cannot fill the store."""
    desk.lenses = {
        "address": lens(lambda _old, _new: Divergence(1.0, "x", (Difference("/a", 1.0, "y" * 1000),)))
    }
    desk.record(make())
    desk.step()
    assert [len(row[-1]) for row in told(desk)] == [1, DETAIL]


@pytest.mark.parametrize("keep", ["hashed", "none"])
def test_what_quotes_the_answers_goes_where_bodies_go(desk, make, keep):
    """Numbers and places stay."""
    desk.keep = {"address": keep}
    desk.record(make())
    desk.step()
    assert [row[:4] for row in told(desk)] == [
        ("json", "", 0.5, ""),
        ("json", "/number", 1.0, "changed"),
        ("text/street", "", 0.0, ""),
    ]
    assert [row[-1] for row in told(desk)] == ["", "", ""]


def test_masked_keeps_bodies(desk, make):
    """As they are."""
    desk.record(make())
    desk.step()
    assert desk.rows("SELECT side, body IS NULL, sha256 FROM bodies ORDER BY side") == [
        ("legacy", 0, None),
        ("model", 0, None),
        ("request", 0, None),
    ]


def test_none_removes_bodies(desk, make):
    """Also of an exchange that had nothing to compare."""
    desk.keep = {"address": "none"}
    desk.record(make(), make(disposition=Disposition.MODEL_LATE))
    desk.step()
    assert desk.rows("SELECT * FROM bodies") == []


@pytest.mark.parametrize("disposition", [None, Disposition.LEGACY_FAILED])
def test_hashed_keeps_a_hash_of_each_body(desk, make, disposition):
    """Nothing of target, body and reply is left."""
    desk.keep = {"address": "hashed"}
    one = make(disposition=disposition)
    desk.record(one)
    desk.step()
    digest = {
        "request": hashlib.sha256(one.request.body).hexdigest(),
        "legacy": hashlib.sha256(one.legacy.answer.body).hexdigest(),
        "model": hashlib.sha256(one.model.answer.body).hexdigest(),
    }
    found = desk.rows("SELECT side, sha256, body, reply, target FROM bodies")
    assert {side: sha for side, sha, *_ in found} == digest
    assert {rest for *_, body, reply, target in found for rest in (body, reply, target)} == {None}


def test_hashed_requests_that_differ_in_their_query_alone_stay_two(desk, make):
    """The fingerprint of the whole request is kept, and the query is not."""
    desk.keep = {"address": "hashed"}
    asked = [Request("GET", f"/v1/address?zip={n}", exchange=f"x{n}") for n in (1, 2)]
    desk.record(*(make(id=each.exchange, method="GET", request=each) for each in asked))
    desk.step()
    rows = desk.rows("SELECT fingerprint FROM bodies WHERE side = 'request' ORDER BY exchange")
    assert rows == [(fingerprint("GET", each.target, b""),) for each in asked]
    rest = desk.rows("SELECT count(*) FROM bodies WHERE side <> 'request' AND fingerprint IS NOT NULL")
    assert rest == [(0,)]


def test_bodies_of_a_route_that_is_gone_are_not_kept(desk, make):
    """Nobody can say any more that they may be: their hashes stay, and the reason."""
    desk.record(make(route="gone"))
    desk.step()
    assert desk.ended() == [(2, "not_comparable", "not_comparable")]
    assert desk.rows("SELECT count(*) FROM bodies WHERE body IS NOT NULL") == [(0,)]
    assert told(desk) == [("model's answer", "", None, "", "")]


def test_the_recorders_token_counts_stay_where_nothing_is_known(desk, make):
    """Of an exchange that had nothing to compare."""
    desk.record(make(disposition=Disposition.LEGACY_FAILED))
    desk.store.db.execute("UPDATE exchanges SET tokens_in = 5, tokens_out = 7")
    desk.step()
    assert desk.rows("SELECT tokens_in, tokens_out FROM exchanges") == [(5, 7)]


def test_an_exchange_that_cannot_be_written_holds_up_no_other(desk, make, lens):
    """It becomes not comparable, with a note; what stands beside it is written as it is."""
    desk.lenses["odd"] = lens(lambda _old, _new: Divergence(1.0, "\ud800"))
    odd = make(route="odd")
    desk.keep["odd"] = "masked"
    desk.record(make(), odd, make())
    with capture_logs() as logs:
        assert desk.step() == 3
    assert [row[1] for row in desk.ended()] == ["compared", "not_comparable", "compared"]
    assert [row[-1] for row in desk.rows("SELECT detail FROM scores WHERE exchange = ?", odd.id)] == [
        "its scores cannot be written (UnicodeEncodeError)"
    ]
    assert [(entry["event"], entry["exchange"]) for entry in logs] == [("shadow.exchange_set_aside", odd.id)]
    assert (desk.tallies(), sums(desk).counts["exchanges"]) == ({"compared": 2, "not_comparable": 1}, 3)


def test_a_final_disposition_that_cannot_be_written_stays_final(desk, make):
    """Only what scoring added is left out."""
    desk.record(make(disposition=Disposition.MODEL_LATE))
    (scored,) = desk.scored()
    assert desk.write([replace(scored, tokens_in=2**80)]) == 1
    assert (desk.ended(), desk.tallies()) == ([(2, "model_late", None)], {"model_late": 1})


def test_a_bomb_holds_up_no_other(desk, make):
    """From the capture to the verdict."""
    bomb = Answer.of(body=gzip.compress(bytes(17 << 20)), headers={"Content-Encoding": "gzip"})
    desk.record(make(bomb), make())
    desk.step()
    assert [row[1] for row in desk.ended()] == ["not_comparable", "compared"]


def test_a_damaged_rollup_is_told_and_begun_anew(desk, make):
    """It must not keep the minute's other exchanges from being scored."""
    desk.record(make(), make())
    first, second = desk.scored()
    desk.write([first])
    desk.store.db.execute("UPDATE rollups SET sums = '{'")
    with capture_logs() as logs:
        assert desk.write([second]) == 1
    assert [entry["event"] for entry in logs] == ["shadow.rollup_lost"]
    assert sums(desk).counts["exchanges"] == 1


def test_a_failing_store_is_told_and_nothing_is_set_aside(desk, make, url):
    """Every exchange is still there to be scored."""
    desk.record(make(), make())
    scored = desk.scored()
    other = sqlite3.connect(url.removeprefix("sqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another program"):
        desk.write(scored)
    other.rollback()
    other.close()
    assert (desk.write(scored), desk.tallies()) == (2, {"compared": 2})


def test_a_store_that_fails_while_one_is_written_alone_is_told(desk, make, monkeypatch):
    """What was written stays written, and the rest waits."""
    desk.record(make(), make())
    first, second = desk.scored()
    odd = replace(first, tokens_in=2**80)
    real, calls = module._write, iter(["batch", "odd", "set aside"])

    def failing(*words):
        if next(calls, None) is None:
            raise StoreError("the disk is full")
        return real(*words)

    monkeypatch.setattr(module, "_write", failing)
    with pytest.raises(StoreError, match="the disk is full"):
        desk.write([odd, second])
    assert [row[0] for row in desk.ended()] == [2, 1]


def test_two_differences_at_one_place_are_one_row(desk, make, lens):
    """The later one counts."""
    twice = (Difference("/a", 0.5, "first"), Difference("/a", 1.0, "second"))
    desk.lenses = {"address": lens(lambda _old, _new: Divergence(1.0, "", twice), Json(), Exact())}
    desk.record(make())
    desk.step()
    assert [row[4] for row in told(desk) if row[1] == "/a"] == ["second"]
