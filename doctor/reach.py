"""How another server is reached: whether it is near, and in our own words why it does not answer.

Messages of libraries are not shown: they may repeat an address, and the password in it.
"""

import asyncio
import ipaddress
import socket
import ssl


def why(error: OSError) -> str:
    """To follow "It does not answer: "."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS there"
    if isinstance(error, socket.gaierror):
        return "the name of its host cannot be resolved"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, TimeoutError):
        return "no reply in time"
    return error.strerror or type(error).__name__


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def is_near(host: str) -> bool:
    """Whether every address of the host is this machine's own or a private network's. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None)
    return all(ipaddress.ip_address(address[0]).is_private for *_, address in found)


def own_address() -> str | None:
    """This machine's address towards other networks; None where it has none. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards_others:
        try:
            # An address that no machine has, by RFC 5737.
            towards_others.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(towards_others.getsockname()[0])
