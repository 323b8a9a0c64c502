"""Everything that Prometheus can read of a process, declared in one place; the rooms count into it.

Labels take few values, and none that a caller can choose. Times are in seconds.
"""

from prometheus_client.metrics import Counter, Gauge, Histogram, disable_created_metrics

from telemetry.loop_metrics import LoopCounter, LoopHistogram

# Without the times of the first count: they double the series, and no query uses them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it so

_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_WHOLE = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# GraphQL. `field` is the operation's one field at the root, or "several", or "none" where it was not read.
REQUESTS = LoopCounter("gatehouse_requests", "Answers of /graphql.", ["field", "status", "code"])
REQUEST_SECONDS = LoopHistogram(
    "gatehouse_request_seconds", "From a request's first byte read to its answer.", ["field"], buckets=_WHOLE
)
REQUESTS_RUNNING = Gauge("gatehouse_requests_running", "Requests of /graphql without an answer yet.")
# `end` is the code of our own close frame, client where the client sent one, or lost where the connection broke.
WEBSOCKETS = Gauge("gatehouse_websockets", "WebSockets that are open.")
WEBSOCKETS_ENDED = Counter("gatehouse_websockets_ended", "WebSockets that ended.", ["end"])

# `what` had no room: body, call (of a model) or answer.
BYTES_IN_FLIGHT = Gauge("gatehouse_bytes_in_flight", "Bytes that requests hold.")
BYTES_IN_FLIGHT_MOST = Gauge("gatehouse_bytes_in_flight_most", "Bytes that requests may hold.")
BYTES_REFUSED = Counter("gatehouse_bytes_refused", "Refusals for lack of room for bytes in flight.", ["what"])
# Before admission. `kind` is document or body. `reason` is budget where the caller's processor time is used up, network
# where too much of one network waits, full where too much waits in all.
PREPARATION_SECONDS = Counter(
    "gatehouse_preparation_seconds", "Processor time for new documents and large bodies.", ["kind"]
)
PREPARATIONS_WAITING = Gauge("gatehouse_preparations_waiting", "New documents and large bodies in the queue.")
PREPARATIONS_REFUSED = Counter("gatehouse_preparations_refused", "Of these, refused before the work.", ["reason"])

# `result` is hit or miss for a hash that came alone, kept or dropped for a document.
PERSISTED_QUERIES = Counter("gatehouse_persisted_queries", "Persisted queries that were asked for or kept.", ["result"])
PERSISTED_QUERY_BYTES = Gauge("gatehouse_persisted_query_bytes", "Bytes of the persisted queries that are kept.")

# Admission. `charge` is plan, account or exempt, or visitor; `result` is admitted or an error code; `limit` the window
# that refused, or concurrency.
ADMISSIONS = LoopCounter("gatehouse_admissions", "Operations that asked to be admitted.", ["charge", "result", "limit"])
UNITS = LoopCounter("gatehouse_units", "Request units spent, units given back included.", ["charge"])
# `counter` is what an attempt, a registration or an email was counted by, as limits/attempts.py names it; `result` is
# counted, refused or given_back.
ATTEMPTS = Counter("gatehouse_attempts", "Attempts at passwords and codes by what counted them.", ["counter", "result"])
HASHING_RUNNING = Gauge("gatehouse_hashing_running", "Passwords that are hashed or wait for it.")

# The servers that the process needs.
DEPENDENCY_UP = Gauge("gatehouse_dependency_up", "1 where the dependency answers.", ["dependency"])
# `script` is the name of a Lua script, or the first of several plain commands. `reason` is unanswered, refused by
# Redis, circuit where it was not asked since it does not answer, or slots where no connection was free.
REDIS_MASTERS = Gauge("gatehouse_redis_masters", "Redis servers in use: one, or the masters of a cluster.", ["state"])
REDIS_SECONDS = LoopHistogram("gatehouse_redis_seconds", "Commands and scripts of Redis.", ["script"], buckets=_QUICK)
REDIS_FAILURES = Counter("gatehouse_redis_failures", "Commands without a result.", ["reason"])
POSTGRES_SECONDS = LoopHistogram("gatehouse_postgres_seconds", "Queries of Postgres.", buckets=_QUICK)
TRITON_SECONDS = LoopHistogram("gatehouse_triton_seconds", "Calls of models.", ["model"], buckets=_WHOLE)
TRITON_CALLS = LoopCounter(
    "gatehouse_triton_calls", "Calls of models; `result` is ok or an error code.", ["model", "result"]
)
TRITON_RUNNING = Gauge("gatehouse_triton_running", "Calls of models in flight.")
TRITON_STREAMS = Gauge("gatehouse_triton_streams", "Calls of models in flight that answer in a stream.")
TRITON_STREAM_SLOTS = Gauge("gatehouse_triton_stream_slots", "Of these, how many may be in flight.")
TRITON_SLOTS = Gauge("gatehouse_triton_slots", "Calls of models that may be in flight.")
# `server` is the address in the setting.
TRITON_SERVER_UP = Gauge("gatehouse_triton_server_up", "1 where this Triton answers.", ["server"])
TRITON_SERVER_RUNNING = Gauge(
    "gatehouse_triton_server_running", "Calls of models in flight at this Triton, streams included.", ["server"]
)
TRITON_SERVER_DIFFERING_MODELS = Gauge(
    "gatehouse_triton_server_differing_models", "Models that this Triton declares differently than another.", ["server"]
)
TRITON_MOVED_CALLS = Counter(
    "gatehouse_triton_moved_calls", "Calls that this Triton did not take, and that went to another one.", ["server"]
)
# `kind` is calls or streams. `reason` is full, share, late or memory.
CALLS_WAITING = Gauge("gatehouse_calls_waiting", "Calls of models that wait for a slot.", ["kind"])
CALLS_WAITED_SECONDS = LoopHistogram(
    "gatehouse_calls_waited_seconds", "How long calls waited that did.", ["model"], buckets=_WHOLE
)
CALLS_REFUSED = Counter("gatehouse_calls_refused", "Calls that got no slot.", ["reason"])
# `state` is queued or running. `code` is an error code, or empty.
MODEL_JOBS = Gauge("gatehouse_model_jobs", "Jobs of users that have not ended.", ["state"])
MODEL_JOBS_OLDEST_SECONDS = Gauge(
    "gatehouse_model_jobs_oldest_seconds", "How long the oldest of these in the queue has waited."
)
MODEL_JOBS_READY_SECONDS = Gauge(
    "gatehouse_model_jobs_ready_seconds", "How long a job that could start has waited for a worker, at most."
)
MODEL_JOBS_ENDED = Counter("gatehouse_model_jobs_ended", "Jobs that this worker has ended.", ["state", "code"])
EPOCH = Gauge(
    "gatehouse_epoch",
    "The epoch of the credential cache: it rises for an unknown Redis and for events that Redis did not confirm.",
)

