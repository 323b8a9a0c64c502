"""The input for an API token, checked: its name, lifetime, scopes, models, networks and limit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import errors
from access import credentials, networks
from access.credentials import Scope
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.users import User
from resolvers import names

LONGEST_NAME = 80
_MOST_MODELS = 100
_MOST_NETWORKS = 20
_LONGEST_MODEL = 255
_SHORTEST_LIFETIME = timedelta(seconds=1)

# By GraphQL name, only the fields that the caller gave.
Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """`models` None: all models that the owner may use. `allowed_networks` None: it may be used from anywhere.
    `units_per_minute` None: as many as the owner.
    """

    name: str
    expires_in: timedelta
    scopes: Sequence[str]
    models: Sequence[str] | None = None
    allowed_networks: Sequence[str] | None = None
    units_per_minute: int | None = None


def token(new: NewToken, owner: User, plan: Plan, *, at: datetime) -> ApiToken:
    """A new row, not yet stored. Raises InvalidInput."""
    given = {
        "name": new.name,
        "models": new.models,
        "allowedNetworks": new.allowed_networks,
        "unitsPerMinute": new.units_per_minute,
    }
    checked, problems = _check(given, plan)
    problems += lifetime_problems(new.expires_in, plan, path=("input", "expiresIn"))
    if not set(new.scopes):
        problems.append(_problem("scopes", "TOO_SHORT", "An API token needs at least one scope: INFER, READ, or both."))
    if problems:
        raise errors.InvalidInput(problems)
    return ApiToken(
        id=uuid4(),
        user_id=owner.id,
        scopes=[scope.value for scope in Scope if scope in new.scopes],
        created_at=at,
        expires_at=credentials.end(at, new.expires_in),
        **checked,
    )


def columns(changes: Changes, plan: Plan) -> dict[str, Any]:
    """By column name. Raises InvalidInput."""
    checked, problems = _check(changes, plan)
    if problems:
        raise errors.InvalidInput(problems)
    return checked


def lifetime_problems(lifetime: timedelta, plan: Plan, *, path: tuple[str, ...]) -> list[errors.Problem]:
    if lifetime < _SHORTEST_LIFETIME:
        return [errors.Problem(path, "TOO_SHORT", "An API token must live for at least one second.")]
    if lifetime > plan.max_token_lifetime:
        sentence = f"Your plan allows API tokens of up to {plan.max_token_lifetime.days} days."
        return [errors.Problem(path, "TOO_LONG", sentence)]
    return []


def _check(given: Changes, plan: Plan) -> tuple[dict[str, Any], list[errors.Problem]]:
    checked: dict[str, Any] = {}
    problems: list[errors.Problem] = []
    for name, value in given.items():
        column, check = _CHECKS[name]
        checked[column], found = check(value, plan)
        problems += found
    return checked, problems


def _name(value: str | None, _plan: Plan) -> tuple[str, list[errors.Problem]]:
    name = (value or "").strip()
    if not name:
        return name, [_problem("name", "TOO_SHORT", "An API token needs a name.")]
    return name, names.check(name, longest=LONGEST_NAME, path=("input", "name"))


def _models(value: Sequence[str] | None, _plan: Plan) -> tuple[list[str] | None, list[errors.Problem]]:
    if value is None:
        return None, []
    # Models that do not exist are accepted: they may be added later, and an unknown name grants nothing.
    models = list(dict.fromkeys(value))
    if len(models) > _MOST_MODELS:
        return None, [_problem("models", "TOO_LONG", f"An API token can name at most {_MOST_MODELS} models.")]
    problems: list[errors.Problem] = []
    for number, model in enumerate(value):
        problems += names.check(model, longest=_LONGEST_MODEL, path=("input", "models", str(number)))
    return models, problems


def _networks(value: Sequence[str] | None, _plan: Plan) -> tuple[list[str] | None, list[errors.Problem]]:
    if value is None:
        return None, []
    if not value:
        sentence = "Without a network the token could not be used. Name at least one, or give null for any network."
        return None, [_problem("allowedNetworks", "TOO_SHORT", sentence)]
    # Before each is read: of a list of any length only so many cost anything.
    if len(value) > _MOST_NETWORKS:
        return None, [_problem("allowedNetworks", "TOO_LONG", f"An API token can name at most {_MOST_NETWORKS}.")]
    found: list[str] = []
    problems: list[errors.Problem] = []
    for number, text in enumerate(value):
        path = ("input", "allowedNetworks", str(number))
        try:
            found.append(networks.read(text))
        except networks.HostBitsSet as error:
            problems.append(errors.Problem(path, "HOST_BITS_SET", f"This is an address inside a network. {error}"))
        except ValueError:
            sentence = "This is no network. Write an IPv4 or IPv6 network like 203.0.113.0/24 or 2001:db8::/32."
            problems.append(errors.Problem(path, "INVALID_NETWORK", sentence))
    return list(dict.fromkeys(found)), problems


def _units_per_minute(value: int | None, plan: Plan) -> tuple[int | None, list[errors.Problem]]:
    if value is None:
        return None, []
    if value < 1:
        return None, [_problem("unitsPerMinute", "TOO_SMALL", "This must be 1 or more.")]
    if value > plan.units_per_minute:
        sentence = f"Your plan allows at most {plan.units_per_minute} units a minute."
        return None, [_problem("unitsPerMinute", "TOO_LARGE", sentence)]
    return value, []


def _problem(name: str, code: str, message: str) -> errors.Problem:
    return errors.Problem(("input", name), code, message)


_CHECKS: Mapping[str, tuple[str, Callable[[Any, Plan], tuple[Any, list[errors.Problem]]]]] = {
    "name": ("name", _name),
    "models": ("models", _models),
    "allowedNetworks": ("allowed_networks", _networks),
    "unitsPerMinute": ("units_per_minute", _units_per_minute),
}
