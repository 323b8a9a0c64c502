"""How emails to their owner name API tokens."""

import re
from collections.abc import Iterable

from db.models.api_tokens import ApiToken
from resolvers import instants

# A user chooses the name of a token. Without these characters, no mail program turns the name into a link.
_NOT_SHOWN = re.compile(r"[^\w (),+-]")


def named(tokens: Iterable[ApiToken]) -> str:
    """A line for each: its name, and the last characters of its secret."""
    return "\n".join(map(_named, tokens))


def named_with_ends(tokens: Iterable[ApiToken]) -> str:
    """A line for each, with the time when it expires."""
    return "\n".join(f"{_named(token)}: {instants.written(token.expires_at)}" for token in tokens)


def _named(token: ApiToken) -> str:
    return f"{_NOT_SHOWN.sub(' ', token.name)} (...{token.hint})"
