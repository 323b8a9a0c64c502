"""`gatehouse plans`."""

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from commands.stopped import Commands, Stopped
from commands.users import act
from settings import ModelLimit, Settings, parse_model_limits

if TYPE_CHECKING:
    from db.models.plans import Plan


def add(commands: Commands) -> None:
    plans = commands.add_parser("plans", help="list and save plans").add_subparsers(required=True, metavar="COMMAND")
    listing = plans.add_parser("list", help="print all plans", description="One on each line, by name.")
    listing.set_defaults(run=_list)
    save = plans.add_parser(
        "save",
        help="make a plan, or change one",
        description="Make the plan, or change the one with this name. When the command returns, every process uses the "
        "numbers. GATEHOUSE_FREE_* set those of the plan `free`; only its models can be changed here.",
    )
    save.add_argument("name", metavar="NAME")
    save.add_argument("--units-per-minute", type=int, required=True, metavar="N")
    save.add_argument("--units-per-day", type=int, required=True, metavar="N")
    save.add_argument("--concurrent-requests", type=int, required=True, metavar="N")
    save.add_argument("--max-api-tokens", type=int, required=True, metavar="N")
    save.add_argument("--max-token-lifetime-days", type=int, required=True, metavar="N")
    save.add_argument(
        "--weight",
        type=int,
        default=1,
        metavar="N",
        help="share of a model's time while calls wait, 1 to 100: with 3, three times that of 1 (default: 1)",
    )
    save.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="a private model that the plan opens; repeatable"
    )
    save.add_argument(
        "--model-limits",
        default="",
        metavar="MODEL=MINUTE/DAY,...",
        help="units for calls of single models, in a minute and on a day: text_reader=60/1000,similarity=/500",
    )
    save.set_defaults(run=_save)
    for one in (listing, save):
        one.add_argument("--json", action="store_true", help="print JSON, for programs")


def _list(options: argparse.Namespace) -> int:
    from resolvers import plan_changes

    found = act(lambda _: plan_changes.listed(None))
    if options.json:
        print(json.dumps([_shown(plan) for plan in found], indent=2))
    else:
        print(
            "\n".join(_line(plan) for plan in found) or "there is no plan yet: the service writes `free` at its start"
        )
    return 0


def _save(options: argparse.Namespace) -> int:
    from resolvers import plan_changes
    from resolvers.plan_changes import NewPlan

    new = NewPlan(
        name=options.name,
        units_per_minute=options.units_per_minute,
        units_per_day=options.units_per_day,
        concurrent_requests=options.concurrent_requests,
        max_api_tokens=options.max_api_tokens,
        # A number beyond what a length of time can hold is refused like any that is too large.
        max_token_lifetime=timedelta(days=min(max(options.max_token_lifetime_days, 0), 10**6)),
        models=options.model,
        weight=options.weight,
        model_limits=_model_limits(options.model_limits),
    )
    settings = Settings.from_environ()
    plan = act(lambda gate: plan_changes.save(gate, None, new, settings, at=datetime.now(UTC)))
    print(json.dumps(_shown(plan), indent=2) if options.json else _line(plan))
    return 0


def _model_limits(text: str) -> Sequence[ModelLimit]:
    try:
        return parse_model_limits(text)
    except ValueError as error:
        raise Stopped(f"--model-limits {error}") from error


def _line(plan: "Plan") -> str:
    models = f", models {' '.join(plan.models)}" if plan.models else ""
    limits = ",".join(
        f"{one['model']}={one['units_per_minute'] or ''}/{one['units_per_day'] or ''}" for one in plan.model_limits
    )
    models += f", limits {limits}" if limits else ""
    return (
        f"{plan.name}: {plan.units_per_minute} units a minute, {plan.units_per_day} a day, "
        f"{plan.concurrent_requests} at once, {plan.max_api_tokens} API tokens for up to "
        f"{plan.max_token_lifetime.total_seconds() / 86400:g} days, weight {plan.weight}{models}"
    )


def _shown(plan: "Plan") -> dict[str, Any]:
    from resolvers import plan_changes

    return {
        "name": plan.name,
        "unitsPerMinute": plan.units_per_minute,
        "unitsPerDay": plan.units_per_day,
        "concurrentRequests": plan.concurrent_requests,
        "maxApiTokens": plan.max_api_tokens,
        "maxTokenLifetimeSeconds": int(plan.max_token_lifetime.total_seconds()),
        "weight": plan.weight,
        "models": plan.models,
        "modelLimits": plan_changes.show_model_limits(plan),
    }
