"""Private names of the product that tests use still, by file. The list only becomes shorter."""

# Of named tuples and of Strawberry, which the product uses, too.
OF_LIBRARIES = {"_replace", "_schema"}

LEFT = {
    "tests/access/test_credentials.py": {"_KEPT"},
    "tests/access/test_password_rules.py": {"_listed"},
    "tests/access/test_passwords.py": {"_threads"},
    "tests/access/test_retired_keys.py": {"_note_failure"},
    "tests/access/test_sealing_again.py": {"_AT_ONCE", "_others_ended"},
    "tests/db/test_usage_days.py": {"_fill"},
    "tests/docker/test_kubernetes.py": {"_name"},
    "tests/doctor/test_redis.py": {"_url"},
    "tests/graph/test_contents.py": {"_raw"},
    "tests/graph/test_fair_queue.py": {"_KEPT"},
    "tests/graph/test_heads.py": {"_begin_again", "_is_refused"},
    "tests/graph/test_json_bodies.py": {"_Text"},
    "tests/graph/test_persisted_shares.py": {"_share_of", "_shares"},
    "tests/graph/test_revival.py": {"_FLAGS"},
    "tests/graph/test_websocket_ends.py": {"_transport", "_upgrade"},
    "tests/inference/test_fair_share.py": {"_bytes", "_lanes", "_people", "_seats", "_turns"},
    "tests/jobs/test_bytes.py": {"_LOCKS"},
    "tests/resolvers/conftest.py": {"_LEAST"},
    "tests/resolvers/export/test_export_file.py": {"_ROWS_AT_ONCE"},
    "tests/resolvers/test_byte_needs.py": {"_by_subject", "_held", "_needs"},
    "tests/resolvers/test_expiry_mails.py": {"_AT_ONCE"},
    "tests/resolvers/test_refusals.py": {"_CLOSE_WITHIN", "_MOST", "_pending", "_sums", "_value"},
    "tests/telemetry/test_metrics.py": {"_name"},
    "tests/webhooks/test_sending.py": {"_READ_WITHIN"},
}
