"""The servers of a laptop or a test run: PostgreSQL, Redis and Triton from wheels, a mail catcher, and the launcher of
`make run`.

Only the standard library is used here: the launcher runs before any environment is built. `mail_catcher.py` alone uses
more; it is a server, and started as one.
"""
