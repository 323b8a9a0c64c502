"""The codes of authenticator programs (RFC 6238), and recovery codes, which stand in where the program is gone."""

import re
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes

from pyotp import TOTP

# 160 bits, as RFC 4226 recommends for HMAC-SHA-1, so 32 characters of base32 without padding.
_SECRET_BYTES = 20
# A code lasts 30 seconds. One earlier and one later are taken too: a person is slow, and a telephone's clock is off.
_STEPS_OFF = 1

_RECOVERY_CODES = 10
# 120 bits, so 24 characters of base32 without padding.
_RECOVERY_BYTES = 15

_LONGEST_TEXT = 64
_NOT_SHOWN = str.maketrans("", "", "- \t\r\n")
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_RECOVERY_CODE = re.compile(r"[A-Z2-7]{24}", re.ASCII)


def new_secret() -> bytes:
    """What an authenticator program shares with us."""
    return token_bytes(_SECRET_BYTES)


def uri(secret: bytes, *, address: str, host: str | None) -> str:
    """The otpauth:// address that a program reads. The host tells two services apart that have the same user."""
    issuer = f"Gatehouse ({host})" if host else "Gatehouse"
    return _totp(secret).provisioning_uri(name=address, issuer_name=issuer)


def accepted_step(secret: bytes, typed: str, *, last: int | None, at: datetime) -> int | None:
    """The number of the 30 seconds whose code this is; None where it is no code for now.

    `last` is the number that was accepted before: its code, and every older one, would be a replay.
    """
    code = _canonical(typed)
    if not _CODE.fullmatch(code):
        return None
    totp = _totp(secret)
    now = totp.timecode(at)
    steps = range(now - _STEPS_OFF, now + _STEPS_OFF + 1)
    # Every step is compared, so that time does not tell which one it was. Of two that by chance have the same code it
    # is the later: the code would work a second time else.
    found = [step for step in steps if compare_digest(code, totp.generate_otp(step))]
    return max((step for step in found if last is None or step > last), default=None)


def new_recovery_codes() -> Sequence[str]:
    """In groups of four, to be written down and typed."""
    return [_grouped(b32encode(token_bytes(_RECOVERY_BYTES)).decode()) for _ in range(_RECOVERY_CODES)]


def recovery_digest(typed: str) -> str | None:
    """What is stored of a recovery code, whatever case and dashes a person typed; None for what never was one.

    Not a hash that is slow on purpose: that is for what people think up. Of 120 random bits nobody can try them all.
    """
    code = _canonical(typed).upper()
    return sha256(code.encode()).hexdigest() if _RECOVERY_CODE.fullmatch(code) else None


def _totp(secret: bytes) -> TOTP:
    # SHA-1, six digits, 30 seconds: many programs ignore what an address says of these.
    return TOTP(b32encode(secret).decode())


def _canonical(typed: str) -> str:
    return typed.translate(_NOT_SHOWN) if len(typed) <= _LONGEST_TEXT else ""


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
