"""Names that users choose and others read: one line without invisible characters."""

import re
from functools import cache
from unicodedata import category

import idna

import errors

_NON_JOINER, _JOINER = "\u200c", "\u200d"
# Control and format characters (also those that change the direction of text), halves of surrogate pairs, line and
# paragraph ends.
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Characters of other categories that Unicode shows as nothing, and the blank pattern of Braille.
_INVISIBLE = (
    "[\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0-\ufff8\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
# Variation selectors choose a form of the character before them. Alone, or in a row, they are only invisible.
_STRAY_SELECTOR = "(?:^|[\\s{0}])[{0}]".format("\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef")
# Roughly Unicode's Extended_Pictographic: the characters that joined emoji consist of.
_PICTOGRAPH = "[\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_JOINED_BEFORE = f"{_PICTOGRAPH}(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?$"
# When the first name is checked: large sets of characters take a while.
_compiled = cache(re.compile)


def check(text: str, *, longest: int, path: tuple[str, ...]) -> list[errors.Problem]:
    """The problems of a text as a name; none if it is a good one.

    `longest` counts code points, as the database does: a joined emoji has several.
    """
    if len(text) > longest:
        return [errors.Problem(path, "TOO_LONG", f"This has more than {longest} characters. Shorten it.")]
    if not all(_is_shown(text, index) for index in range(len(text))) or _compiled(_STRAY_SELECTOR).search(text):
        return [
            errors.Problem(path, "INVALID_CHARACTER", "This contains a character that cannot be displayed. Remove it.")
        ]
    return []


def _is_shown(text: str, index: int) -> bool:
    character = text[index]
    if character in (_NON_JOINER, _JOINER):
        return _joins(text, index)
    return category(character) not in _CATEGORIES and not _compiled(_INVISIBLE).match(character)


def _joins(text: str, index: int) -> bool:
    """Whether a joiner changes how its neighbours look, by RFC 5892 (appendix A) or as part of an emoji.

    Persian, Sinhala and Hindi need them. A joiner that changes nothing would make two names that look the same.
    """
    try:
        if idna.valid_contextj(text, index):
            return True
    except ValueError:
        return False  # Unicode has no name for a neighbour
    if text[index] == _NON_JOINER:
        return False
    before, after = _compiled(_JOINED_BEFORE), _compiled(_PICTOGRAPH)
    return bool(before.search(text[max(0, index - 2) : index]) and after.match(text, index + 1))
