"""Decides which side answers, and why. Pure: no clock, no loop, no socket, no file."""
