"""Who may do what, and how much."""

import lazy_init

# joserfc imports what reads certificates. The service has none, so the patterns for the names in them stay unused.
with lazy_init.patterns():
    import joserfc.jws  # noqa: F401
