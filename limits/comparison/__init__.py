"""Compares what Redis has spent with what Postgres has counted, for each user and day: see docs/limits.md."""
