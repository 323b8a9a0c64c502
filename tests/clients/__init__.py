"""Clients of several kinds run examples/ against a real installation, and docs/clients.md says what is so."""
