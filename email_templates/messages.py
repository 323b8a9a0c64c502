"""An email as it is handed over: headers, the text and the HTML. Knows no server, so that a preview needs none."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from email_templates import texts
from email_templates.addresses import carries
from email_templates.jobs import Mail

# In bytes; servers may cut or refuse longer lines (RFC 5321, 4.5.3.1.6, less the line end).
_LONGEST_LINE = 998


def compose(mail: Mail, *, sender: Address, frontend_url: str) -> EmailMessage:
    """Raises ValueError for an address that no email can carry, and whatever the template raises."""
    if not carries(mail.to):
        raise ValueError("no email can carry the recipient's address")
    text = texts.render(mail.template, locale=mail.locale, frontend_url=frontend_url, context=mail.context)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = text.subject
    # The same for every try, so that an email sent twice, because we died before noting that it was sent, is
    # recognised as one.
    message["Date"] = format_datetime(mail.queued_at)
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.plain, cte=_encoding(text.plain))
    message.add_alternative(text.html, subtype="html", cte=_encoding(text.html))
    return message


def _encoding(text: str) -> Literal["7bit", "quoted-printable"]:
    """Not encoded where possible, so that a link stays in one piece for a reader of the raw email."""
    fits = text.isascii() and all(len(line) <= _LONGEST_LINE for line in text.splitlines())
    return "7bit" if fits else "quoted-printable"