# Revocation. `by` is redis, or epoch where Redis could not be told, or nothing where it is not confirmed.
REVOCATION_SECONDS = Histogram(
    "gatehouse_revocation_seconds", "From the commit to where no process admits the credential.", ["by"], buckets=_WHOLE
)
RUNNING_ENDED = Counter("gatehouse_running_ended", "Operations that were ended because their credential ended.")
REFUSALS_DROPPED = Counter("gatehouse_refusals_dropped", "Refused requests that are missing in `refusals`.")

# The worker.
MAILS = Counter(
    "gatehouse_mails", "Tries to send an email; `result` is sent, deferred or given_up.", ["template", "result"]
)
MAIL_SECONDS = Histogram("gatehouse_mail_seconds", "Tries to send an email.", buckets=_WHOLE)
WEBHOOKS = Counter(
    "gatehouse_webhooks", "Tries to send a webhook; `result` is delivered, deferred or given_up.", ["result"]
)
WEBHOOK_SECONDS = Histogram("gatehouse_webhook_seconds", "Requests of webhooks.", buckets=_WHOLE)
WEBHOOKS_WAITING = Gauge("gatehouse_webhooks_waiting", "Webhooks that are sent or wait for a try.")
JOBS = Gauge("gatehouse_jobs", "Jobs in the queue by state; those that failed were given up.", ["state"])
OLDEST_JOB_SECONDS = Gauge("gatehouse_oldest_job_seconds", "How long the job that has waited longest has waited.")
TASKS = Counter(
    "gatehouse_tasks", "Runs of the worker's repeated tasks; `result` is done or failed.", ["task", "result"]
)
TASK_DONE_AT = Gauge("gatehouse_task_done_timestamp_seconds", "When a repeated task last ended well.", ["task"])
ROLLUP_LAG_SECONDS = Gauge("gatehouse_rollup_lag_seconds", "Age of the oldest call that is not in Postgres yet.")
CALLS_ROLLED_UP = Counter("gatehouse_calls_rolled_up", "Calls added to usage in Postgres.")
USAGE_REJECTED = Counter("gatehouse_usage_rejected", "Log entries that could not be added to usage and were set aside.")
# `result` is agree, differ, or unreadable where Redis, the logs or Postgres could not be read.
USAGE_COMPARED = Gauge("gatehouse_usage_compared", "Users and days whose counts were compared.", ["result"])
USAGE_UNITS_APART = Gauge("gatehouse_usage_units_apart", "Units by which the counts of users and days differ.")
USAGE_COMPARED_AT = Gauge(
    "gatehouse_usage_compared_timestamp_seconds", "When the oldest of these comparisons was made."
)
CALLS_REAPED = Counter("gatehouse_calls_reaped", "Calls whose process died or froze, ended for it.")
REDIS_MEMORY_BYTES = Gauge("gatehouse_redis_memory_bytes", "What Redis uses, and may use (0: any).", ["kind"])
REDIS_DELAYED_SYNCS = Gauge("gatehouse_redis_delayed_syncs", "Writes of the AOF that waited for a slow disk, in all.")

# Loops of API and worker, as docs/architecture.md lists them. `reason` is error, or late for a turn that did not end.
LOOP_FAILURES = Counter("gatehouse_loop_failures", "Turns of loops that failed.", ["loop", "reason"])
LOOP_DONE_AT = Gauge("gatehouse_loop_done_timestamp_seconds", "When a turn of a loop last ended well.", ["loop"])
LOOP_LAG_SECONDS = Histogram("gatehouse_event_loop_lag_seconds", "How late the event loop comes.", buckets=_QUICK)
