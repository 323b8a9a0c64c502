"""Administrators make and change plans, and give them to users."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from db.models.plans import Plan
from db.models.users import User
from db.postgres import as_service_unavailable, transaction
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import administration, names
from resolvers.audit import Action
from resolvers.plans import FREE
from settings import ModelLimit, Settings

_LONGEST_NAME = 80
_MOST = 2**31 - 1
_HEAVIEST = 100
_MOST_MODELS = 100
_LONGEST_MODEL = 255
_LIFETIMES = timedelta(seconds=1), timedelta(days=366)
# The columns of a plan, by GraphQL name.
_NUMBERS = {
    "unitsPerMinute": "units_per_minute",
    "unitsPerDay": "units_per_day",
    "concurrentRequests": "concurrent_requests",
    "maxApiTokens": "max_api_tokens",
    "weight": "weight",
}
_COLUMNS = {
    **_NUMBERS,
    "maxTokenLifetime": "max_token_lifetime",
    "models": "models",
    "modelLimits": "model_limits",
}

_INSERT = """
INSERT INTO plans (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime,
                   models)
VALUES ($1, $2, 1, 1, 1, 1, 1, '[]') ON CONFLICT (name) DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """`models` are the names of private models that the plan opens. `model_limits` bound single models."""

    name: str
    units_per_minute: int
    units_per_day: int
    concurrent_requests: int
    max_api_tokens: int
    max_token_lifetime: timedelta
    models: Sequence[str]
    weight: int = 1
    model_limits: Sequence[ModelLimit] = ()


async def listed(by: Caller | None) -> Sequence[Plan]:
    """All plans, by name. Raises Forbidden, ServiceUnavailable."""
    if by is not None and not by.administers:
        raise callers.not_an_administrator()
    async with as_service_unavailable():
        return await Plan.all().order_by("name")


async def save(gate: Gate, by: Caller | None, new: NewPlan, settings: Settings, *, at: datetime) -> Plan:
    """Makes the plan, or changes the one with this name. When it returns, every process uses the new numbers.

    Raises InvalidInput, Unauthenticated, Forbidden, ServiceUnavailable.
    """
    administration.require(by)
    wanted = _checked(new, settings)
    async with transaction() as tx:
        await administration.check(tx, by)
        made = await tx.execute_query_dict(_INSERT, [uuid4(), new.name.strip()])
        plan = await Plan.filter(name=new.name.strip()).using_db(tx).select_for_update().get()
        before = dict.fromkeys(_COLUMNS) if made else _shown(plan)
        await plan.update_from_dict(wanted).save(using_db=tx, update_fields=[*wanted])
        changed = [name for name, value in _shown(plan).items() if value != before[name]]
        if changed:
            await _record(tx, by, plan, changed, before, at=at)
        # Nobody has a plan that was just made. The last statement, as all processes wait for this row.
        if changed and not made:
            await revocation.note_for_all(tx)
    if not made:
        # A repetition waits as well: the first answer may have been lost on its way.
        await gate.confirm_for_all()
    return plan


async def assign(gate: Gate, by: Caller | None, user_id: UUID | None, name: str, *, at: datetime) -> User:
    """The user with the new plan. When it returns, every process uses it.

    Raises NotFound, InvalidInput for an unknown plan, Unauthenticated, Forbidden, ServiceUnavailable.
    """
    administration.require(by)
    events: Sequence[Event] = ()
    async with transaction() as tx:
        user = await administration.lock(tx, by, user_id)
        plan = None if names.check(name, longest=_LONGEST_NAME, path=()) else await _find(tx, name)
        if plan is None:
            raise errors.InvalidInput(
                [errors.Problem(("plan",), "UNKNOWN_PLAN", "There is no plan with this name. `plans` lists them.")]
            )
        await user.fetch_related("plan", using_db=tx)
        if user.plan_id != plan.id:
            before, user.plan = user.plan.name, plan
            await user.save(using_db=tx, update_fields=["plan_id"])
            events = [await revocation.note(tx, user.id)]
            await administration.record(
                tx,
                Action.USER_PLAN_SET,
                by,
                at=at,
                user_id=user.id,
                before={"plan": before},
                after={"plan": plan.name},
            )
    await gate.confirm_all(user.id, events)
    return user


