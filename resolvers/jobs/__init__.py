"""Jobs: calls of models that a worker runs later. `creation` and `reading` are for callers, the rest for workers.

docs/jobs.md says what is promised, and in which steps a job runs.
"""
