"""How the log shows that a server which this process needs has started or stopped answering."""

import logging


def log_change(logger: logging.Logger, name: str, *, before: bool | None, up: bool) -> None:
    """`before` is None until the server was first checked. Nothing is logged where nothing changed."""
    if up == before:
        return
    # The first answer is part of every healthy start; a later one ends an outage.
    level = logging.INFO if up and before is None else logging.WARNING
    logger.log(level, "%s %s.", name, "answers" if up else "does not answer")
