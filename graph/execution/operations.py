"""One operation, from its text to its result: it is prepared, priced, admitted, run and settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast
from weakref import WeakKeyDictionary

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute_root_selection_set,
)

import errors
from graph import compiled
from graph.context import Context
from graph.execution import admission, costs, prices, variable_errors, variables
from graph.execution.costs import PricedField
from graph.execution.deadlines import Deadlines
from graph.execution.documents import InvalidDocument
from graph.execution.fair_queue import FairQueue
from graph.execution.introspection import Execute, Introspection
from graph.execution.persisted_queries import PersistedQueries
from graph.execution.plans import Charged, Document, Shape
from graph.execution.processor_time import budget_of
from graph.execution.runs import Run
from graph.execution.schema_in_force import SchemaInForce
from graph.execution.settling import Settling
from graph.http.answers import LARGE
from graph.http.requests import GraphQLRequest
from resolvers import limits, models, sessions
from settings import Settings
from telemetry import requests, traces

if TYPE_CHECKING:
    from limits.charges import Charge

Result = TypeVar("Result")
Answer = TypeVar("Answer")

# Logins started in one iteration of the event loop. If many logins started in one iteration, it would last as long as
# all of them take. Every other operation waits for several iterations: one for each answer of Redis or Postgres.
_LOGINS_STARTED = 1
_LOGOUT = "logout"


class Operations:
    """Runs operations on the current schema, which has a typed field for each public model."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._settling = Settling()
        self._logins = asyncio.Semaphore(_LOGINS_STARTED)
        self._introspections: WeakKeyDictionary[GraphQLSchema, Introspection] = WeakKeyDictionary()
        self._persisted = PersistedQueries()
        self._longest = admission.longest(settings)
        self._longest_stream = admission.longest(settings, streams=True)
        self._deadlines = Deadlines(self._longest)
        self.queue = FairQueue(settings.preparation)
        self.schema = SchemaInForce(settings)

    def run(
        self, request: GraphQLRequest, context: Context, answer: Callable[[ExecutionResult], Answer]
    ) -> Awaitable[Answer]:
        """Returns what `answer` makes of the result, perhaps while Redis settles the operation: this may raise although
        an answer was made.

        Raises what `answer` raises, and the errors that refuse the whole request: PersistedQueryNotFound,
        InvalidDocument, QueryTooComplex, DeadlineExceeded, and what `limits.admit` raises.
        """
        if request.digest is not None:
            request = self._persisted.complete(request)
        work = self._run(request, context, answer)
        return traces.begun("operation", work, request_id=context.request_id) if traces.are_sent else work

    async def require_live(self, context: Context) -> None:
        """Called before long work for a caller: refuses a revoked credential. Anonymous callers have none to check.

        Raises Unauthenticated and ServiceUnavailable.
        """
        if context.caller.credential is not None:
            charge = limits.charge("exempt")
            await limits.admit(context.tools.gate, context.caller, charge, self._settings, mutates=False, again=True)

    async def aside(self, context: Context, work: Callable[[], Result], *, kind: str) -> Result:
        """Does the work in turn, in the one thread for it. Raises as `FairQueue.run`."""
        try:
            return await self.queue.run(work, context.caller, kind=kind)
        except (errors.RateLimited, errors.ServiceUnavailable) as refusal:
            limits.note_refusal(context.tools.gate, context.caller, refusal)
            raise

    async def _log_out(self, request: GraphQLRequest, context: Context) -> ExecutionResult:
        """A suspended user, of whom nothing else is admitted, can still log out. Raises Unauthenticated."""
        asked = await self._prepare(request, context, must_be_live=False)
        if asked.shape.names != {_LOGOUT}:
            raise errors.Unauthenticated()
        _name(asked.shape)
        context.mutates = True
        return await _execute(asked, self._deadlines)

    async def _run(
        self, request: GraphQLRequest, context: Context, answer: Callable[[ExecutionResult], Answer]
    ) -> Answer:
        try:
            asked = await self._prepare(request, context)
            shape = asked.shape
            _name(shape)
            if "login" in shape.names:
                await self._take_turn()
            if shape.plan.subscribes:
                return answer(await self._subscribe(asked, context, request))
            charge, calls = await self._charge(asked, context)
            execute: Execute | None = None
            if shape.has_introspection:
                execute = await self._introspection(asked, context, request)
            await self._admit(charge, context)
            try:
                with limits.running(context.tools.gate, context.caller, context.at, mutates=context.mutates):
                    result = await (_execute(asked, self._deadlines) if execute is None else execute())
            except BaseException as error:
                # If the caller left or the credential ended, the units stay spent. If we failed, they are given back.
                kept = isinstance(error, asyncio.CancelledError | errors.Unauthenticated)
                self._settling.start(context, admission.abandoned(charge, calls, kept=kept))
                raise
            if request.digest is not None:
                self._persisted.keep(request, result, owner=budget_of(context.caller))
            problems = result.errors or ()
            ended = admission.outcomes(charge, calls, problems, context.took, context.kept, result.data)
            if shape.has_introspection or context.moved.hold.count > LARGE:
                # To write a large one takes so long that Redis would seem slow.
                await limits.settle(context.tools.gate, context.admission, ended)
                return answer(result)
            settling = limits.settle(context.tools.gate, context.admission, ended, meanwhile=partial(answer, result))
            return cast(Answer, await settling)
        except errors.Unauthenticated:
            if _LOGOUT not in request.query or not await sessions.is_of_suspended_user(context.caller):
                raise
            return answer(await self._log_out(request, context))
        except GraphQLError as error:
            # GraphQL allows a nullable variable for a non-null argument that has a default. If the variable is null, in
            # `dryRun`, `@skip` or `@include`, that is found while the operation is priced: nothing has run.
            raise InvalidDocument([error]) from error

    async def _executing(self, asked: Asked, context: Context, request: GraphQLRequest) -> Execute:
        """What runs the operation once it is admitted."""
        if asked.shape.has_introspection:
            return await self._introspection(asked, context, request)
        return partial(_execute, asked, self._deadlines)

    async def _subscribe(self, asked: Asked, context: Context, request: GraphQLRequest) -> ExecutionResult:
        """In `Subscriptions`."""
        raise NotImplementedError

    async def _prepare(self, request: GraphQLRequest, context: Context, *, must_be_live: bool = True) -> Asked:
        """The operation with its variables, checked."""
        documents = self.schema.documents
        document = documents.find(request.query) if request.may_mutate else None
        if document is None:
            document = await documents.prepare(
                request.query,
                operation_name=request.operation_name,
                may_mutate=request.may_mutate,
                aside=partial(self._read_document, context, must_be_live),
            )
        most = self._settings.document_tokens
        # A value takes two octets or more, and a variable without one four tokens of the document.
        if request.octets is None or request.octets > most:
            variables.check(document.declared, request.variables, most=most)
        plan = document.plan(request.operation_name)
        values = (
            plan.variables.read(request.variables) if plan is not None else document.unknown(request.operation_name)
        )
        if plan is None or isinstance(values, list):
            found = variable_errors.found(documents.schema, document.node, request.operation_name, request.variables)
            raise InvalidDocument(found or cast(list[GraphQLError], values))
        return Asked(plan.shape(values), Run(plan, values, context))

    async def _read_document(self, context: Context, must_be_live: bool, read: Callable[[], Document]) -> Document:
        if must_be_live:
            await self.require_live(context)
        return await self.aside(context, read, kind="document")

    async def _take_turn(self) -> None:
        """Before a login. Not before `register`: a repeated one needs no hash."""
        async with self._logins:
            await asyncio.sleep(0)

    async def _charge(self, asked: Asked, context: Context) -> tuple[Charge, Sequence[PricedField]]:
        """The charge of the operation, and its model calls. In a dry run, the charge is 0 and there are no calls."""
        shape, run = asked.shape, asked.run
        if shape.dry_runs:
            run.is_dry_run = costs.is_dry_run(shape, run.variable_values)
        context.mutates = shape.plan.mutates
        others = 0
        if shape.costly_fields:
            others = prices.units(shape, run.variable_values, models=models.splits(context.models))
        of_models = costs.asked_of_models(shape, run.variable_values, run.arguments) if shape.model_fields else ()
        by = (*of_models, others, *models.quotes_follow_from(context.models, context.caller))
        charged = shape.charged
        if charged is None or charged.by != by:
            charged = shape.charged = await self._charged(asked, context, others, by)
        _, charge, calls = charged
        # `rateLimit` shows exactly what is spent.
        context.cost = charge.cost
        if traces.are_sent:
            traces.note(cost=context.cost)
        return (limits.charge(charge.kind), []) if run.is_dry_run else (charge, calls)

    async def _charged(self, asked: Asked, context: Context, others: int, by: tuple[object, ...] | None) -> Charged:
        shape = asked.shape
        priced = _priced(asked, context) if shape.model_fields else []
        if any(field.model is None for field in priced):
            by = None  # a caller may have made up a long name, which is not kept
        for field in priced:
            if field.is_hidden and context.caller.credential is not None:
                # The price of a model that is not public would reveal that it exists. So the rights are read first.
                await self._admit(limits.charge("plan"), context, again=True)
                priced = _priced(asked, context)
                by = None
                break
        cost, calls = costs.total(shape, priced, others), [field for field in priced if not field.refused]
        streams = shape.plan.subscribes
        longest = self._longest_stream if streams else self._longest
        charge = admission.charge(
            shape.windows, calls, cost, by=context.caller, others=others, longest=longest, streams=streams
        )
        return Charged(by, charge, calls)

    async def _admit(self, charge: Charge, context: Context, *, again: bool = False) -> None:
        context.caller, admitted = await limits.admit(
            context.tools.gate, context.caller, charge, self._settings, mutates=context.mutates, again=again
        )
        context.admit(admitted)
        if traces.are_sent and context.caller.credential is not None:
            traces.note(user_id=str(context.caller.credential.user_id))

    async def _introspection(self, asked: Asked, context: Context, request: GraphQLRequest) -> Execute:
        """Returns the function that gives the answer. If it is not cached, it is counted first, in a dry run too."""
        shape, execute = asked.shape, partial(_execute, asked, self._deadlines)
        answers = self._introspections.setdefault(shape.plan.schema, Introspection())
        question = answers.question(shape, request)
        if question is not None and (kept := answers.kept(question)):
            return partial(_same, kept)
        if context.caller.credential is not None:
            # A revoked credential must not spend its user's limit.
            await self._admit(limits.charge("account"), context, again=True)
        await limits.admit_introspection(context.tools.gate, context.tools.attempts, context.caller)
        return execute if question is None else partial(answers.make, question, execute)


