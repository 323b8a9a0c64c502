"""E-mail addresses, normalised so that one person cannot have two accounts by writing one address in two ways."""

from email_validator import EmailNotValidError, validate_email

import errors
from email_templates import messages
from settings import Settings

_LONGEST = 254
# More no mail server has to take. Accounts from before this was checked keep theirs.
_LONGEST_LOCAL_PART = 64


class _NotCarried(EmailNotValidError):
    """The message is for the caller."""


def normalise(text: str, *, path: tuple[str, ...]) -> str:
    """In lower case, the domain as DNS has it. Raises InvalidInput."""
    try:
        return _normalised(text)
    except EmailNotValidError as error:
        sentence = str(error) if isinstance(error, _NotCarried) else "This is not an e-mail address."
        raise errors.InvalidInput([errors.Problem(path, "INVALID_EMAIL", sentence)]) from error


def admit(text: str, settings: Settings, *, path: tuple[str, ...]) -> str:
    """The same for an address that is to become a user's. Raises InvalidInput for a domain that is kept out, too."""
    address = normalise(text, path=path)
    local_part, _, domain = address.rpartition("@")
    if len(local_part) > _LONGEST_LOCAL_PART:
        sentence = f"What stands before the @ is longer than {_LONGEST_LOCAL_PART} characters. Use another address."
        raise errors.InvalidInput([errors.Problem(path, "INVALID_EMAIL", sentence)])
    allowed, refused = settings.allowed_mail_domains, settings.refused_mail_domains
    if (allowed and not _belongs(domain, allowed)) or _belongs(domain, refused):
        sentence = "Addresses of this domain are not accepted here."
        raise errors.InvalidInput([errors.Problem(path, "DOMAIN_REFUSED", sentence)])
    return address


def find(text: str) -> str | None:
    """The same where it is nobody's business what is wrong with it: None for what is no address."""
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
    # Looking for the domain's mail server here would let strangers make us ask any name server they like. Addresses
    # that need SMTPUTF8 are refused: few relays carry them, and letters of two alphabets look alike.
    found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    address = f"{found.local_part}@{found.ascii_domain}".lower()
    if len(address) > _LONGEST:
        raise EmailNotValidError("too long")
    # What only looks like an address to a mail program would be accepted here, and its mail never sent.
    if not messages.carries(address):
        raise _NotCarried("No mail can be sent to an address of this form. Use another address.")
    return address
