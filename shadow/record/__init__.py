"""The record: what is written of each exchange, and where."""
