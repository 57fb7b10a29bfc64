"""Asks judges and embedding servers about two answers, on the scorer's behalf and beside its work."""
