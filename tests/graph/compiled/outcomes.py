"""What graphql-core makes of a document, and what compiled execution makes of it."""

import json

from graphql import ExecutionResult, Executor, GraphQLError, execute_root_selection_set

from graph import compiled
from graph.execution.runs import Run
from graph.execution.slices import Slices


async def result_of(outcome):
    return outcome if isinstance(outcome, ExecutionResult) else await outcome


def shown(result):
    problems = [
        (error.message, error.path or [], error.locations, repr(error.original_error)) for error in result.errors or ()
    ]
    return json.dumps(result.data, default=repr), problems


async def expected(schema, node, variables, context, kind=Executor):
    executor = kind.build(schema, node, context_value=context, raw_variable_values=variables)
    if isinstance(executor, list):
        return [error.message for error in executor]
    return shown(await result_of(execute_root_selection_set(executor)))


class Unused(Slices):
    def are_used_up(self):
        return False


class UsedUp(Slices):
    def are_used_up(self):
        return True


async def found(planned, variables, context, slices=Unused):
    plan = planned.plan(None)
    values = plan.variables.read(variables)
    if isinstance(values, list):
        return [error.message for error in values]
    try:
        shape = plan.shape(values)
    except GraphQLError as error:  # the whole request is refused
        return shown(ExecutionResult(None, [error]))
    run = Run(plan, values, context)
    run.slices = slices()
    return shown(await result_of(compiled.execute(shape.selection, run, serially=plan.mutates)))