class Asked(NamedTuple):
    """An operation with its variables."""

    shape: Shape
    run: Run


def _priced(asked: Asked, context: Context) -> list[PricedField]:
    """The fields that run models, with their prices."""
    price = partial(models.quote, context.models, context.caller, streams=asked.shape.plan.subscribes)
    return costs.fields_of(asked.shape, asked.run.variable_values, price)


def _name(shape: Shape) -> None:
    """Names the operation in the log, and in traces by its root fields, which are names of the schema."""
    plan = shape.plan
    requests.asked_for(plan.name, shape.sorted_names)
    if traces.are_sent:
        traces.rename(f"{plan.operation.operation.value} {' '.join(shape.sorted_names)}")


async def _same(result: ExecutionResult) -> ExecutionResult:
    return result


async def _execute(asked: Asked, deadlines: Deadlines) -> ExecutionResult:
    shape, run = asked.shape, asked.run
    try:
        if shape.has_introspection:
            result = execute_root_selection_set(run.executor)
        else:
            result = compiled.execute(shape.selection, run, serially=shape.plan.mutates)
        ended = result if isinstance(result, ExecutionResult) else await deadlines.keep(result)
        if (waits := run.context_value.moved.waits.take()) is not None:
            ended.extensions = waits
        return ended
    except TimeoutError as error:
        raise errors.DeadlineExceeded("The operation did not end in time.") from error
    finally:
        run.end()
