"""What an operator sees of a process: metrics, traces and logs. No other room knows Prometheus or OpenTelemetry."""

import lazy_init

# Used only if GATEHOUSE_TRACES_URL is set. It reads the metadata of every installed package when it is imported.
lazy_init.of("opentelemetry.context", "opentelemetry.trace")
