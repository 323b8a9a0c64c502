"""Documents: parsed, checked for size and depth, validated and cached, so that each text is processed once."""

import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property, partial

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Source,
    SourceLocation,
    TokenKind,
    parse,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

import errors
from graph.compiled import CompiledSchema
from graph.execution.document_rules import RULES
from graph.execution.plans import Document
from settings import Settings

# Tokens of all cached documents. A token takes about 0.5 KB. What is prepared to execute it takes up to 0.8 KB more,
# and the functions that are written for selections that run often up to 0.7 KB, where fragments are spread as often as
# they may be. So anonymous callers can fill at most about 200 MB. It is room for 500 documents of an ordinary front
# end.
_KEPT_TOKENS = 100_000
_LEAST_TOKENS = 20
_CHARACTERS_AS_A_TOKEN = 64
# In characters. Strings and comments may be as long as a body, which is long for callers with a credential.
_LONGEST_KEPT = 64 * 1024
# More at once are of no use to a reader, and each costs time: graphql-core looks for similar names.
_MOST_PROBLEMS = 20
# A tenth of graphql-core's own limit: 150 equal fields side by side still pass, and more are refused soon.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000
# Python reads up to 4,300.
_MOST_DIGITS = 1000
# A type of `typed` has 261 at most. An alias is repeated in each row of an answer: with an alias of 1 MB, a year of
# usage by the hour would be an answer of 8 GB.
_LONGEST_NAME = 300
_STRINGS = frozenset({TokenKind.STRING, TokenKind.BLOCK_STRING})
_LINE_END = re.compile(r"\r\n|[\n\r]")

# Runs a piece of work in a thread, when its turn comes.
Aside = Callable[[Callable[[], Document]], Awaitable[Document]]


class InvalidDocument(Exception):
    """`problems` are the places where the document does not parse or does not fit the schema."""

    def __init__(self, problems: list[GraphQLError]) -> None:
        self.problems = problems
        super().__init__(problems[0].message)


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self.schema = schema
        self._compiled_schema = CompiledSchema(schema)
        self._settings = settings
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._kept_tokens = 0

    async def prepare(self, text: str, *, operation_name: str | None, may_mutate: bool, aside: Aside) -> Document:
        """`aside` processes a document that is not in the cache: in one thread, one document after another.

        Raises QueryTooComplex, BadRequest, MethodNotAllowed, InvalidDocument, and what `aside` raises.
        """
        document = self.find(text)
        if document is None:
            document = await aside(partial(self._read_once, text, operation_name, may_mutate))
        if not may_mutate:
            _check_method(document.node, operation_name, may_mutate)
        return document

    def find(self, text: str) -> Document | None:
        """One that is in the cache. For a request that may mutate there is nothing more to check."""
        document = self._kept.get(text)
        if document is not None:
            try:
                self._kept.move_to_end(text)
            except KeyError:  # the thread may have dropped it by now
                pass
        return document

    def _read_once(self, text: str, operation_name: str | None, may_mutate: bool) -> Document:
        # A thousand clients of a new release ask for the same document at once: all but the first find it here.
        document = self._kept.get(text)
        if document is None:
            document = self._read(text, operation_name, may_mutate)
            self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        if len(text) <= _LONGEST_KEPT:
            self._kept[text] = document
            self._kept_tokens += _weight(text, document)
        while self._kept_tokens > _KEPT_TOKENS:
            self._kept_tokens -= _weight(*self._kept.popitem(last=False))

    def _read(self, text: str, operation_name: str | None, may_mutate: bool) -> Document:
        try:
            document = self._parse(text)
            self._check_size(document)
            _check_tokens(document)
            _check_method(document, operation_name, may_mutate)
            problems = validate(self.schema, document, RULES, max_errors=_MOST_PROBLEMS)
        except RecursionError as error:
            raise errors.QueryTooComplex("The document is nested too deeply.") from error
        if any(problem.message == "Validation aborted." for problem in problems):
            raise errors.QueryTooComplex("The document repeats its fields too often to be validated.")
        if problems:
            raise InvalidDocument(problems)
        return Document(self._compiled_schema, document)

    def _parse(self, text: str) -> DocumentNode:
        most = self._settings.document_tokens
        try:
            return parse(Text(text), max_lexical_tokens=most, max_comments=most, allow_empty_selection_sets=False)
        except GraphQLError as error:
            if "Parsing aborted" in error.message:
                raise errors.QueryTooComplex(error.message) from error
            raise InvalidDocument([error]) from error

    def _check_size(self, document: DocumentNode) -> None:
        settings, sizes = self._settings, _Sizes(document)
        for operation in _operations(document):
            size = sizes.of(operation.selection_set)  # fragments count where they are spread
            _refuse_more("levels", size.depth, settings.document_depth)
            _refuse_more("aliases", size.aliases, settings.document_aliases)
            _refuse_more("fields at its root", size.fields, settings.document_root_fields)


