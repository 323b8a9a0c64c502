"""The mail server: that it would take our emails. Nothing is sent."""

import re
from collections.abc import AsyncGenerator
from email.utils import parseaddr

import aiosmtplib

from doctor import reach
from doctor.findings import Finding, fail, ok, warn
from email_templates.mailer import Mailer, Server
from settings import Settings, SettingsError

# Names that cannot be registered, by RFC 2606 and RFC 6761, and names of private networks.
_NOBODYS = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|localhost|local|localdomain|invalid|test|internal)")


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    try:
        Mailer(settings)
        server = Server.of(str(settings.smtp_url))
    except SettingsError as error:
        yield fail("SMTP", str(error))
        return
    yield _sender(settings)
    try:
        client = server.client()
        try:
            await client.connect()
            await client.quit()
        finally:
            client.close()
    except (aiosmtplib.SMTPException, OSError) as error:
        yield fail("SMTP", _refusal(error))
    else:
        yield _welcome(server)


def _welcome(server: Server) -> Finding:
    if server.tls_from_the_start:
        way = "by TLS"
    else:
        way = "without TLS, on this machine" if reach.is_loopback(server.host) else "by STARTTLS"
    return ok("SMTP", f"answers {way}, and accepts the login." if server.user else f"answers {way}; no login is set.")


def _refusal(error: aiosmtplib.SMTPException | OSError) -> str:
    """In our own words: a server's message may repeat what we sent."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"refuses the user or the password in GATEHOUSE_SMTP_URL (reply {error.code})."
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"refuses us with the reply {error.code}: ask the operator of the server at GATEHOUSE_SMTP_URL."
    # aiosmtplib wraps errors of the network in its own errors.
    below = error.__cause__ if isinstance(error, aiosmtplib.SMTPException) else error
    if isinstance(below, OSError) and not isinstance(below, aiosmtplib.SMTPException):
        return f"does not answer at GATEHOUSE_SMTP_URL: {reach.why(below)}."
    if isinstance(error, TimeoutError):
        return "does not answer at GATEHOUSE_SMTP_URL: no reply in time."
    # Before STARTTLS, which is the library's advice where there is no AUTH.
    if "AUTH" in str(error) or "authentication" in str(error):
        return "accepts no logins: leave user and password out of GATEHOUSE_SMTP_URL, or use another port."
    if "STARTTLS" in str(error):
        return "does not support STARTTLS, so codes and passwords would be sent unencrypted: use another port, or smtps://."
    return f"closes the connection at GATEHOUSE_SMTP_URL ({type(error).__name__})."


def _sender(settings: Settings) -> Finding:
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2].lower()
    if _NOBODYS.fullmatch(domain) or "." not in domain:
        return warn(
            "sender", f"{domain} is a reserved domain: name an address of your own domain in GATEHOUSE_MAIL_FROM."
        )
    return ok("sender", f"emails come from {domain}; its SPF and DKIM must name the mail server.")
