"""The GraphQL face of Gatehouse: types, queries, the schema, and GraphQL over HTTP."""

import sys

import lazy_init

# Of uvicorn the service uses the server. Its `__init__` imports its command line and its reloaders as well.
lazy_init.of("uvicorn")
lazy_init.modules("uvicorn", "config")
# For `uvicorn.lifespan`, which asks the package for it.
setattr(sys.modules["uvicorn"], "Config", sys.modules["uvicorn.config"].Config)  # noqa: B010 - mypy knows it already
# The schema is no part of a federation.
lazy_init.of("strawberry", "strawberry.federation")
# For Strawberry's own DateTime; graph/scalars.py has another one.
with lazy_init.deferred("dateutil.parser", "isoparse"):
    from strawberry import Schema  # noqa: F401 - its `__init__` runs here
