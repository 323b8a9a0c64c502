"""The GraphQL face of Gatehouse: types, queries, the schema, and GraphQL over HTTP."""

from contextlib import ExitStack

import lazy_init
import settings  # noqa: F401 - before anything else imports Starlette

_MIDDLEWARE = {
    "asgi2": "ASGI2Middleware",
    "message_logger": "MessageLoggerMiddleware",
    "proxy_headers": "ProxyHeadersMiddleware",
    "wsgi": "WSGIMiddleware",
}
# What graphql-core has for clients, and for schemas that are text.
_FOR_TEXT_AND_CLIENTS = {
    "utilities.build_ast_schema": ("build_ast_schema", "build_schema"),
    "utilities.build_client_schema": ("build_client_schema",),
    "utilities.extend_schema": ("extend_schema",),
    "utilities.find_schema_changes": (
        "BreakingChange",
        "BreakingChangeType",
        "DangerousChange",
        "DangerousChangeType",
        "SafeChange",
        "SafeChangeType",
        "SchemaChange",
        "find_breaking_changes",
        "find_dangerous_changes",
        "find_schema_changes",
    ),
    "utilities.get_introspection_query": ("IntrospectionQuery", "get_introspection_query"),
    "utilities.introspection_from_schema": ("introspection_from_schema",),
    "utilities.lexicographic_sort_schema": ("lexicographic_sort_schema",),
    "utilities.resolve_schema_coordinate": (
        "ResolvedDirective",
        "ResolvedDirectiveArgument",
        "ResolvedEnumValue",
        "ResolvedField",
        "ResolvedFieldArgument",
        "ResolvedInputField",
        "ResolvedNamedType",
        "ResolvedSchemaElement",
        "resolve_ast_schema_coordinate",
        "resolve_schema_coordinate",
    ),
    "validation.rules.custom.no_deprecated": ("NoDeprecatedCustomRule",),
    "validation.rules.custom.no_schema_introspection": ("NoSchemaIntrospectionCustomRule",),
    "validation.rules.lone_schema_definition": ("LoneSchemaDefinitionRule",),
    "validation.rules.possible_type_extensions": ("PossibleTypeExtensionsRule",),
    "validation.rules.unique_argument_definition_names": ("UniqueArgumentDefinitionNamesRule",),
    "validation.rules.unique_directive_names": ("UniqueDirectiveNamesRule",),
    "validation.rules.unique_enum_value_names": ("UniqueEnumValueNamesRule",),
    "validation.rules.unique_field_definition_names": ("UniqueFieldDefinitionNamesRule",),
    "validation.rules.unique_operation_types": ("UniqueOperationTypesRule",),
    "validation.rules.unique_type_names": ("UniqueTypeNamesRule",),
}

# For pages and their files, usage as CSV, and answers that set a cookie. uvicorn has the last one for logs.
lazy_init.of("csv", "gzip", "html", "http.cookies", "logging.config")
# Of uvicorn the service uses the server. Its `__init__` imports its command line and its reloaders as well.
lazy_init.of("uvicorn")
lazy_init.names("uvicorn", Config="config")
with ExitStack() as stack:
    stack.enter_context(lazy_init.deferred("configparser", "RawConfigParser"))
    for name, middleware in _MIDDLEWARE.items():
        stack.enter_context(lazy_init.deferred(f"uvicorn.middleware.{name}", middleware))
    lazy_init.modules("uvicorn", "config")
# The schema is no part of a federation, and has no extensions.
lazy_init.of("strawberry", "strawberry.federation", "strawberry.extensions")
lazy_init.names("strawberry.extensions", SchemaExtension="base_extension", FieldExtension="field_extension")
with ExitStack() as stack:
    # For Strawberry's own DateTime; graph/scalars.py has another one.
    stack.enter_context(lazy_init.deferred("dateutil.parser", "isoparse"))
    stack.enter_context(lazy_init.deferred("strawberry.printer", "print_schema"))
    for name, functions in _FOR_TEXT_AND_CLIENTS.items():
        stack.enter_context(lazy_init.deferred(f"graphql.{name}", *functions))
    from strawberry import Schema  # noqa: F401 - its `__init__` runs here
