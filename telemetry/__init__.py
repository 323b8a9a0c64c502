"""What an operator sees of a process: metrics, traces and logs. No other room knows Prometheus or OpenTelemetry."""
