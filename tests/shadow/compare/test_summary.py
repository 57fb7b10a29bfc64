"""What comparing two files sums up to."""

from __future__ import annotations

import json

from comparators import Difference, Judgement, Score, Verdict
from shadow.compare import summary as module
from shadow.compare.summary import IDS, PLACES, Summary, to_json

FAR = Score("json", 0.5, "1 differ: /a", (Difference("/a", 1.0, "1 -> 2"),))
NEAR = Score("text/s", 0.1, '"x" -> "y"', (Difference("/s", 0.1, '"x" -> "y"'),))
UNKNOWN = Score("number", None, "model: the string is no number")


def summed():
    """Give a summary of a match, a divergence and what could not be compared."""
    found = Summary("address", {"json": 0.0, "text/s": 0.2})
    found.add("a", Judgement(Verdict.MATCH, 0.0, (Score("json", 0.0), NEAR)))
    found.add("b", Judgement(Verdict.DIVERGED, 0.3, (FAR, NEAR)))
    found.add("c", Judgement(Verdict.NOT_COMPARABLE, 0.0, (Score("json", 0.0), UNKNOWN)))
    found.add_alone(["x"], [f"y{i}" for i in range(IDS + 5)])
    return found


def test_verdicts_and_comparators_are_counted():
    """Above tolerance is diverged; what could not measure is not measured."""
    found = summed()
    assert (found.pairs, found.diverged.k, found.diverged.n) == (3, 1, 2)
    assert {label: (one.measured, one.diverged) for label, one in found.comparators.items()} == {
        "json": (3, 1),
        "text/s": (2, 0),
        "number": (0, 0),
    }
    assert found.paths == {("text/s", "/s"): 2, ("json", "/a"): 1}


def test_an_example_tells_what_the_comparators_that_mind_saw():
    """And no other."""
    assert [(one.id, one.verdict, one.seen) for one in summed().examples] == [
        ("b", "diverged", ("json 0.5: 1 differ: /a", "  /a changed: 1 -> 2")),
        ("c", "not_comparable", ("number: model: the string is no number",)),
    ]


def test_a_place_is_named_where_the_detail_does_not():
    """Once."""
    score = Score("rules", 1.0, "1 -> 2", (Difference("/a", 1.0), Difference("/b", 1.0)))
    assert Summary("r", {}).told([score]) == ["rules 1: /a 1 -> 2"]


def test_nothing_grows_with_the_files(monkeypatch):
    """Places, ids and examples have an end; all of them are counted."""
    monkeypatch.setattr(module, "PATHS", 3)
    found = Summary("r", {})
    for i in range(50):
        found.add(
            str(i), Judgement(Verdict.DIVERGED, 1.0, (Score("json", 1.0, "", (Difference(f"/{i}", 1.0),)),))
        )
    found.add_alone([], map(str, range(1000)))
    assert (len(found.paths), found.paths_left_out, len(found.examples)) == (3, 47, IDS)
    assert (found.only_model, len(found.alone["model"])) == (1000, IDS)


def test_the_json_tells_all_of_it():
    """Under its own names."""
    document = json.loads(to_json(summed(), "l.jsonl", "m.jsonl"))
    assert (document["schema"], document["files"]) == (
        "shadow-compare/1",
        {"legacy": "l.jsonl", "model": "m.jsonl"},
    )
    assert (document["pairs"], document["verdicts"]) == (3, {"match": 1, "diverged": 1, "not_comparable": 1})
    assert (document["diverged"]["k"], document["only_in_model"]["n"]) == (1, IDS + 5)
    assert document["comparators"][0] == {
        "label": "json",
        "tolerance": 0.0,
        "measured": 3,
        "diverged": 1,
        "mean": 0.5 / 3,
    }
    assert document["examples"][0]["seen"] == ["json 0.5: 1 differ: /a", "  /a changed: 1 -> 2"]
    assert document["examples"][0]["differences"][0] == {
        "comparator": "json",
        "pointer": "/a",
        "kind": "changed",
        "severity": "major",
        "divergence": 1.0,
        "detail": "1 -> 2",
    }


def test_a_pair_tells_its_first_places_and_no_more():
    """Three of a comparator in words, twenty in JSON, however many there are."""
    differences = tuple(Difference(f"/{i}", 1.0, f"{i} -> x") for i in range(50))
    found = Summary("r", {})
    found.add("a", Judgement(Verdict.DIVERGED, 1.0, (Score("json", 1.0, "50 differ: /0", differences),)))
    (example,) = found.examples
    assert example.seen == ("json 1: 50 differ: /0", *(f"  /{i} changed: {i} -> x" for i in range(3)))
    assert len(example.differences) == PLACES
