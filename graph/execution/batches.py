"""Several operations in one request: admitted and settled as one, and each answered in its place.

A batch saves requests and round trips, and nothing else: it costs what its operations cost, has the bounds of one
operation for its time, its calls of models and its bytes, and takes one slot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from graphql import ExecutionResult, GraphQLError, GraphQLUnionType, get_named_type

import errors
from graph.context import Context
from graph.execution import admission
from graph.execution.costs import PricedField
from graph.execution.documents import InvalidDocument
from graph.execution.introspection import Execute
from graph.execution.operations import Asked, Operations
from graph.execution.plans import Shape
from graph.execution.processor_time import budget_of
from graph.http.requests import GraphQLRequest, Item
from resolvers import limits
from telemetry import requests, traces

if TYPE_CHECKING:
    from limits.charges import Charge
    from limits.entries import Outcome

Answer = ExecutionResult | Exception

# They refuse one operation of a batch. Any other refusal, before anything runs, is of the caller, and so of all.
_OF_ONE = (
    InvalidDocument,
    errors.BadRequest,
    errors.QueryTooComplex,
    errors.PersistedQueryNotFound,
    errors.PersistedQueryNotSupported,
)
_ATTEMPTED = "TooManyAttempts"


@dataclass(slots=True)
class _Part:
    """One operation of a batch. `context` is its own, but for what the operations of a request share."""

    request: GraphQLRequest
    shape: Shape
    context: Context
    charge: Charge
    calls: Sequence[PricedField]
    execute: Execute


class _Ended(NamedTuple):
    answer: Answer
    outcomes: Sequence[Outcome]


class Batches(Operations):
    """Operations, alone or in batches."""

    async def run_batch(self, items: Sequence[Item], context: Context) -> list[Answer]:
        """In the order of the items. An item that could not be read is answered with its own error.

        Mutations run one after another, and so do all operations beside one. Raises the errors that refuse the whole
        batch, as `run`; nothing has run then.
        """
        with traces.beginning("batch", request_id=context.request_id):
            parts, refused = await self._prepare_all(items, context)
            if not parts:
                return [refused[index] for index in range(len(items))]
            shapes = [part.shape for part in parts.values()]
            _require_one_attempt(shapes)
            self._require_few_calls(parts)
            requests.asked_for(None, sorted(frozenset().union(*(shape.names for shape in shapes))))
            await self._admit_all(parts, context)
            ended = await self._run_all(parts, context)
            return [ended[index].answer if index in ended else refused[index] for index in range(len(items))]

    async def _prepare_all(
        self, items: Sequence[Item], context: Context
    ) -> tuple[dict[int, _Part], dict[int, Exception]]:
        """By their indices: what is to run, and what is refused."""
        parts: dict[int, _Part] = {}
        refused: dict[int, Exception] = {}
        for index, item in enumerate(items):
            try:
                parts[index] = await self._prepare_one(item, _own(context))
            except _OF_ONE as refusal:
                refused[index] = refusal
        return parts, refused

    async def _prepare_one(self, item: Item, context: Context) -> _Part:
        if isinstance(item, errors.GatehouseError):
            raise item
        request = self._persisted.complete(item)
        try:
            asked: Asked = await self._prepare(request, context)
            if asked.shape.plan.subscribes:
                raise errors.BadRequest("A subscription cannot be part of a batch. Send it alone.")
            if "login" in asked.shape.names:
                await self._take_turn()
            charge, calls = await self._charge(asked, context)
            execute = await self._executing(asked, context, request)
        except GraphQLError as error:
            raise InvalidDocument([error]) from error
        return _Part(request, asked.shape, context, charge, calls, execute)

    def _require_few_calls(self, parts: Mapping[int, _Part]) -> None:
        most = self._settings.document_root_fields
        if sum(len(part.calls) for part in parts.values()) > most:
            raise errors.QueryTooComplex(f"The operations of a batch call models at most {most} times. Send fewer.")

    async def _admit_all(self, parts: Mapping[int, _Part], context: Context) -> None:
        charges = [part.charge for part in parts.values()]
        kinds = {charge.kind for charge in charges}
        calls = [(call.model, call.units) for charge in charges for call in charge.calls]
        context.mutates = any(part.context.mutates for part in parts.values())
        context.cost = sum(charge.cost for charge in charges)
        kind = next(kind for kind in ("plan", "account", "exempt") if kind in kinds)
        await self._admit(limits.charge(kind, calls, longest=self._longest), context)
        for part in parts.values():
            part.context.caller = context.caller
            part.context.admit(context.admission)

    async def _run_all(self, parts: Mapping[int, _Part], context: Context) -> dict[int, _Ended]:
        until = asyncio.get_running_loop().time() + self._longest.total_seconds()
        ended: dict[int, _Ended] = {}

        async def run(index: int, part: _Part) -> None:
            ended[index] = await _run_one(part, until)

        try:
            if context.mutates:
                await _one_after_another(parts, ended, until)
            else:
                await asyncio.gather(*(run(index, part) for index, part in parts.items()))
        except BaseException:
            # The caller left: the units of what had not ended stay spent.
            left = [
                ended[index].outcomes if index in ended else admission.abandoned(part.charge, part.calls, kept=True)
                for index, part in parts.items()
            ]
            self._settling.start(context, admission.together(left))
            raise
        for index, part in parts.items():
            if isinstance(answer := ended[index].answer, ExecutionResult):
                self._persisted.keep(part.request, answer, owner=budget_of(context.caller))
        outcomes = admission.together([one.outcomes for one in ended.values()])
        await limits.settle(context.tools.gate, context.admission, outcomes)
        return ended


async def _one_after_another(parts: Mapping[int, _Part], ended: dict[int, _Ended], until: float) -> None:
    refusal: Exception | None = None
    for index, part in parts.items():
        if refusal is None:
            ended[index] = await _run_one(part, until)
            if isinstance(answer := ended[index].answer, errors.Unauthenticated):
                refusal = answer
        else:
            # The credential has ended meanwhile: nothing more begins with it.
            ended[index] = _Ended(refusal, admission.abandoned(part.charge, part.calls, kept=True))


async def _run_one(part: _Part, until: float) -> _Ended:
    context = part.context
    try:
        with limits.running(context.tools.gate, context.caller, context.at, mutates=context.mutates):
            try:
                async with asyncio.timeout_at(until):
                    result = await part.execute()
            except TimeoutError as error:
                raise errors.DeadlineExceeded("The operations of the batch did not end in time.") from error
    except Exception as error:  # also unforeseen ones: they must not take the answers of the others with them
        kept = isinstance(error, errors.Unauthenticated)
        return _Ended(error, admission.abandoned(part.charge, part.calls, kept=kept))
    problems = result.errors or ()
    return _Ended(
        result, admission.outcomes(part.charge, part.calls, problems, context.took, context.kept, result.data)
    )


def _own(context: Context) -> Context:
    own = copy(context)
    own.moved = context.moved.of_another()
    own.took = {}
    own.kept = {}
    return own


def _require_one_attempt(shapes: Sequence[Shape]) -> None:
    """Otherwise one request could try ten passwords or codes."""
    if sum(map(_attempts, shapes)) > 1:
        raise errors.BadRequest(
            f"At most one operation of a batch may be a mutation that can answer `{_ATTEMPTED}`, such as `login`. Send "
            "each in a request of its own."
        )


def _attempts(shape: Shape) -> bool:
    mutations = shape.plan.schema.mutation_type
    if not shape.plan.mutates or mutations is None:
        return False
    kinds = [get_named_type(mutations.fields[name].type) for name in shape.names if name in mutations.fields]
    return any(
        isinstance(kind, GraphQLUnionType) and any(member.name == _ATTEMPTED for member in kind.types) for kind in kinds
    )
