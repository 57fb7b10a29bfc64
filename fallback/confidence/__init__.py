"""Estimators of how far a model's answer may be trusted. Pure: they read answers and nothing else."""
