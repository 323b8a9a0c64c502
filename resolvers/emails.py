"""Email addresses in one form, so that one address written in two ways cannot have two accounts."""

from email_validator.exceptions import EmailNotValidError

import errors
from email_templates import addresses
from settings import Settings

_LONGEST = 254
# Mail servers need not accept more. Accounts that are older than this check keep their address.
_LONGEST_LOCAL_PART = 64


class _NotCarried(EmailNotValidError):
    """The message is for the caller."""


def normalise(text: str, *, path: tuple[str, ...]) -> str:
    """In lower case, with the domain in its ASCII form. Raises InvalidInput."""
    try:
        return _normalised(text)
    except EmailNotValidError as error:
        sentence = str(error) if isinstance(error, _NotCarried) else "This is not an email address."
        raise errors.InvalidInput([errors.Problem(path, "INVALID_EMAIL", sentence)]) from error


def admit(text: str, settings: Settings, *, path: tuple[str, ...]) -> str:
    """The same for a new address of a user. Raises InvalidInput also for a refused domain."""
    address = normalise(text, path=path)
    local_part, _, domain = address.rpartition("@")
    if len(local_part) > _LONGEST_LOCAL_PART:
        sentence = f"The part before the @ has more than {_LONGEST_LOCAL_PART} characters. Use another address."
        raise errors.InvalidInput([errors.Problem(path, "INVALID_EMAIL", sentence)])
    allowed, refused = settings.allowed_mail_domains, settings.refused_mail_domains
    if (allowed and not _belongs(domain, allowed)) or _belongs(domain, refused):
        sentence = "Addresses of this domain are not accepted. Use an address of another domain."
        raise errors.InvalidInput([errors.Problem(path, "DOMAIN_REFUSED", sentence)])
    return address


def find(text: str) -> str | None:
    """The same without a reason: None if it is not an address."""
    try:
        return _normalised(text)
    except EmailNotValidError:
        return None


def _belongs(domain: str, domains: frozenset[str]) -> bool:
    """Whether it is one of them, or below one."""
    return any(domain == one or domain.endswith(f".{one}") for one in domains)


def _normalised(text: str) -> str:
    if len(text) > 2 * _LONGEST:
        raise EmailNotValidError("too long")
    # Its regular expressions take 20 ms of every start, and only accounts need them.
    from email_validator.validate_email import validate_email

    # A lookup of the domain's mail server would let callers send our queries to any name server. Addresses
    # that need SMTPUTF8 are refused: few relays carry them, and letters of two alphabets look the same.
    found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    address = f"{found.local_part}@{found.ascii_domain}".lower()
    if len(address) > _LONGEST:
        raise EmailNotValidError("too long")
    # Otherwise an address that no mail program can use would be accepted here, and its email never sent.
    if not addresses.carries(address):
        raise _NotCarried("No email can be sent to an address of this form. Use another address.")
    return address
