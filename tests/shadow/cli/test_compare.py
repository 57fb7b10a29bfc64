"""`shadow compare`."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

LEGACY = '{"id": 1, "answer": {"a": 1}}\n{"id": 2, "answer": {"a": 1}}\n{"id": 3, "answer": {"a": 1}}\n'
MODEL = '{"id": 2, "answer": {"a": 2}}\n{"id": 1, "answer": {"a": 1}}\n{"id": 9, "answer": {"a": 1}}\n'
RAW = """
legacy: {url: "http://127.0.0.1:1"}
models:
  parser:
    adapter: openai
    url: http://127.0.0.1:2
    model: m
    ask: {user: "{{ request.text }}"}
    answer: {from: json}
routes: {address: {match: {path: /v1/address}, model: parser, compare: [{use: json}], rollout: {phase: shadow}}}
"""


@pytest.fixture
def files(shell):
    """Write two small files."""
    (shell.folder / "l.jsonl").write_text(LEGACY)
    (shell.folder / "m.jsonl").write_text(MODEL)
    return shell


def compare(shell, *words):
    """Compare them."""
    return shell.run("compare", "l.jsonl", "m.jsonl", "--route", "address", *words)


def test_two_files_are_compared_without_a_server(files):
    """Or a store; none is made."""
    ended = compare(files)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("route address: 2 pairs\n  match 1, diverged 1, not comparable 0\n")
    assert "  only in l.jsonl: 1 (3)\n  only in m.jsonl: 1 (9)\n" in ended.out
    assert not (files.folder / "shadow.db").exists()


def test_machine_formats_can_be_read(files):
    """From standard output or a file, which is told of on standard error."""
    assert json.loads(compare(files, "--format", "json").out)["verdicts"]["diverged"] == 1
    ended = compare(files, "--format", "junit", "-o", "out.xml")
    assert (ended.code, ended.out, ended.err) == (0, "", "wrote out.xml\n")
    assert ET.parse(files.folder / "out.xml").getroot().get("failures") == "1"


@pytest.mark.parametrize(
    ("limit", "code", "told"),
    [
        ("0.5", 0, ""),
        ("0.4", 1, "shadow: 1 of 2 diverged, a share of 0.5: over 0.4\n"),
    ],
)
def test_a_share_over_the_limit_is_1(files, limit, code, told):
    """And is told."""
    ended = compare(files, "--fail-over", limit)
    assert (ended.code, ended.err) == (code, told)


def test_a_limit_that_cannot_be_shown_to_be_kept_is_1(files):
    """Nothing compared is no success."""
    (files.folder / "m.jsonl").write_text("")
    ended = compare(files, "--fail-over", "1")
    assert (ended.code, "nothing could be compared" in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--route", "adress"), 'no route named "adress"; there is: address, unsure, blind, plain'),
        (("--key", ""), "--key: the key must name a member of each row"),
        (("--key", "name"), 'l.jsonl, line 1: no member "name" to tell the row by'),
        (("-o", "none/x"), "cannot write none/x: No such file or directory"),
        (("--route", "plain", "--raw"), "routes.plain has no model to read replies as"),
    ],
)
def test_what_cannot_be_done_is_2(files, words, told):
    """In words."""
    ended = compare(files, *words)
    assert (ended.code, ended.out, ended.err) == (2, "", f"shadow: {told}\n")


def test_a_row_without_an_answer_is_2(files):
    """With file and line."""
    (files.folder / "m.jsonl").write_text('{"id": 7}\n{"id": 1, "answer": 1, "body": 2}\n')
    ended = compare(files)
    assert (ended.code, ended.err) == (
        2,
        "shadow: m.jsonl, line 2: it has answer and body: which is the answer?\n",
    )


def test_a_file_that_is_not_there_is_2(shell):
    """Wrong use."""
    assert compare(shell).code == 2


def test_raw_replies_are_read_as_the_model_reads_them(files):
    """Text around the JSON, then, does no harm; a reply that holds none cannot be compared."""
    files.write(RAW)
    replies = ['Sure: {"a": 1}', "I do not know"]
    rows = [
        {"id": i, "answer": {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}}
        for i, text in enumerate(replies, start=1)
    ]
    (files.folder / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = json.loads(compare(files, "--raw", "--format", "json").out)
    assert found["verdicts"] == {"match": 1, "diverged": 0, "not_comparable": 1}
    assert found["examples"][0]["seen"] == ["model's answer: no_json: the reply holds no JSON document"]


@pytest.mark.slow
def test_several_processes_say_the_same(files):
    """To the letter."""
    assert compare(files, "--jobs", "2") == compare(files)


def test_those_who_would_have_to_be_asked_are_left_out(files):
    """And named."""
    files.write(
        RAW.replace(
            "routes:", 'judges: {fair: {adapter: openai, url: "http://127.0.0.1:1", model: m}}\nroutes:'
        ).replace("[{use: json}]", "[{use: json}, {use: judge, judge: fair, label: opinion}]")
    )
    assert "  left out, since nobody is asked here: opinion\n" in compare(files).out
    assert json.loads(compare(files, "--format", "json").out)["left_out"] == ["opinion"]
