"""The only code that uses SMTP: one connection for each email, and a deadline for each step."""

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from email_templates import messages
from email_templates.jobs import Mail
from settings import Settings, SettingsError
from telemetry import metrics

# For connecting, TLS, logging in and leaving, each.
GREET_WITHIN = timedelta(seconds=10)
# For each step of handing over. A server may scan for viruses before it accepts; giving up then sends an email twice.
_ACCEPT_WITHIN = timedelta(seconds=60)

# Replies to any command that mean: the login is missing or too weak.
_ABOUT_LOGGING_IN = {530, 534, 535, 538}

_PORTS = {"smtp": 587, "smtps": 465}
_HOW_TO = (
    "GATEHOUSE_SMTP_URL must be smtp://user:password@host:port or smtps://user:password@host:port, "
    "with special characters of user and password percent-encoded."
)


class NotSent(Exception):
    """The message is for the log: the server's reply, or why there was none."""


class Deferred(NotSent):
    """It may work later."""


class Refused(NotSent):
    """The server will not take this email, now or later."""


class Mailer:
    """Sends what waits in the outbox, from the address and over the server that the settings name."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError."""
        self._server = Server.of(str(settings.smtp_url))
        self._sender = _sender(settings.mail_from)
        self._frontend_url = settings.frontend_url

    async def send(self, mail: Mail) -> None:
        """Returns when the server has taken it. Raises Deferred or Refused."""
        message = self._composed(mail)
        try:
            async with self._server.client() as client:
                refusals, _ = await client.send_message(
                    message,
                    sender=self._sender.addr_spec,
                    recipients=[mail.to],
                    timeout=_ACCEPT_WITHIN.total_seconds(),
                )
        except (aiosmtplib.SMTPException, OSError) as error:
            # A server that refuses has answered.
            metrics.DEPENDENCY_UP.labels("smtp").set(not isinstance(error, OSError))
            raise _translated(error, mail.to) from error
        metrics.DEPENDENCY_UP.labels("smtp").set(1)
        if refusals:
            raise Refused(f"some recipients were refused: {list(refusals.values())}")

    def _composed(self, mail: Mail) -> EmailMessage:
        try:
            return self.compose(mail)
        # With any error here, the next try would end in the same way. An operator can queue it again after an upgrade.
        except Exception as error:
            raise Refused(_without(f"it cannot be composed: {type(error).__name__}: {error}", mail.to)) from error

    def compose(self, mail: Mail) -> EmailMessage:
        return messages.compose(mail, sender=self._sender, frontend_url=self._frontend_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls_from_the_start: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises SettingsError, which does not repeat the URL: a password may be in it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise SettingsError(_HOW_TO) from error
        if not _is_sound(url, parts) or port == 0:
            raise SettingsError(_HOW_TO)
        return cls(
            host=parts.hostname or "",
            port=port or _PORTS[parts.scheme],
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            tls_from_the_start=parts.scheme == "smtps",
        )

    def client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.tls_from_the_start,
            # True demands it: a man in the middle who hides STARTTLS gets neither password nor code.
            start_tls=not self.tls_from_the_start and not _is_loopback(self.host),
            timeout=GREET_WITHIN.total_seconds(),
        )


def _is_sound(url: str, parts: SplitResult) -> bool:
    is_address = parts.scheme in _PORTS and bool(parts.hostname) and parts.path in ("", "/")
    has_both_or_neither = bool(parts.username) == bool(parts.password) and parts.username != ""
    has_odd_characters = re.search(r"[\s\x00-\x1f\x7f]", unquote(url)) is not None
    return is_address and has_both_or_neither and not has_odd_characters and not parts.query and not parts.fragment


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sender(text: str) -> Address:
    """Of `Gatehouse <noreply@example.org>` or the bare address."""
    message = EmailMessage()
    try:
        message["From"] = text
        (address,) = message["From"].addresses
    # IndexError: Python's parser where the address ends too early.
    except (ValueError, IndexError, HeaderParseError) as error:
        raise SettingsError("GATEHOUSE_MAIL_FROM must be one address: Name <user@domain>.") from error
    if message["From"].defects or not address.username or not address.domain:
        raise SettingsError("GATEHOUSE_MAIL_FROM must be one address: Name <user@domain>.")
    sender: Address = address
    return sender


def _without(said: str, to: str) -> str:
    return said.replace(to, "the recipient") if to else said


def _translated(error: Exception, to: str) -> NotSent:
    """What a server says for good of this email is a refusal. What it says of us, that our password is wrong or that it
    will not speak to us, can be mended by its operator or ours, and no email shall be lost by it.
    """
    said = _without(f"{type(error).__name__}: {error}", to)
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refusal.code for refusal in error.recipients]
    elif isinstance(error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPDataError):
        codes = [error.code]
    else:
        codes = []
    is_final = bool(codes) and all(500 <= code < 600 and code not in _ABOUT_LOGGING_IN for code in codes)
    return Refused(said) if is_final else Deferred(said)
