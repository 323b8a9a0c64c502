"""Private names of the product that tests use still, by file. The list only becomes shorter."""

# Of named tuples and of Strawberry, which the product uses, too.
OF_LIBRARIES = {"_replace", "_schema"}

LEFT = {
    "tests/histories/jobs.py": {"_BESIDE_CALL", "_end"},
    "tests/histories/real_jobs.py": {"_CANCEL", "_lock", "_store"},
    "tests/histories/simulation.py": {"_stay_alive", "_take"},
    "tests/limits/comparing.py": {"_has_begun"},
    "tests/limits/people.py": {"_last_uses", "_store"},
    "tests/limits/test_comparison.py": {"_measure", "_value"},
    "tests/limits/test_last_uses.py": {"_AT_ONCE", "_MOST", "_STATEMENTS", "_noted", "_pending"},
    "tests/limits/test_leaving_callers.py": {"_CLOSES_WITHIN"},
    "tests/limits/test_rejected_entries.py": {"_AT_ONCE"},
    "tests/limits/test_rollup.py": {"_ENTRIES_AT_ONCE"},
    "tests/limits/test_running_calls.py": {"_value"},
    "tests/limits/test_settlement.py": {"_ask", "_repeat", "_settler"},
    "tests/limits/test_starvation.py": {"_DEADLINE_SECONDS"},
    "tests/limits/test_usage_sums.py": {"_commit", "_write"},
    "tests/local/test_mail.py": {"_port"},
    "tests/local/test_servers.py": {"_port"},
    "tests/local/test_trouble.py": {"_SHORT", "_loads"},
    "tests/patience.py": {"_DEADLINE_SECONDS", "_LONGEST_WAIT", "_OLDEST_READING"},
    "tests/pgbouncer.py": {"_why_it_ended"},
    "tests/redis_cluster.py": {"_write_config"},
    "tests/redis_servers.py": {"_environ"},
    "tests/store/test_addresses.py": {"_servers", "_write_config"},
    "tests/store/test_epoch.py": {"_OLDEST_READING", "_ask", "_connection", "_reading"},
    "tests/store/test_pipeline.py": {"_kept_head"},
    "tests/store/test_pipeline_faults.py": {"_DEADLINE_SECONDS"},
}
