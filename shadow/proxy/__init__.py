"""A worker: accept, route, switch, both calls, decide, answer, capture. In that order, file by file."""
