"""GraphQL over HTTP: what comes in is read strictly, what goes out has the right status and headers."""
