"""What users say of themselves."""

import re
from unicodedata import category

import errors

DEFAULT_LOCALE = "en"

_LONGEST_NAME = 80
_LONGEST_LOCALE = 16
# Of RFC 5646: language, script, region and variants, as in `en`, `de-CH` and `zh-Hant-TW`.
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)

_Problems = list[errors.Problem]


def display_name(text: str | None, *, path: tuple[str, ...]) -> tuple[str | None, _Problems]:
    """None for nothing but spaces too."""
    name = (text or "").strip()
    return name or None, one_line(name, longest=_LONGEST_NAME, path=path)


def locale(text: str | None, *, path: tuple[str, ...]) -> tuple[str | None, _Problems]:
    if text is None or (len(text) <= _LONGEST_LOCALE and _LOCALE.fullmatch(text)):
        return text, []
    return None, [errors.Problem(path, "INVALID_LOCALE", "This is not a language like `en` or `de-CH`.")]


def one_line(text: str, *, longest: int, path: tuple[str, ...]) -> _Problems:
    """What keeps this text from being a name that is shown to people."""
    if len(text) > longest:
        return [errors.Problem(path, "TOO_LONG", f"This may have at most {longest} characters.")]
    # Control characters, halves of surrogate pairs, and marks that turn the direction of what is around them.
    if any(category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text):
        return [errors.Problem(path, "INVALID_CHARACTER", "This holds a character that cannot be shown.")]
    return []
