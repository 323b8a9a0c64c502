"""Documents: parsed, held against the limits, validated, and kept, so that each text is worked on once."""

from dataclasses import dataclass
from functools import lru_cache

import strawberry
from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    specified_rules,
)
from strawberry.schema.schema import validate_document

import errors
from settings import Settings

# A document of 1,000 tokens takes up to about 1 MB, so this bounds what strangers can make us keep.
_KEPT = 100


class InvalidDocument(Exception):
    """`problems` say where the document does not parse or does not fit the schema."""

    def __init__(self, problems: list[GraphQLError]) -> None:
        self.problems = problems
        super().__init__(problems[0].message)


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: strawberry.Schema, settings: Settings) -> None:
        self._schema = schema
        self._settings = settings
        # Only sound documents are kept: a refusal raises, and lru_cache keeps no exceptions.
        self.prepare = lru_cache(maxsize=_KEPT)(self._prepare)

    def _prepare(self, text: str, *, may_mutate: bool) -> DocumentNode:
        """Raises QueryTooComplex and MethodNotAllowed before anything is validated, and InvalidDocument."""
        try:
            document = self._parse(text)
            self._check_size(document)
        except RecursionError as error:
            raise errors.QueryTooComplex("The document is nested too deeply.") from error
        if not may_mutate and any(_is_mutation(definition) for definition in document.definitions):
            raise errors.MethodNotAllowed("A mutation must be sent by POST.")
        if problems := validate_document(self._schema._schema, document, tuple(specified_rules)):
            raise InvalidDocument(problems)
        return document

    def _parse(self, text: str) -> DocumentNode:
        most = self._settings.document_tokens
        try:
            return parse(text, max_lexical_tokens=most, max_comments=most, allow_empty_selection_sets=False)
        except GraphQLError as error:
            if "Parsing aborted" in error.message:
                raise errors.QueryTooComplex(error.message) from error
            raise InvalidDocument([error]) from error

    def _check_size(self, document: DocumentNode) -> None:
        settings, sizes = self._settings, _Sizes(document)
        for definition in document.definitions:
            if not isinstance(definition, OperationDefinitionNode):
                continue  # fragments count where they are spread
            size = sizes.of(definition.selection_set)
            _refuse_more("levels", size.depth, settings.document_depth)
            _refuse_more("aliases", size.aliases, settings.document_aliases)
            _refuse_more("fields at its root", size.fields, settings.document_root_fields)


def _is_mutation(definition: DefinitionNode) -> bool:
    return isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION


def _refuse_more(what: str, count: int, most: int) -> None:
    if count > most:
        raise errors.QueryTooComplex(f"The document has more than {most} {what}, with every fragment put in its place.")


@dataclass(frozen=True, slots=True)
class _Size:
    """With fragments put in their places: levels of fields, aliases at any level, fields at this level."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0

    def beside(self, other: "_Size") -> "_Size":
        return _Size(max(self.depth, other.depth), self.aliases + other.aliases, self.fields + other.fields)


class _Sizes:
    """Each fragment is measured once: walking it at every spread takes exponential time on hostile documents."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, _Size] = {}

    def of(self, selections: SelectionSetNode) -> _Size:
        size = _Size()
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                size = size.beside(self._of_field(selection))
            elif isinstance(selection, InlineFragmentNode):
                size = size.beside(self.of(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                size = size.beside(self._of_fragment(selection.name.value))
        return size

    def _of_field(self, field: FieldNode) -> _Size:
        below = self.of(field.selection_set) if field.selection_set else _Size()
        # Introspection nests deeper than any query has reason to; graphql-core bounds it by a rule of its own.
        depth = 1 if field.name.value in ("__schema", "__type") else below.depth + 1
        return _Size(depth, below.aliases + (field.alias is not None), 1)

    def _of_fragment(self, name: str) -> _Size:
        if name not in self._measured:
            self._measured[name] = _Size()  # for a fragment that spreads itself, which validation refuses
            if name in self._fragments:
                self._measured[name] = self.of(self._fragments[name].selection_set)
        return self._measured[name]
