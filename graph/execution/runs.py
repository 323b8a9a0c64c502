"""What the execution of one operation holds for one request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, default_field_resolver, default_type_resolver
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues

from graph.execution.plans import Plan
from graph.execution.slices import SlicedExecutor, Slices


class Run:
    """For compiled execution. graphql-core's `executor` has the same errors and slices.

    In a dry run each field that would be charged is null, and its resolver does not run.
    """

    __slots__ = (
        "_errors",
        "_executor",
        "arguments",
        "context_value",
        "error_propagation",
        "is_dry_run",
        "plan",
        "slices",
        "variable_values",
    )

    def __init__(self, plan: Plan, variables: VariableValues, context: Any) -> None:
        self.plan = plan
        self.variable_values = variables
        # Of fields that were priced, by the id of their node.
        self.arguments: dict[int, Mapping[str, Any]] = {}
        self.context_value = context
        self.is_dry_run = False
        self.error_propagation = plan.error_propagation
        self._errors: CollectedErrors | None = None
        self.slices = Slices()
        self._executor: SlicedExecutor | None = None

    @property
    def collected_errors(self) -> CollectedErrors:
        if self._errors is None:
            self._errors = CollectedErrors()
        return self._errors

    @property
    def errors(self) -> list[GraphQLError] | None:
        """None if there are none."""
        return None if self._errors is None else self._errors.errors or None

    @property
    def executor(self) -> SlicedExecutor:
        """It is made when it is first needed, because to make it takes as long as many an operation."""
        if self._executor is None:
            plan = self.plan
            made = SlicedExecutor(
                plan.schema,
                plan.fragment_definitions,
                plan.fragments,
                None,
                self.context_value,
                plan.operation,
                self.variable_values,
                default_field_resolver,
                default_type_resolver,
                default_field_resolver,
            )
            made.is_dry_run = self.is_dry_run
            made.collected_errors = self.collected_errors
            made.slices = self.slices
            self._executor = made
        return self._executor

    def end(self) -> None:
        """Lets go of what it held."""
        if self._executor is not None:
            # The executor and its helpers know each other, so files and tensors would wait for the collector.
            self._executor.async_helpers = None  # type: ignore[assignment]  # no resolver uses them
