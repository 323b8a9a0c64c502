"""A whole installation under a steady load: does memory grow, does the rollup keep up, is every call counted?

Not `make soak`, which checks promises in random histories (`tests/histories`).
"""
