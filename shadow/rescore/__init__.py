"""Scores stored answers anew by a route's panel as it is now, tells what changes, and may rewrite the scores."""
