"""The codes of authenticator programs (RFC 6238), and recovery codes for users who have lost the program."""

import re
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes

import pyotp

# 160 bits, as RFC 4226 recommends for HMAC-SHA-1, so 32 characters of base32 without padding.
_SECRET_BYTES = 20
# A code lasts 30 seconds. The one before and the one after are accepted too: people are slow, and clocks of telephones
# are wrong.
_STEPS_OFF = 1

_RECOVERY_CODES = 10
# 120 bits, so 24 characters of base32 without padding.
_RECOVERY_BYTES = 15

_LONGEST_TEXT = 64
_NOT_SHOWN = str.maketrans("", "", "- \t\r\n")
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_RECOVERY_CODE = re.compile(r"[A-Z2-7]{24}", re.ASCII)


def new_secret() -> bytes:
    """The secret that an authenticator program shares with us."""
    return token_bytes(_SECRET_BYTES)


def uri(secret: bytes, *, address: str, host: str | None) -> str:
    """The otpauth:// address that a program reads. The host distinguishes two services with the same user."""
    issuer = f"Gatehouse ({host})" if host else "Gatehouse"
    return _totp(secret).provisioning_uri(name=address, issuer_name=issuer)


def accepted_step(secret: bytes, typed: str, *, last: int | None, at: datetime) -> int | None:
    """The number of the 30-second step whose code this is. None where the code is not valid now.

    `last` is the step that was accepted before: its code, and every older one, would be a replay.
    """
    code = _canonical(typed)
    if not _CODE.fullmatch(code):
        return None
    totp = _totp(secret)
    now = totp.timecode(at)
    steps = range(now - _STEPS_OFF, now + _STEPS_OFF + 1)
    # Every step is compared, so that the time taken does not show which one it was. Where two steps by chance have the
    # same code, the later one counts: else the code would work a second time.
    found = [step for step in steps if compare_digest(code, totp.generate_otp(step))]
    return max((step for step in found if last is None or step > last), default=None)


def new_recovery_codes() -> Sequence[str]:
    """In groups of four characters, easy to write down and type."""
    return [_grouped(b32encode(token_bytes(_RECOVERY_BYTES)).decode()) for _ in range(_RECOVERY_CODES)]


def recovery_digest(typed: str) -> str | None:
    """The digest of a recovery code to store, in whatever case and with whatever dashes a person typed it.

    None for a text that cannot be a recovery code. Not a slow hash: that is for secrets that people choose. 120 random
    bits cannot be guessed.
    """
    code = _canonical(typed).upper()
    return sha256(code.encode()).hexdigest() if _RECOVERY_CODE.fullmatch(code) else None


def _totp(secret: bytes) -> "pyotp.TOTP":
    # SHA-1, six digits, 30 seconds: many programs ignore other values in the address.
    return pyotp.TOTP(b32encode(secret).decode())


def _canonical(typed: str) -> str:
    return typed.translate(_NOT_SHOWN) if len(typed) <= _LONGEST_TEXT else ""


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
