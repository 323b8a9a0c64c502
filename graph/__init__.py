"""The GraphQL face of Gatehouse: types, queries, the schema, and GraphQL over HTTP."""
