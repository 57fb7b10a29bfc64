"""From what is kept of a route's repeats to every format of the report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fallback.noise.jitter import Jitter
from fallback.noise.state import ComparatorNoise, NoiseState, PathNoise
from shadow.errors import StoreError
from shadow.report import FORMATS, render
from shadow.report import noise as module
from shadow.report.gather import gather
from shadow.report.model import PathReport
from shadow.report.noise import fold_noise, marked
from shadow.report.query import NoiseRow

STATE = NoiseState(
    {
        "json": ComparatorNoise(
            use="json",
            triples=500,
            pairs=100,
            fields=12,
            left_out=3,
            paths={
                "/street": PathNoise(legacy=0, diverged=40, both=0, model=2, peak=20.0),
                "/id": PathNoise(legacy=500, diverged=500, both=500, model=100),
                "/price": PathNoise(
                    legacy=200, diverged=205, both=100, jitter=Jitter({"number": 200}, 0.02, 0.001)
                ),
                "/unit": PathNoise(legacy=4, diverged=9),
                "/lot/*/n": PathNoise(legacy=1, diverged=1),
            },
        )
    }
)
ROW = NoiseRow("parser-llm", "v1", 60_000_000, 120_000_000, 500, STATE)
RATE = {"k": 40, "n": 500, "share": 0.08}


@pytest.fixture
def told(busy):
    """Give the report of the busy store, of whose route address both sides were asked twice."""
    busy.noise(STATE)
    return gather(busy.close(), now=busy.now, by="language")


def test_each_place_has_a_mark_and_what_it_rests_on():
    """The regressed first; quiet ones are listed too."""
    found = fold_noise(ROW)
    assert [(path.pointer, path.mark) for path in found.paths] == [
        ("/street", "regressed"),
        ("/id", "noisy"),
        ("/price", "noisy"),
        ("/unit", "inconclusive"),
        ("/lot/*/n", "quiet"),
    ]
    street = found.paths[0]
    assert (street.diverged.k, street.legacy.k, street.model.k, street.model.n) == (40, 0, 2, 100)
    assert (street.excess, round(street.excess_interval.low, 3), street.p_value < 1e-8) == (0.08, 0.058, True)
    assert (found.tests, found.repeats, found.differences_left_out) == (12, 500, 3)


def test_rules_are_proposed_for_noise_alone():
    """As YAML for the route's compare."""
    assert fold_noise(ROW).proposal == (
        "compare:\n"
        "  - use: json\n"
        "    ignore:\n"
        "      - /id  # legacy differed from itself in 500 of 500\n"
        "    at:\n"
        "      /price: {use: number, relative: 0.002}  # legacy differed from itself in 200 of 500, by 0.1 % at most\n"
    )


def test_more_places_than_are_listed_are_counted(monkeypatch):
    """The least telling are left out."""
    monkeypatch.setattr(module, "PATHS", 2)
    found = fold_noise(ROW)
    assert ([path.pointer for path in found.paths], found.paths_left_out) == (["/street", "/id"], 3)


def test_a_place_is_known_by_its_pattern():
    """The third element of an array is a place like the first; other comparators' are not."""
    noise = fold_noise(ROW)
    paths = [PathReport("json", "/lot/3/n", 1, 0.1), PathReport("text", "/id", 1, 0.1)]
    first, second = marked(paths, noise)
    assert (first.noise.mark, second.noise) == ("quiet", None)
    assert marked(paths, None) == tuple(paths)


def test_the_report_marks_the_places_where_answers_differ(told):
    """The one it has differences of, in the route that was asked twice; no other route."""
    address, *others = told.routes
    assert {path.pointer: path.noise and path.noise.mark for path in address.paths} == {
        "/street": "regressed",
        "/unit": "inconclusive",
    }
    assert [route.noise for route in others] == [None] * len(others)


def test_the_newest_model_and_panel_count(busy):
    """What was kept under others stays in the store."""
    busy.noise(STATE)
    busy.noise(NoiseState(), epoch="b", at=busy.now + 1)
    assert gather(busy.close(), now=busy.now).routes[0].noise.paths == ()


def test_what_is_kept_and_cannot_be_read_is_told(busy):
    """By its route, not as a bug."""
    busy.noise(STATE)
    busy.db.execute("UPDATE noise SET state = '{}x'")
    with pytest.raises(StoreError, match="the noise of route 'address' cannot be read"):
        gather(busy.close(), now=busy.now)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_marks_floors_and_proposals(told, form):
    """Whoever reads it."""
    found = render(told, form, width=160)
    for word in ("regressed", "noisy", "inconclusive", "use: json", "/price: {use: number, relative: 0.002}"):
        assert word in found
    if form == "markdown":
        assert "regressed: floor 0.0 %, excess +8.0 (+5.8 to +10.7) %" in found
    if form == "html":
        assert "regressed: floor 0.0 %, excess +8.0 (" in found


def test_scripts_get_numbers(told):
    """In JSON under their own names."""
    route = json.loads(render(told, "json"))["routes"][0]
    street = route["noise"]["paths"][0]
    assert {key: street["diverged"][key] for key in RATE} == RATE
    assert route["paths"][0]["noise"] == street
    assert route["noise"]["proposal"].startswith("compare:")


def test_without_repeats_a_report_is_as_it_was(report):
    """No column, no table, no sentence."""
    assert [render(replace(report), form).count("asked twice") for form in ("text", "html", "markdown")] == [
        0,
        0,
        0,
    ]
    assert "noise" not in render(report, "csv")
