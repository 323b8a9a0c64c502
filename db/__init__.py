"""Postgres: the tables, their migrations and the process's connections."""

import lazy_init

# Tortoise imports pydantic where it is installed, for JSON fields that hold pydantic's models. The service has none.
with lazy_init.absent("pydantic"):
    import tortoise  # noqa: F401
