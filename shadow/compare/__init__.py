"""Compares two files of answers by a route's panel: no server, no store."""
