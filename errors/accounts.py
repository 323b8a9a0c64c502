"""Refusals of what users do with their accounts and API tokens. In the schema they are members of unions."""

from collections.abc import Sequence
from dataclasses import dataclass

from errors.base import CallerError


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads into the arguments; `code` is for translation."""

    path: tuple[str, ...]
    code: str
    message: str


class InvalidInput(CallerError):
    """One or more inputs are wrong; nothing was changed."""

    code = "INVALID_INPUT"
    status = 400

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))


class LoginRefused(CallerError):
    code = "LOGIN_REFUSED"
    status = 403

    def __init__(self) -> None:
        # One sentence for an unknown address, a wrong password, an unverified and a suspended account.
        super().__init__(
            "The email address or the password is wrong, the address is not verified yet, or the account cannot log in."
        )


class WrongPassword(CallerError):
    code = "WRONG_PASSWORD"
    status = 403

    def __init__(self) -> None:
        super().__init__("This is not your password.")


class CodeRefused(CallerError):
    code = "CODE_REFUSED"
    status = 400

    def __init__(self) -> None:
        super().__init__("This code is unknown, used, expired or made for something else. Try a new one.")


class NotFound(CallerError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"You have no {what} with this id, or it has ended. `me` lists those that you have.")


class DownloadGone(NotFound):
    """There is no download at this address, or not any more."""

    def __init__(self) -> None:
        CallerError.__init__(self, "This address was used, has expired or never existed. Ask for a new one.")


class JobNotFound(NotFound):
    """`that` is what the job must also be, for this act."""

    def __init__(self, that: str = "") -> None:
        CallerError.__init__(
            self, f"You have no job with this ID{that}. A session lists the jobs of its user with `me {{ jobs }}`."
        )


class WebhookSecretNotFound(NotFound):
    def __init__(self) -> None:
        CallerError.__init__(self, "You have no webhook secret. `rotateWebhookSecret` makes one.")


class UserNotFound(NotFound):
    """For administrators; no other caller learns which users there are."""

    def __init__(self) -> None:
        CallerError.__init__(
            self, "There is no user with this id. `users` finds them by address, name, state and plan."
        )


class UserTokenNotFound(NotFound):
    def __init__(self) -> None:
        CallerError.__init__(self, "No user has an API token with this id. `user { apiTokens }` lists those of a user.")


class LastAdministrator(CallerError):
    code = "LAST_ADMINISTRATOR"
    status = 409

    def __init__(self) -> None:
        super().__init__("This user is the last administrator who is not suspended. Appoint another one first.")


class NameTaken(CallerError):
    code = "NAME_TAKEN"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"An active API token of yours is already named {name!r}.")


class LimitReached(CallerError):
    """`limit` is how many API tokens the plan allows."""

    code = "LIMIT_REACHED"
    status = 409

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"Your plan allows {limit} active API tokens. Revoke one that you no longer use.")


class JobLimitReached(LimitReached):
    """`what` is a phrase: what there is enough of."""

    def __init__(self, limit: int, what: str) -> None:
        self.limit = limit
        CallerError.__init__(
            self, f"You have {limit} {what}, and may have no more. Wait until some of them have ended."
        )


class IdempotencyConflict(CallerError):
    code = "IDEMPOTENCY_CONFLICT"
    status = 409

    def __init__(self, *, is_hidden: bool = False) -> None:
        super().__init__(
            "A job with this `idempotencyKey` was made with another credential of the account, and this API token may "
            "not see it. Use a new key."
            if is_hidden
            else "Your job with this `idempotencyKey` has another model or other inputs. Use a new key for a new job."
        )
