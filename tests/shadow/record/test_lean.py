"""sqlite-utils is there, and what it would have brought along is not."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
import sys
import shadow.record.store
print(sorted({"numpy", "pandas"} & sys.modules.keys()))
import numpy
print(numpy.arange(3).sum())
"""


def test_the_store_brings_no_numpy_and_leaves_it_to_be_imported() -> None:
    """A plugin may need it."""
    told = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["[]", "3"]
