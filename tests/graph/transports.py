"""The two ways in which a service may call models."""

from local import servers

TRANSPORTS = ["grpc", "http"]


def http_url(transport: str, triton: servers.Triton) -> str:
    """For GATEHOUSE_TRITON_HTTP_URL; empty where calls go by gRPC."""
    return triton.http_url if transport == "http" else ""
