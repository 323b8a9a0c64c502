"""The current schema: made for the public models, and replaced when these change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from graph import schema, typed
from graph.execution.documents import Documents
from settings import Settings

if TYPE_CHECKING:
    from inference.declarations import Declaration

logger = logging.getLogger(__name__)


class SchemaInForce:
    """`documents` are those of the schema. An operation reads it once and keeps to it until its end.

    `set_schema` is called once before the first operation. The constructor makes no schema: one without models would be
    replaced as soon as the models are known, and to make it takes a sixth of the start.
    """

    documents: Documents

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._too_wide: frozenset[str] = frozenset()

    def set_schema(self, declarations: Sequence[Declaration]) -> None:
        """From the next operation on, `typed` has these models. Raises typed.NameClash and changes nothing."""
        tokens = self._settings.document_tokens
        made = schema.build(declarations, tokens=tokens)._schema
        # One assignment, as this may run in a thread: no operation is prepared for one schema and run on another.
        self.documents = Documents(made, self._settings)
        self._names = frozenset(found.name for found in typed.offered(declarations, tokens=tokens))
        self._warn_of_too_wide(typed.too_wide(declarations, tokens=tokens))

    def set_schema_without_clashes(self, declarations: Sequence[Declaration]) -> None:
        """The same while the service runs. A model that clashes with an earlier one gets no field, the others do."""
        fitting = list(declarations)
        while True:
            try:
                self.set_schema(fitting)
                return
            except typed.NameClash as clash:
                newcomers = [name for name in clash.models if name not in self._names]
                left_out = (newcomers or clash.models)[-1]
                logger.error("%s %r has no field there until one of them is renamed.", clash, left_out)
                fitting = [declaration for declaration in fitting if declaration.name != left_out]

    def _warn_of_too_wide(self, declarations: Sequence[Declaration]) -> None:
        """Once for each model, not at every change of another one."""
        for found in declarations:
            if found.name not in self._too_wide:
                logger.warning(
                    "Model %r has no field under `typed`: a call with its %d inputs has more than the %d tokens of "
                    "GATEHOUSE_DOCUMENT_TOKENS. Raise it, or use `infer` with all inputs in one variable.",
                    found.name,
                    len(found.inputs),
                    self._settings.document_tokens,
                )
        self._too_wide = frozenset(found.name for found in declarations)
