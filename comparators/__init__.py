"""Measures how far two answers lie apart. Pure: usable in a notebook, without the router."""
