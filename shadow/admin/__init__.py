"""The admin role: health, readiness, metrics and status, read from the store and nowhere else."""
