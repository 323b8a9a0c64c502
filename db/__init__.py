"""Postgres: the tables, their migrations and the process's connections."""
