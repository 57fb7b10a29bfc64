"""Recorded requests, sent to another model, prompt or version, and what came of it. Nothing here counts as traffic."""
