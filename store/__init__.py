"""Redis: connections, deadlines, scripts, the clock, the epoch, and which server is in use."""

import lazy_init

# Of redis-py the service uses the connection and the parser of addresses.
lazy_init.of("redis", "redis.asyncio", "redis.observability")
# redis-py imports OpenTelemetry where it is installed, for metrics of its own that the service does not use.
with lazy_init.absent("opentelemetry.metrics"), lazy_init.absent("opentelemetry.sdk"):
    import redis.asyncio.connection  # noqa: F401
