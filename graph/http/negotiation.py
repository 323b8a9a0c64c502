"""Which of the forms a client accepts it likes best."""

import re
from collections.abc import Sequence
from functools import lru_cache

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def best(accept: Sequence[str], offered: tuple[str, ...]) -> str | None:
    """The offered media type with the greatest weight, None where none is accepted.

    Of those alike the one that the client names first, and where it names neither the first offered. `accept` are the
    values of the Accept headers; without any, everything is accepted. RFC 9110, section 12.5.1.
    """
    return _best(",".join(accept) or "*/*", offered)


def names(accept: Sequence[str], media_type: str) -> bool:
    """Whether the client names this media type itself, and accepts it."""
    return _choices(",".join(accept)).get(media_type, 0.0) > 0


# Programs send one of a few values. They may be as long as a head: 8 MB in all.
@lru_cache(256)
def _best(accept: str, offered: tuple[str, ...]) -> str | None:
    choices = _choices(accept)
    liked = max(offered, key=lambda media_type: _preference(media_type, choices))
    return liked if _preference(liked, choices)[0] > 0 else None


def _choices(accept: str) -> dict[str, float]:
    """A weight that cannot be read counts as 0."""
    choices = {}
    for choice in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in choice.split(";"))
        quality = next((text.removeprefix("q=") for text in parameters if text.startswith("q=")), "1")
        choices[media_range] = float(quality) if _QUALITY.fullmatch(quality) else 0.0
    return choices


def _preference(media_type: str, choices: dict[str, float]) -> tuple[float, int]:
    """The weight of the most specific range which holds the media type, and how early it stands."""
    for media_range in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if media_range in choices:
            return choices[media_range], -list(choices).index(media_range)
    return 0.0, 0
