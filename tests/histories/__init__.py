"""Random histories of calls, kills, outages and revocations, and the promises of docs/limits.md checked against them.

A history comes from a seed (`history.py`). `simulation.py` runs it with the product's own code and scripts on simulated
servers and a simulated clock, in a fraction of a second; `replay.py` runs the same history on real processes and real
servers. Both write the same log, and `checker.py` finds in it what breaks a promise. `make soak` runs many.
"""
