"""Which new passwords are accepted: long enough, and not among the first attempts of an attacker."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from string import digits, punctuation, whitespace
from typing import Final
from unicodedata import normalize

import errors
from access.passwords import LONGEST

_PRODUCT: Final = "gatehouse"
# Shorter names are part of too many words: the user ada@example.org may use "Canada".
_SHORTEST_NAME = 4
_LONGEST_UNIT = 3
_EDGES = digits + punctuation + whitespace

# The alphabet, the digits, and the rows and columns of three keyboards.
_ROWS = """
abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm azertyuiop qsdfghjklm wxcvbn
1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm
"""
_STEPS = frozenset(pair for row in _ROWS.split() for way in (row, row[::-1]) for pair in pairwise(way))
_SHORTEST_ROW = 3

_INSTEAD = "Several words that do not belong together make a good one."


def check(password: str, *, least: int, address: str | None, path: tuple[str, ...]) -> list[errors.Problem]:
    """The reasons against this password for a user with this address. `least` (characters) is never under 8.

    Characters are counted as Unicode composes them. 256 are allowed at most, and no rule asks for kinds of them.
    """
    # The length is checked first: all other work grows with it, normalising too.
    composed = normalize("NFC", password) if len(password) <= LONGEST else password
    if len(composed) > LONGEST:
        return [errors.Problem(path, "TOO_LONG", f"A password has at most {LONGEST} characters.")]
    found = []
    if len(composed) < least:
        found.append(("TOO_SHORT", f"A password needs at least {least} characters."))
    found.extend(_weak(_folded(composed), address))
    return [errors.Problem(path, code, message) for code, message in found]


def _weak(password: str, address: str | None) -> Iterator[tuple[str, str]]:
    if _is_common(password):
        yield "COMMON_PASSWORD", f"Many people use this password or one much like it. {_INSTEAD}"
    if address and _holds_address(password, _folded(address)):
        yield "HOLDS_ADDRESS", "A password must not hold your email address or the name in it. Leave them out."
    if _PRODUCT in password:
        yield "HOLDS_PRODUCT_NAME", f"A password must not hold the name {_PRODUCT!r}. Leave it out."
    if len(_unit(password)) <= _LONGEST_UNIT < len(password):
        yield "REPEATED", f"This password is one short piece, repeated. {_INSTEAD}"
    elif _is_sequence(password):
        yield "SEQUENCE", f"This password follows the alphabet, the digits or the keyboard. {_INSTEAD}"


def _is_common(password: str) -> bool:
    """Whether it is a listed password, also with digits and punctuation at its ends, or repeated.

    NIST SP 800-63B-4 compares the whole password, not the words in it, so "correct horse battery" passes. But hardly
    any listed password has 15 characters: people who must use that many lengthen the one they have, and guessing
    programs do the same. Several listed words in a row are accepted: refusing them would refuse most sentences.
    """
    return not _listed().isdisjoint(_originals(password))


def _originals(password: str) -> Iterator[str]:
    """Every text that the password may have been made from."""
    for text in (password, password.lstrip(_EDGES)):
        letters = text.rstrip(_EDGES)
        for repeated in (text, letters):
            unit = _unit(repeated)
            yield from (repeated, unit, unit.strip(_EDGES))
        # "abc1232026" may be "abc123" and a year. Digits alone are not split: most begin with a listed password.
        if letters:
            yield from (text[:length] for length in range(len(letters), len(text)))


def _holds_address(password: str, address: str) -> bool:
    name = address.rpartition("@")[0]
    return address in password or (len(name) >= _SHORTEST_NAME and name in password)


def _unit(text: str) -> str:
    """The shortest piece that gives this text when repeated and cut off anywhere; at worst the whole text."""
    return next((text[:length] for length in range(1, len(text)) if text.startswith(text[length:])), text)


def _is_sequence(password: str) -> bool:
    # Also two rows in turn, as in "1q2w3e4r5t6y7u8".
    return _is_of_rows(password) or (_is_of_rows(password[::2]) and _is_of_rows(password[1::2]))


def _is_of_rows(text: str) -> bool:
    """Whether it is made of rows of at least three characters on average.

    Words have a few such steps, never so many.
    """
    rows = 1 + sum(one != other and (one, other) not in _STEPS for one, other in pairwise(text))
    return rows * _SHORTEST_ROW <= len(text)


def _folded(text: str) -> str:
    return normalize("NFC", normalize("NFC", text).casefold())


@cache
def _listed() -> frozenset[str]:
    # Read by the first check: 4 MB that a process without registrations does not need.
    # zxcvbn's own measure of a password is not used: an attacker could send one that takes it a second.
    return frozenset((Path(__file__).parent / "common_passwords" / "passwords.txt").read_text("ascii").split())
