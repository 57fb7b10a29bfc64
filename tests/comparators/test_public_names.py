import subprocess
import sys

import pytest

import comparators


def test_every_public_name_is_there():
    """What `__all__` promises can be imported, and is sorted for readers."""
    missing = [name for name in comparators.__all__ if not hasattr(comparators, name)]
    assert missing == []


def test_a_notebook_needs_one_import():
    """Answers, a comparator and its result come from the package itself."""
    found = comparators.Json()(comparators.Answer.of(json={"a": 1}), comparators.Answer.of(json={"a": 2}))
    assert found == comparators.Divergence(
        1.0, "1 differ: /a", (comparators.Difference("/a", 1.0, "1 -> 2"),)
    )


def test_what_is_no_public_name_is_told():
    """As of any other module."""
    with pytest.raises(AttributeError, match="module 'comparators' has no attribute 'Jsn'"):
        _ = comparators.Jsn


def test_the_public_names_are_listed():
    """For whoever types a dot."""
    assert dir(comparators) == sorted(comparators.__all__)


def test_importing_loads_what_is_named_and_no_more():
    """The package itself loads nothing, and comparing JSON no library that only some options need."""
    code = """
import sys
import comparators
print(sorted(name for name in sys.modules if name.startswith("comparators.")))
rows = [{"n": 1}, {"n": 2}]
sides = [comparators.Answer.of(json={"a": some}) for some in ([1], rows)]
comparators.Json(ignore=["/id"], arrays={"/a": "set"})(*sides)
print([name for name in ("scipy", "numpy", "dateutil", "jsonpath_rfc9535", "jsonschema") if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "[]\n[]\n"
