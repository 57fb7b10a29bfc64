"""Libraries are there, and what they would have brought along is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import sys
import {module}
print(sorted(set({names}) & sys.modules.keys()))
import {name}
print({name}.__name__)
"""


@pytest.mark.parametrize(
    ("module", "names"), [("shadow.record.store", ["numpy", "pandas"]), ("shadow.logs", ["rich"])]
)
def test_what_nothing_here_needs_is_not_brought_along_and_can_be_imported(module, names):
    """A plugin may need it."""
    program = LOOK.format(module=module, names=names, name=names[0])
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["[]", names[0]]
