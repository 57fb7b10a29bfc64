"""`python -m shadow` is the command `shadow`."""

from __future__ import annotations

from shadow.cli import main

if __name__ == "__main__":
    main()
