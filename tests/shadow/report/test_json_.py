from __future__ import annotations

import json
from dataclasses import replace

from fallback.noise.state import ComparatorNoise, NoiseState, PathNoise
from shadow.report.gather import gather
from shadow.report.json_ import SCHEMA, to_json


def shape(value):
    """Tell the names in a document, without its values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return ""


RATE = {"k": "", "n": "", "share": "", "interval": {"low": "", "high": ""}}
COUNTS = [{"word": "", "n": "", "share": ""}]
CHECKS = [{"name": "", "left": "", "right": "", "difference": ""}]
TRAFFIC = {
    "n": "",
    "dispositions": COUNTS,
    "reasons": COUNTS,
    "served": COUNTS,
    "phases": COUNTS,
    "checks": CHECKS,
}
LATENCY = {"n": "", "p50": "", "p90": "", "p99": ""}
RANGE = {"low": "", "high": ""}
PATH_NOISE = {
    "comparator": "",
    "pointer": "",
    "mark": "",
    "diverged": RATE,
    "legacy": RATE,
    "model": RATE,
    "excess": "",
    "excess_interval": RANGE,
    "p_value": "",
}
ROUTE = {
    "route": "",
    "traffic": TRAFFIC,
    "legacy": {"latency": LATENCY, "statuses": COUNTS, "failures": []},
    "model": {"latency": LATENCY, "statuses": COUNTS, "failures": COUNTS},
    "verdicts": COUNTS,
    "agreement": RATE,
    "comparators": [
        {"label": "", "measured": "", "diverged": RATE, "mean": RANGE, "median": RANGE, "histogram": [""]},
    ],
    "paths": [
        {
            "comparator": "",
            "pointer": "",
            "n": "",
            "share": "",
            "examples": [{"exchange": "", "kind": "", "detail": ""}],
            "noise": PATH_NOISE,
        },
    ],
    "differences_left_out": "",
    "confidence": {
        "known": "",
        "none": "",
        "unweighed": [],
        "bins": [{"low": "", "high": "", "n": "", "agreement": {**RATE, "interval": ""}}],
    },
    "usage": {"tokens_in": "", "tokens_out": "", "cost": "", "samples": ""},
    "versions": [{"model": "", "version": "", "exchanges": "", "agreement": RATE}],
    "config_hashes": [""],
    "cohorts": [{"value": "", "exchanges": "", "agreement": RATE, "model_served": RATE, "model_p50": ""}],
    "cohorts_left_out": "",
    "panel": [""],
    "noise": {
        "model": "",
        "version": "",
        "began": "",
        "seen": "",
        "repeats": "",
        "tests": "",
        "paths": [PATH_NOISE],
        "paths_left_out": "",
        "differences_left_out": "",
        "proposal": "",
    },
    "judges": [
        {"label": "", "opinions": "", "preferred": COUNTS, "reviews": RATE, "kappa": ""},
    ],
}
REPORT = {
    "schema": "",
    "since": "",
    "until": "",
    "made_at": "",
    "first": "",
    "last": "",
    "by": "",
    "totals": TRAFFIC,
    "unmatched": "",
    "backlog": {"unscored": "", "open": "", "capped": ""},
    "routes": [ROUTE],
    "truth": [
        {
            "route": "",
            "n": "",
            "legacy_right": "",
            "model_right": "",
            "served_right": "",
            "note": "",
        },
    ],
    "asked": [
        {"kind": "", "name": "", "outcomes": COUNTS, "tokens_in": "", "tokens_out": "", "cost": ""},
    ],
}


def test_the_shape_is_the_documented_one(busy, report):
    """Scripts rely on these names: a change here needs a new schema."""
    place = PathNoise(legacy=1, diverged=2)
    busy.noise(NoiseState({"json": ComparatorNoise(triples=9, pairs=9, paths={"/street": place})}))
    asked_twice = gather(busy.db, by="language", now=busy.now, panels={"address": ["json: any difference"]})
    report = replace(report, routes=(asked_twice.routes[0], *report.routes[1:]))
    found = json.loads(to_json(report))
    assert (found["schema"], shape(found)) == (SCHEMA, REPORT)


def test_hostile_text_survives_as_data(report, busy):
    """JSON keeps values as they are; it is for machines."""
    found = json.loads(to_json(report))
    assert found["routes"][0]["cohorts"][2]["value"] == busy.hostile
