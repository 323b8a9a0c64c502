"""Operations for every field at the root, by schemathesis; and the same with their arguments in variables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import schemathesis
from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    build_client_schema,
    get_named_type,
    parse,
    parse_const_value,
    parse_type,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import strategies
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    10**30,
    "",
    "None",
    "\0",
    "é\u2028",
    "x" * 300,
    [],
    [None],
    {},
    {"x": 1},
)
_TEXTS = strategies.text(max_size=20)
_DURATIONS = strategies.sampled_from(["PT0S", "PT1S", "PT0.000001S", "P1D", "P7D", "P100Y", "P101Y", "PT999999999H"])
_DATES = strategies.sampled_from(["0001-01-01", "9999-12-31", "2026-11-28", "2026-02-30", "2026-W48-6", "2026-11-01"])
_JSON = strategies.recursive(
    strategies.sampled_from(["1", "-1", "1.5", "true", '"a"', '"NaN"', "null", "300", "9223372036854775808", "1e400"]),
    lambda inner: strategies.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
    max_leaves=8,
).map(lambda text: parse(f"{{a(b: {text})}}").definitions[0].selection_set.selections[0].arguments[0].value)  # type: ignore[attr-defined]
# schemathesis knows only GraphQL's own scalars and some usual ones.
_SCALARS = {
    "Duration": strategies.one_of(_DURATIONS, _TEXTS).map(nodes.String),
    "Date": strategies.one_of(_DATES, strategies.dates().map(str), _TEXTS).map(nodes.String),
    "TensorData": _JSON,
    # A file comes in a form; in JSON there is none.
    "Upload": strategies.just(NullValueNode()),
    "Count": strategies.integers().map(nodes.Int),
}


# They end what is needed for all others.
_LAST = frozenset(
    f"Mutation.{name}"
    for name in ("logout", "revokeSession", "revokeOtherSessions", "revokeApiToken", "deleteApiToken", "changePassword",
                 "deleteAccount")
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Root:
    """A field at the root; `requests` are odd ones for it, by a random number that a test draws."""

    name: str
    requests: strategies.SearchStrategy[Request]

    @property
    def is_subscription(self) -> bool:
        return self.name.startswith("Subscription.")


def of(introspected: Mapping[str, Any], known: Mapping[str, list[str]]) -> list[Root]:
    """First the fields that leave credentials alive. `introspected` is the answer to introspection with one-of inputs.

    `known` are texts that mean something to this service, by the name of the argument or the field of an input.
    """
    for name, strategy in _SCALARS.items():
        schemathesis.graphql.scalar(name, strategy)
    roots = [*_roots(introspected, known), *_subscriptions(introspected, known)]
    return sorted(roots, key=lambda root: root.name in _LAST)


def _subscriptions(introspected: Mapping[str, Any], known: Mapping[str, list[str]]) -> Iterator[Root]:
    """schemathesis knows none, so it takes them for queries of another schema."""
    schema = introspected["__schema"]
    changed = {**schema, "queryType": schema["subscriptionType"], "mutationType": None, "subscriptionType": None}
    for root in _roots({"__schema": changed}, known):
        yield Root(root.name, root.requests.map(_as_subscription))


def _as_subscription(request: Request) -> Request:
    definitions = tuple(
        replace(one, operation=OperationType.SUBSCRIPTION) if isinstance(one, OperationDefinitionNode) else one
        for one in parse(request.query).definitions
    )
    return Request(print_ast(DocumentNode(definitions=definitions)), request.variables)


def _roots(introspected: Mapping[str, Any], known: Mapping[str, list[str]]) -> Iterator[Root]:
    schema = build_client_schema(introspected)  # type: ignore[arg-type]
    loaded = schemathesis.graphql.from_dict(dict(introspected))
    for found in loaded.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        cases = strategies.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )
        seeds = strategies.integers(min_value=0, max_value=2**32)
        make = _maker(schema, known)
        yield Root(operation.label, strategies.builds(make, cases.map(lambda case: str(case.body)), seeds))


def _maker(schema: GraphQLSchema, known: Mapping[str, list[str]]) -> Callable[[str, int], Request]:
    def make(text: str, seed: int) -> Request:
        random = Random(seed)  # noqa: S311 - no secret
        document = visit(parse(text), TypeInfoVisitor(info := TypeInfo(schema), _Sense(info, known, random)))
        return Request(print_ast(document)) if random.random() < 0.4 else _with_variables(document, schema, random)

    return make


class _Sense(Visitor):
    """Makes most values mean something: one field of each one-of input, and names that there are."""

    def __init__(self, info: TypeInfo, known: Mapping[str, list[str]], random: Random) -> None:
        super().__init__()
        self._info, self._known, self._random = info, known, random

    def enter_object_value(self, node: ObjectValueNode, *_: Any) -> ObjectValueNode | None:
        kind = get_named_type(self._info.get_input_type())
        given = [one for one in node.fields if not isinstance(one.value, NullValueNode)]
        if isinstance(kind, GraphQLInputObjectType) and kind.is_one_of and given and self._random.random() < 0.9:
            return ObjectValueNode(fields=(self._random.choice(given),))
        return None

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        value = self._value(node.name.value, node.value)
        return ArgumentNode(name=node.name, value=value) if value else None

    def leave_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode | None:
        value = self._value(node.name.value, node.value)
        return ObjectFieldNode(name=node.name, value=value) if value else None

    def _value(self, name: str, value: ValueNode) -> ValueNode | None:
        if isinstance(value, StringValueNode) and name in self._known and self._random.random() < 0.7:
            return StringValueNode(value=self._random.choice(self._known[name]))
        return None


def _with_variables(document: DocumentNode, schema: GraphQLSchema, random: Random) -> Request:
    info = TypeInfo(schema)
    lifting = _Lifting(info, random)
    lifted = visit(document, TypeInfoVisitor(info, lifting))
    definitions = tuple(
        _declaring(one, lifting.declared) if isinstance(one, OperationDefinitionNode) else one
        for one in lifted.definitions
    )
    return Request(print_ast(DocumentNode(definitions=definitions)), lifting.values)


def _declaring(operation: OperationDefinitionNode, declared: list[VariableDefinitionNode]) -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=operation.operation,
        selection_set=operation.selection_set,
        variable_definitions=tuple(declared),
        directives=(),
    )


class _Lifting(Visitor):
    """Moves arguments and fields of inputs into variables, some of which get another value or none."""

    def __init__(self, info: TypeInfo, random: Random) -> None:
        super().__init__()
        self._info, self._random = info, random
        self.declared: list[VariableDefinitionNode] = []
        self.values: dict[str, Any] = {}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        value = self._lifted(node.value)
        return ArgumentNode(name=node.name, value=value) if value else None

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode | None:
        value = self._lifted(node.value)
        return ObjectFieldNode(name=node.name, value=value) if value else None

    def _lifted(self, value: ValueNode) -> ValueNode | None:
        kind = self._info.get_input_type()
        if kind is None or isinstance(value, VariableNode) or self._random.random() < 0.4:
            return None
        name = NameNode(value=f"v{len(self.declared)}")
        variable = VariableNode(name=name)
        # One that may be null may stand where null may not, if there is a default.
        text, default = str(kind), None
        parent = get_named_type(self._info.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType) and parent.is_one_of and self._random.random() < 0.9:
            text = f"{text}!"
        elif text.endswith("!") and not isinstance(value, NullValueNode) and self._random.random() < 0.3:
            text, default = text[:-1], parse_const_value(print_ast(value))
        self.declared.append(
            VariableDefinitionNode(variable=variable, type=parse_type(text), default_value=default, directives=())
        )
        if self._random.random() < 0.95:
            self.values[name.value] = self._changed(value_from_ast_untyped(value))
        return variable

    def _changed(self, value: Any) -> Any:
        if self._random.random() < 0.08:
            return self._random.choice(ODD)
        if isinstance(value, list):
            return [self._changed(item) for item in value]
        if isinstance(value, dict):
            changed = {name: self._changed(member) for name, member in value.items() if self._random.random() < 0.98}
            return changed | ({"x": 1} if self._random.random() < 0.03 else {})
        return value
