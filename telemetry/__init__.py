"""What an operator sees of a process: metrics, traces and logs. No other room knows Prometheus or OpenTelemetry."""

import lazy_init

# Its `__init__` imports what serves and pushes metrics as well. The three collectors are in the order of a scrape.
lazy_init.of("prometheus_client")
lazy_init.modules("prometheus_client", "values", "gc_collector", "platform_collector", "process_collector", "metrics")
# Used only if GATEHOUSE_TRACES_URL is set. It reads the metadata of every installed package when it is imported.
lazy_init.of("opentelemetry.context", "opentelemetry.trace")