def show_model_limits(plan: Plan) -> list[dict[str, Any]]:
    """As JSON, with the names of the schema."""
    return [
        {"model": one["model"], "unitsPerMinute": one["units_per_minute"], "unitsPerDay": one["units_per_day"]}
        for one in plan.model_limits
    ]


async def _find(tx: BaseDBAsyncClient, name: str) -> Plan | None:
    return await Plan.filter(name=name).using_db(tx).first()


async def _record(
    tx: BaseDBAsyncClient,
    by: Caller | None,
    plan: Plan,
    changed: Sequence[str],
    before: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    after = _shown(plan)
    await administration.record(
        tx,
        Action.PLAN_SAVED,
        by,
        at=at,
        user_id=None,
        subject=plan.name,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def _shown(plan: Plan) -> dict[str, Any]:
    """As the audit log shows it: the lifetime in seconds."""
    shown = {name: getattr(plan, column) for name, column in _COLUMNS.items()}
    shown["modelLimits"] = show_model_limits(plan)
    return shown | {"maxTokenLifetime": int(plan.max_token_lifetime.total_seconds())}


def _checked(new: NewPlan, settings: Settings) -> dict[str, Any]:
    """By column name. Raises InvalidInput."""
    problems = [] if new.name.strip() else [_problem("name", "TOO_SHORT", "A plan needs a name.")]
    problems += names.check(new.name.strip(), longest=_LONGEST_NAME, path=("input", "name"))
    for name, column in _NUMBERS.items():
        most = _HEAVIEST if name == "weight" else _MOST
        if not 1 <= getattr(new, column) <= most:
            problems.append(_problem(name, "OUT_OF_RANGE", f"This must be from 1 to {most}."))
    if not _LIFETIMES[0] <= new.max_token_lifetime <= _LIFETIMES[1]:
        sentence = f"API tokens must be able to live for 1 second to {_LIFETIMES[1].days} days."
        problems.append(_problem("maxTokenLifetime", "OUT_OF_RANGE", sentence))
    if len(new.models) > _MOST_MODELS:
        problems.append(_problem("models", "TOO_LONG", f"A plan can name at most {_MOST_MODELS} models."))
    for number, model in enumerate(new.models[:_MOST_MODELS]):
        problems += names.check(model, longest=_LONGEST_MODEL, path=("input", "models", str(number)))
    problems += _problems_of_model_limits(new.model_limits)
    problems += _problems_of_free(new, settings)
    if problems:
        raise errors.InvalidInput(problems)
    wanted = {column: getattr(new, column) for column in _COLUMNS.values()}
    limits = [limit._asdict() for limit in new.model_limits]
    return wanted | {"models": list(dict.fromkeys(new.models)), "model_limits": limits}


def _problems_of_model_limits(limits: Sequence[ModelLimit]) -> Iterator[errors.Problem]:
    if len(limits) > _MOST_MODELS:
        yield _problem("modelLimits", "TOO_LONG", f"A plan can bound at most {_MOST_MODELS} models.")
    seen: set[str] = set()
    for number, limit in enumerate(limits[:_MOST_MODELS]):
        path = ("input", "modelLimits", str(number))
        yield from names.check(limit.model, longest=_LONGEST_MODEL, path=(*path, "model"))
        if limit.model in seen:
            yield errors.Problem((*path, "model"), "DUPLICATE", "This model has a limit already.")
        seen.add(limit.model)
        given = {"unitsPerMinute": limit.units_per_minute, "unitsPerDay": limit.units_per_day}
        if not any(units is not None for units in given.values()):
            yield errors.Problem(path, "MISSING", "Give `unitsPerMinute`, `unitsPerDay` or both.")
        for name, units in given.items():
            if units is not None and not 1 <= units <= _MOST:
                yield errors.Problem((*path, name), "OUT_OF_RANGE", f"This must be from 1 to {_MOST}.")


def _problems_of_free(new: NewPlan, settings: Settings) -> list[errors.Problem]:
    """Each start writes the numbers of the plan `free` from the settings, so a change here would not last."""
    if new.name.strip() != FREE:
        return []
    return [
        _problem(name, "SET_BY_SETTINGS", f"The plan `free` takes this from GATEHOUSE_FREE_{column.upper()}.")
        for name, column in _COLUMNS.items()
        if column != "models" and _plain(getattr(new, column)) != _plain(getattr(settings, f"free_{column}"))
    ]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, Sequence) else value


def _problem(name: str, code: str, message: str) -> errors.Problem:
    return errors.Problem(("input", name), code, message)
