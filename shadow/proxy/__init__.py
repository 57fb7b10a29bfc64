"""A worker: accept, route, switch, both calls, decide, answer, capture. In that order, file by file."""

from shadow.lean import in_parts

in_parts("aiohttp")  # whose server is all that a worker needs: its client alone would take 6 MiB
