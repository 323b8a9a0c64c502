"""Redis: connections, deadlines, scripts, the clock, the epoch, and which server is in use."""

import lazy_init

_OF_ANY = ("record_connection_handoff", "record_connection_relaxed_timeout", "record_maint_notification_count")
_OF_ASYNCIO = (
    "record_connection_closed",
    "record_connection_count",
    "record_connection_create_time",
    "record_connection_wait_time",
    "record_error_count",
)
# redis-py would tell Redis its version, which it reads with this. Our connections do not say it.
lazy_init.of("importlib.metadata")
# Of redis-py the service uses the connection and the parser of addresses.
lazy_init.of("redis", "redis.asyncio", "redis.observability")
# redis-py imports OpenTelemetry where it is installed, for metrics of its own that the service does not use. What would
# count them is imported when a connection fails.
with (
    lazy_init.absent("opentelemetry.metrics"),
    lazy_init.absent("opentelemetry.sdk"),
    lazy_init.deferred(
        "redis.observability.recorder", *_OF_ANY, "init_connection_count", "register_pools_connection_count"
    ),
    lazy_init.deferred("redis.asyncio.observability.recorder", *_OF_ANY, *_OF_ASYNCIO),
):
    import redis.asyncio.connection  # noqa: F401
