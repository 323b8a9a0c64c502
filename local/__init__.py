"""The servers of a laptop or a test run: PostgreSQL, Redis and Triton from wheels, and the launcher of `make run`.

Only the standard library is used here: the launcher runs before any environment is built.
"""
