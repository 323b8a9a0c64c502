"""Which of the forms a client accepts it likes best."""

from collections.abc import Sequence


def best(accept: Sequence[str], offered: Sequence[str]) -> str | None:
    """The offered media type with the greatest weight, the first of those alike; None where none is accepted.

    `accept` are the values of the Accept headers; without any, everything is accepted. RFC 9110, section 12.5.1.
    """
    choices = _choices(",".join(accept) or "*/*")
    weights = {media_type: _weight(media_type, choices) for media_type in offered}
    liked = max(offered, key=lambda media_type: weights[media_type])
    return liked if weights[liked] > 0 else None


def _choices(accept: str) -> dict[str, float]:
    """A weight that cannot be read counts as 0."""
    choices = {}
    for choice in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in choice.split(";"))
        quality = next((text.removeprefix("q=") for text in parameters if text.startswith("q=")), "1")
        try:
            choices[media_range] = min(float(quality), 1.0)
        except ValueError:
            choices[media_range] = 0.0
    return choices


def _weight(media_type: str, choices: dict[str, float]) -> float:
    """That of the most specific range which holds the media type."""
    ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
    return next((choices[media_range] for media_range in ranges if media_range in choices), 0.0)
