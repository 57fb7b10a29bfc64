"""What comparing two files gave, for a build server."""

from __future__ import annotations

from contextlib import closing
from xml.etree import ElementTree as ET

from comparators import Judgement, Score, Verdict
from shadow.compare import junit
from shadow.compare.junit import Cases
from shadow.compare.summary import Summary


def document():
    """Give the document of a match, a divergence, what could not be compared, and one alone, read back."""
    summary = Summary("address", {})
    with closing(Cases("address")) as cases:
        for key, verdict, told in (
            ("a", Verdict.MATCH, []),
            ('b"<&\x00', Verdict.DIVERGED, ["json 1: \x1b<x>", "text 1: y"]),
            ("c", Verdict.NOT_COMPARABLE, ["number: no number"]),
        ):
            judgement = Judgement(verdict, None, (Score("json", None),))
            summary.add(key, judgement)
            cases.add(key, judgement, told)
        cases.add_alone("d", "m.jsonl")
        return ET.fromstring("".join(cases.document(summary)))


def test_each_id_is_a_case():
    """One that diverged failed; one that could not be compared, or has no other side, is skipped."""
    (suite,) = document()
    assert (suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("skipped")) == (
        "address",
        "4",
        "1",
        "2",
    )
    cases = suite.findall("testcase")
    assert [(case.get("name"), [child.tag for child in case]) for case in cases] == [
        ("a", []),
        ('b"<&\\x00', ["failure"]),
        ("c", ["skipped"]),
        ("d", ["skipped"]),
    ]
    assert cases[1].find("failure").text == "json 1: \\x1b<x>\ntext 1: y"
    assert [case.find("skipped").get("message") for case in cases[2:]] == [
        "not comparable: number: no number",
        "only in m.jsonl",
    ]


def test_the_share_stands_among_the_properties():
    """Of those that could be compared."""
    (prop,) = document().iter("property")
    assert prop.attrib == {"name": "diverged_share", "value": "0.5"}


def test_many_cases_go_to_disk(monkeypatch):
    """And come back."""
    monkeypatch.setattr(junit, "_MEMORY", 10)
    assert len(list(document().iter("testcase"))) == 4