class Text(Source):
    """Finds the line of a problem fast. graphql-core counts all lines for each: 20 in 30,000 lines took 65 ms."""

    @cached_property
    def _line_ends(self) -> list[tuple[int, int]]:
        return [found.span() for found in _LINE_END.finditer(self.body)]

    def get_location(self, position: int) -> SourceLocation:
        before = bisect_left(self._line_ends, (position, 0))
        line_start = self._line_ends[before - 1][1] if before else 0
        return SourceLocation(before + 1, position + 1 - line_start)


def _weight(text: str, document: Document) -> int:
    return _LEAST_TOKENS + document.node.token_count + len(text) // _CHARACTERS_AS_A_TOKEN


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [found for found in document.definitions if isinstance(found, OperationDefinitionNode)]


def _check_method(document: DocumentNode, operation_name: str | None, may_mutate: bool) -> None:
    for operation in _operations(document):
        chosen = operation_name is None or (operation.name is not None and operation.name.value == operation_name)
        if chosen and operation.operation is OperationType.MUTATION and not may_mutate:
            raise errors.MethodNotAllowed("A mutation cannot come by GET. Send it by POST.", allowed=("POST",))


def _check_tokens(document: DocumentNode) -> None:
    """Makes the checks that json_bodies makes for variables: a document has its own strings and numbers."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        value = token.value or ""
        if token.kind in _STRINGS and "\0" in value:
            raise errors.BadRequest("The document holds a NUL character.")
        if token.kind is TokenKind.INT and len(value) > _MOST_DIGITS:
            raise errors.BadRequest(f"The document holds a number of more than {_MOST_DIGITS} digits.")
        if token.kind is TokenKind.NAME and len(value) > _LONGEST_NAME:
            raise errors.QueryTooComplex(f"The document has a name of more than {_LONGEST_NAME} characters.")
        token = token.next


def _refuse_more(what: str, count: int, most: int) -> None:
    if count > most:
        raise errors.QueryTooComplex(f"The document has more than {most} {what}, with every fragment put in its place.")


@dataclass(frozen=True, slots=True)
class _Size:
    """Levels of fields, aliases at any level, and fields at this level. Fragments count where they are spread."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0

    def beside(self, other: "_Size") -> "_Size":
        return _Size(max(self.depth, other.depth), self.aliases + other.aliases, self.fields + other.fields)


class _Sizes:
    """Measures each fragment once: walking it at every spread takes exponential time for a hostile document."""

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
        if field.name.value not in ("__schema", "__type"):
            return _Size(below.depth + 1, below.aliases + (field.alias is not None), 1)
        # Each level of introspection lists the types again: 30 aliases would answer with millions of fields.
        if below.aliases or (field.alias and field.name.value == "__schema"):
            raise errors.QueryTooComplex("Introspection takes no aliases, save of `__type` itself.")
        # Its depth is not counted, as introspection nests deeper than other queries; graphql-core has a rule for it.
        return _Size(1, int(field.alias is not None), 1)

    def _of_fragment(self, name: str) -> _Size:
        if name not in self._measured:
            self._measured[name] = _Size()  # for a fragment that spreads itself, which validation refuses
            if name in self._fragments:
                self._measured[name] = self.of(self._fragments[name].selection_set)
        return self._measured[name]
