"""The GraphQL face of Gatehouse: types, queries, the schema, and GraphQL over HTTP."""

import lazy_init

# Of uvicorn the service uses the server. Its `__init__` imports its command line and its reloaders as well.
lazy_init.of("uvicorn")
