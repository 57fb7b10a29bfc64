"""What the pages name is there: files, links, targets of make, options and their defaults."""

from __future__ import annotations

import inspect
import json
import re

import pytest

from comparators.catalog import BUILT_IN as COMPARATORS
from fallback.confidence.catalog import BUILT_IN as ESTIMATORS
from fallback.words import Disposition, Reason
from shadow.asking.entries import ASKED
from shadow.proxy.causes import Cause

README_TABLE = re.compile(r"^\| (\w[\w ,]*?) \| ((?:`[^`]+`(?:, )?)+) \|", re.MULTILINE)
OPTION = re.compile(r"^\| option of `(\w+)` \|[^\n]*\n\|[-|]*\n((?:\|[^\n]*\n)+)", re.MULTILINE)
MAPPINGS = {"at", "arrays", "synonyms"}
NONE_YET = {"over_budget", "demoted"}


@pytest.fixture
def told(root):
    """Give a function that reads a page of the docs."""
    return lambda name: (root / name).read_text()


def steps(text):
    """Give a life of a request: each step and its files."""
    return {name: re.findall(r"`([^`]+)`", files) for name, files in README_TABLE.findall(text)}


@pytest.mark.parametrize("name", ["README.md", "docs/life-of-a-request.md"])
def test_every_file_of_a_requests_life_exists(told, root, name):
    """In the order of the design."""
    life = steps(told(name))
    assert list(life) == [
        "accept",
        "route",
        "switch",
        "admit",
        "both calls",
        "decide",
        "answer",
        "capture",
        "compare",
        "score, roll up",
        "report",
    ]
    assert [file for files in life.values() for file in files if not (root / file).exists()] == []


def test_both_pages_tell_the_same_life(told):
    """Step by step, file by file."""
    assert steps(told("README.md")) == steps(told("docs/life-of-a-request.md"))


def test_every_link_leads_somewhere(page):
    """Within the project; other addresses are nobody's to check."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_page_can_be_found_from_the_readme(told, root):
    """Directly, or by a page that can."""
    linked = told("README.md") + "".join(file.read_text() for file in (root / "docs").glob("*.md"))
    assert [p.name for p in (root / "docs").glob("*.md") if f"{p.name})" not in linked] == []


def test_every_target_of_make_exists(page, root, blocks_of):
    """As in `make demo`."""
    lines = "\n".join(block.text for block in blocks_of("sh") if block.page == page)
    named = set(re.findall(r"^make ([a-z]+)", lines, re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z]+)`", page.read_text()))
    assert named - set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE)) == set()


def test_every_option_has_its_line(told, root):
    """Comparators' and estimators', on whichever page, with the default the code has."""
    pages = "".join(file.read_text() for file in (root / "docs").glob("*.md"))
    tables = {name: dict(rows(table)) for name, table in OPTION.findall(pages)}
    built_in = {**COMPARATORS, **ESTIMATORS, **ASKED}
    assert tables == {name: dict(defaults(maker)) for name, maker in built_in.items()}


def test_the_output_of_comparing_files_is_the_real_one(told, root, tmp_path, monkeypatch, capsys):
    """To the letter."""
    import sys

    from shadow.cli import main

    (tmp_path / "shadow.yaml").write_text(
        'legacy: {url: "http://127.0.0.1:9001"}\n'
        "routes: {address: {match: {path: /v1/address}, compare: [{use: json}]}}\n"
    )
    monkeypatch.chdir(root)
    words = ["compare", "examples/legacy.jsonl", "examples/model.jsonl", "--route", "address"]
    monkeypatch.setattr(sys, "argv", ["shadow", *words, "-c", str(tmp_path / "shadow.yaml")])
    with pytest.raises(SystemExit):
        main()
    assert f"```text\n{capsys.readouterr().out}```" in told("docs/comparing-files.md")


def rows(table):
    """Give option and default of each line."""
    for line in table.splitlines():
        option, default = [cell.strip().strip("`") for cell in line.split("|")[1:3]]
        yield option, default


def defaults(maker):
    """Give option and default of each parameter, as a configuration writes them."""
    for name, parameter in inspect.signature(maker).parameters.items():
        default = parameter.default
        if default is inspect.Parameter.empty:
            yield name, "required"
        elif default == ():
            yield name, "[]"
        elif name in MAPPINGS:
            yield name, "{}"
        elif default is None:
            yield name, "none"
        else:
            yield name, default if isinstance(default, str) and default else json.dumps(default)


def test_every_choice_is_explained(told):
    """Each measure and check of `text`, each reduction of `logprob`."""
    from typing import get_args, get_type_hints

    from comparators.text_checks import CHECKS
    from comparators.text_measures import Measure
    from fallback.confidence.logprob import LogProb

    for page, choices in (
        ("docs/text.md", (*get_args(Measure), *CHECKS)),
        ("docs/confidence.md", get_args(get_type_hints(LogProb.__init__)["reduce"])),
    ):
        lines = set(re.findall(r"^\| `(\w+)` \|", told(page), re.MULTILINE))
        assert set(choices) - lines == set()


@pytest.mark.parametrize(("name", "words"), [("docs/rollout.md", Reason), ("docs/record.md", Disposition)])
def test_every_word_is_explained(told, name, words):
    """Each reason and each disposition that this release gives."""
    later = NONE_YET | {"masking_failed"}
    lines = " ".join(line.split("|")[1] for line in told(name).splitlines() if line.startswith("|"))
    assert {str(word) for word in words} - set(re.findall(r"`(\w+)`", lines)) == later & {
        str(w) for w in words
    }


def test_every_cause_is_explained(told):
    """Of requests that are malformed."""
    lines = [line.split("|")[1] for line in told("docs/operations.md").splitlines() if line.startswith("|")]
    assert {str(cause) for cause in Cause} <= set(re.findall(r"`(\w+)`", " ".join(lines)))
