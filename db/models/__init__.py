"""The tables, a file for each. Every module here is found by itself; nothing is listed anywhere."""
