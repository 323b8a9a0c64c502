"""The settings of a process that a test says nothing about."""

_NEEDED = (
    "DATABASE_URL",
    "REDIS_URL",
    "TRITON_URL",
    "SMTP_URL",
    "SIGNING_KEYS_FILE",
    "FRONTEND_URL",
    "MAIL_FROM",
)


def environ(**given: str) -> dict[str, str]:
    """Every setting that is needed, by its variable; those not given name nothing."""
    return {f"GATEHOUSE_{name}": value for name, value in (dict.fromkeys(_NEEDED, "-") | given).items()}
