"""Which emails there are, and the values that each needs. Code that only queues emails needs no more than this."""

from collections.abc import Mapping
from enum import StrEnum


class Template(StrEnum):
    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of an email
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an email
    CONFIRM_EMAIL_CHANGE = "confirm_email_change"
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    NEW_SIGN_IN = "new_sign_in"
    TWO_FACTOR_ENABLED = "two_factor_enabled"
    TWO_FACTOR_DISABLED = "two_factor_disabled"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_SUSPENDED = "account_suspended"
    API_TOKENS_REPORTED = "api_tokens_reported"
    API_TOKENS_EXPIRE = "api_tokens_expire"


# The values that code must give to queue an email, ready to show. `frontend_url` comes from the settings at sending.
WANTED: Mapping[Template, frozenset[str]] = {
    Template.VERIFY_EMAIL: frozenset({"code", "hours"}),
    Template.ALREADY_REGISTERED: frozenset(),
    Template.RESET_PASSWORD: frozenset({"code", "minutes"}),
    Template.PASSWORD_CHANGED: frozenset({"at", "address"}),
    Template.CONFIRM_EMAIL_CHANGE: frozenset({"code", "hours"}),
    Template.EMAIL_CHANGE_REQUESTED: frozenset({"new_email", "at", "address"}),
    Template.EMAIL_CHANGED: frozenset({"new_email", "at"}),
    Template.NEW_SIGN_IN: frozenset({"at", "address", "agent"}),
    Template.TWO_FACTOR_ENABLED: frozenset({"at", "address"}),
    Template.TWO_FACTOR_DISABLED: frozenset({"at", "address"}),
    Template.ACCOUNT_DELETED: frozenset({"at"}),
    Template.ACCOUNT_SUSPENDED: frozenset({"reason"}),
    Template.API_TOKENS_REPORTED: frozenset({"tokens", "at"}),
    Template.API_TOKENS_EXPIRE: frozenset({"tokens"}),
}
