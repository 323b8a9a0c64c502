"""One operation from its text to its result: prepared, priced, admitted, run, settled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLSchema,
    OperationType,
    execute_root_selection_set,
)

import errors
from graph import admission, costs, introspection, schema, typed, variables, weights
from graph.context import Context
from graph.costs import PricedField
from graph.documents import Documents, InvalidDocument
from graph.execution import SlicedExecutor
from graph.fair_queue import FairQueue
from graph.http.requests import GraphQLRequest
from graph.introspection import Execute, Introspection
from resolvers import limits, models
from resolvers.limits import Charge, Outcome
from resolvers.models import Declaration, Quote
from settings import Settings
from telemetry import requests, traces

logger = logging.getLogger(__name__)

# In a turn of the event loop. A flood of them, all ready at once, would make one turn last as long as all of them take;
# and whoever has logged in waits for several turns, one for each answer of Redis and Postgres.
_LOGINS_BEGUN = 1


class Operations:
    """Runs operations against the schema of the models there are now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._settling: set[asyncio.Task[None]] = set()
        self._logins = asyncio.Semaphore(_LOGINS_BEGUN)
        self._introspections: WeakKeyDictionary[GraphQLSchema, Introspection] = WeakKeyDictionary()
        self.queue = FairQueue(settings.preparation)
        self.offer([])

    def offer(self, declarations: Sequence[Declaration]) -> None:
        """From the next operation on, `typed` has these models. Raises typed.NameClash and changes nothing."""
        # One assignment, as this may run in a thread: no operation is prepared for one schema and run on another.
        self._documents = Documents(schema.build(declarations)._schema, self._settings)
        self._offered = frozenset(declaration.name for declaration in typed.offered(declarations))

    def offer_what_fits(self, declarations: Sequence[Declaration]) -> None:
        """The same while the service runs: models that clash with those before them get no field, the others do."""
        fitting = list(declarations)
        while True:
            try:
                self.offer(fitting)
                return
            except typed.NameClash as clash:
                newcomers = [name for name in clash.models if name not in self._offered]
                left_out = (newcomers or clash.models)[-1]
                logger.error("%s %r has no field there until one of them is renamed.", clash, left_out)
                fitting = [declaration for declaration in fitting if declaration.name != left_out]

    async def run(self, request: GraphQLRequest, context: Context) -> ExecutionResult:
        """Raises what refuses the request as a whole: InvalidDocument and whatever `limits.admit` raises."""
        with traces.beginning("operation", request_id=context.request_id):
            executor = await self._prepare(request, context)
            _name(executor)
            if admission.logs_in(executor):
                async with self._logins:
                    await asyncio.sleep(0)
            return await self._run(executor, context, request)

    async def _run(self, executor: Executor[Any], context: Context, request: GraphQLRequest) -> ExecutionResult:
        context.dry_run = costs.is_dry_run(executor)
        context.mutates = executor.operation.operation is OperationType.MUTATION
        priced = await self._price(executor, context)
        others = weights.units(executor, models=models.splits(context.models))
        cost = costs.total(executor, priced, others)
        charge = admission.charge(executor, priced, cost, self._settings, by=context.caller, others=others)
        # What `rateLimit` tells is what is spent.
        context.cost = charge.cost
        traces.note(cost=context.cost)
        if context.dry_run:
            charge, priced = Charge(charge.kind), []
        execute: Execute = partial(_execute, executor, admission.longest(self._settings))
        if introspection.is_asked_for(executor):
            execute = await self._introspection(executor, context, request, execute=execute)
        await self._admit(executor, charge, context)
        try:
            result = await execute()
        except BaseException as error:
            # Somebody who left keeps what they spent; what broke here is given back.
            kept = isinstance(error, asyncio.CancelledError)
            self._settle_aside(context, admission.abandoned(charge, priced, kept=kept))
            raise
        ended = admission.outcomes(charge, priced, result.errors or (), context.took)
        await limits.settle(context.tools.gate, context.admission, ended)
        return result

    async def _introspection(
        self, executor: Executor[Any], context: Context, request: GraphQLRequest, *, execute: Execute
    ) -> Execute:
        """What gives the answer: kept if it can be. One that has to be made is counted first, also in a dry run."""
        answers = self._introspections.setdefault(executor.schema, Introspection())
        question = answers.question(executor, request)
        if question is not None and (kept := answers.kept(question)):
            return partial(_same, kept)
        if context.caller.credential is not None:
            # Whose credential was revoked must not spend what its user has.
            await self._admit(executor, Charge("account"), context, again=True)
        await limits.admit_introspection(context.tools.guesses, context.caller)
        return execute if question is None else partial(answers.make, question, execute)

    async def _price(self, executor: Executor[Any], context: Context) -> list[PricedField]:
        named: set[str] = set()

        def price(model: str) -> Quote:
            named.add(model)
            return models.quote(context.models, context.caller, model)

        priced = costs.fields_of(executor, price)
        hidden = any(models.is_hidden(context.models, name) for name in named)
        if hidden and context.caller.credential is not None:
            # The price of a model that is not public would tell that it exists: first, who may know of it.
            await self._admit(executor, Charge("plan"), context, again=True)
            priced = costs.fields_of(executor, price)
        return priced

    async def _admit(self, executor: Executor[Any], charge: Charge, context: Context, *, again: bool = False) -> None:
        context.caller, admitted = await limits.admit(
            context.tools.gate, context.caller, charge, self._settings, mutates=context.mutates, again=again
        )
        context.admit(admitted)
        if context.caller.credential is not None:
            traces.note(user_id=str(context.caller.credential.user_id))

    async def _prepare(self, request: GraphQLRequest, context: Context) -> Executor[Any]:
        documents = self._documents
        document = await documents.prepare(
            request.query,
            operation_name=request.operation_name,
            may_mutate=request.may_mutate,
            aside=partial(self._read_document, context),
        )
        variables.check(documents.schema, document, request.variables, most=self._settings.document_tokens)
        executor = SlicedExecutor.build(
            documents.schema,
            document,
            context_value=context,
            raw_variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if isinstance(executor, list):
            raise InvalidDocument(executor)
        return executor

    async def require_live(self, context: Context) -> None:
        """Before long work for a caller: a revoked credential gets none. An anonymous caller has nothing to check.

        Raises Unauthenticated and ServiceUnavailable.
        """
        if context.caller.credential is not None:
            charge = Charge("exempt")
            await limits.admit(context.tools.gate, context.caller, charge, self._settings, mutates=False, again=True)

    async def _read_document(self, context: Context, read: Callable[[], DocumentNode]) -> DocumentNode:
        await self.require_live(context)
        return await self.queue.run(read, context.caller, kind="document")

    def _settle_aside(self, context: Context, ended: Sequence[Outcome]) -> None:
        """The request is over, cancelled perhaps; the place it held is given free all the same."""
        task = asyncio.create_task(limits.settle(context.tools.gate, context.admission, ended))
        self._settling.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._settling.discard(task)
        # Too late is no matter here: nobody waits for the answer, and the reaper has given the place free.
        if not task.cancelled() and not isinstance(task.exception(), errors.DeadlineExceeded | None):
            asyncio.get_running_loop().call_exception_handler({"message": "settling", "exception": task.exception()})


def _name(executor: Executor[Any]) -> None:
    """What the operation asks for, in the schema's words and not in the caller's: the trace's name, and in the log."""
    name, fields = executor.operation.name, sorted(costs.root_names(executor))
    requests.asked_for(name.value if name else None, fields)
    if traces.is_recording():
        traces.rename(f"{executor.operation.operation.value} {' '.join(fields)}")


async def _same(result: ExecutionResult) -> ExecutionResult:
    return result


async def _execute(executor: Executor[Any], within: timedelta) -> ExecutionResult:
    try:
        async with asyncio.timeout(within.total_seconds()):
            result = execute_root_selection_set(executor)
            return result if isinstance(result, ExecutionResult) else await result
    except TimeoutError as error:
        raise errors.DeadlineExceeded("The operation did not end in time.") from error
