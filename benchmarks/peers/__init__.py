"""Gatehouse beside the services that it can replace, and beside an older build: `make bench ARGS=peers`."""
