"""Imports sqlite-utils without numpy and pandas, which it looks for and nothing here puts into a row.

They are half of what a process of ours would take. Whoever needs them can import them afterwards.
"""

from __future__ import annotations

import sys

_UNWANTED = [name for name in ("numpy", "pandas") if name not in sys.modules]

for _name in _UNWANTED:
    sys.modules[_name] = None  # type: ignore[assignment]  # the import system's own way to say that there is none
try:
    from sqlite_utils import Database
finally:
    for _name in _UNWANTED:
        del sys.modules[_name]

__all__ = ["Database"]
