"""Postgres: the tables, their migrations and the process's connections."""

import lazy_init

# Tortoise imports pydantic where it is installed, for JSON fields that hold pydantic's models. The service has none.
# Nor does it use Tortoise's validators, whose patterns take longer to compile than most of its modules to import.
with lazy_init.absent("pydantic"), lazy_init.patterns(), lazy_init.no_sources():
    import tortoise
    import tortoise.models

# It looks for descriptions of fields in the source of each model. Ours are no comments, as migrations do not see these.
tortoise.models._get_comments = lambda cls: {}
