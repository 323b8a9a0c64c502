"""Documents."""

from benchmarks.attacks.request import Request, document


def plain_fields(number: int) -> Request:
    return document("{ models { nodes { " + "name " * 980 + "} } }", number)


def different_fields(number: int) -> Request:
    fields = "id name version versions ready description maxBatchSize streaming cost "
    return document("{ models { nodes { " + fields * 108 + "} } }", number)


def overlapping_fields(number: int) -> Request:
    return document("{ models { " + "nodes { inputs { name } } " * 140 + "} }", number)


def overlapping_fragments(number: int) -> Request:
    fragments = " ".join(
        f"fragment f{i} on Model {{ {'inputs { name } ' * 3} " + " ".join(f"...f{j}" for j in range(i)) + " }"
        for i in range(16)
    )
    return document("{ models { nodes { " + " ".join(f"...f{i}" for i in range(16)) + " } } } " + fragments, number)


def conflicting_arguments(number: int) -> Request:
    return document("{ " + " ".join(f"models(first: {i}) {{ totalCount }}" for i in range(30)) + " }", number)


def conflicting_fields(number: int) -> Request:
    return document("{ models { nodes { " + "x: name x: id " * 15 + " } } }", number)


def unknown_fields(number: int) -> Request:
    return document("{ models { nodes { " + " ".join(f"maxBatchSizes{i}" for i in range(900)) + "} } }", number)


def long_unknown_fields(number: int) -> Request:
    names = " ".join("description" * 5 + f"_{i}" for i in range(900))
    return document("{ models { nodes { " + names + "} } }", number)


def unknown_arguments(number: int) -> Request:
    return document("{ readText(" + " ".join(f"timeouts{i}: 1" for i in range(320)) + ") { text } }", number)


def unknown_input_fields(number: int) -> Request:
    fields = " ".join(f"datatypes{i}: 1" for i in range(320))
    return document('{ infer(model: "x", inputs: [{' + fields + "}]) { version } }", number)


def unknown_enum_values(number: int) -> Request:
    fields = " ".join(f"{{datatype: UINT{i}}}" for i in range(190))
    return document('{ infer(model: "x", inputs: [' + fields + "]) { version } }", number)


def unknown_types(number: int) -> Request:
    fields = " ".join(f"... on TensorDataInputs{i} {{a}}" for i in range(160))
    return document("{ models { nodes { " + fields + " } } }", number)


def unknown_directives(number: int) -> Request:
    return document("{ __typename " + " ".join(f"@include{i}" for i in range(480)) + " }", number)


def unknown_fragments(number: int) -> Request:
    return document("{ " + " ".join(f"...f{i}" for i in range(480)) + " }", number)


def unused_fragments(number: int) -> Request:
    fragments = " ".join(f"fragment f{i} on Model {{id}}" for i in range(140))
    return document("{ __typename } " + fragments, number)


def unused_variables(number: int) -> Request:
    variables = " ".join(f"$v{i}: [TensorInput!]" for i in range(140))
    return document("query (" + variables + ") { __typename }", number)


def undefined_variables(number: int) -> Request:
    spreads = " ".join(f"{{name: $a{i}}}" for i in range(150))
    return document('{ infer(model: "x", inputs: [' + spreads + "]) { version } }", number)


def many_operations(number: int) -> Request:
    return document(" ".join(f"query q{i} {{ service {{ version }} }}" for i in range(120)), number)


def wrong_literals(number: int) -> Request:
    values = " ".join('"' + "x" * 60 + '"' for _ in range(900))
    return document('{ infer(model: "x", inputs: [{name: "a", shape: [' + values + "]}]) { version } }", number)


def long_numbers(number: int) -> Request:
    values = " ".join(["1" * 4000] * 15)
    query = '{ infer(model: "identity", inputs: [{name: "IN_FP32", shape: [1], data: {values: [' + values + "]}}])"
    return document(query + " { version } }", number)


def long_comments(number: int) -> Request:
    return document("{ __typename } " + "\n#".join("c" * 50 for _ in range(900)), number)


def spaces(number: int) -> Request:
    return document("{ __typename } " + " ," * 32_000, number)


def block_string(number: int) -> Request:
    lines = "\n".join("   " + "x" * (i % 5) for i in range(8_000))
    return document('{ model(name: """' + lines + '""") { name } }', number)


def escapes(number: int) -> Request:
    return document('{ model(name: "' + "\\n" * 16_000 + '") { name } }', number)


def syntax_error_in_a_long_line(number: int) -> Request:
    return document("{ __typename } " + " " * 60_000 + "}", number)


def syntax_error_after_many_lines(number: int) -> Request:
    return document("{ __typename } " + "\n" * 30_000 + "}", number)


def errors_far_down(number: int) -> Request:
    return document("{ __typename " + "\n" * 30_000 + " ".join(f"x{i}" for i in range(29)) + "}", number)


def errors_far_down_in_depth(number: int) -> Request:
    fields = " ".join(f"x{i}" for i in range(900))
    return document("{ models { nodes {" + "\n" * 26_000 + fields + "} } }", number)


def introspection(number: int) -> Request:
    from graphql import get_introspection_query

    return document(get_introspection_query(), number)


def introspection_repeated(number: int) -> Request:
    types = "types { name fields(includeDeprecated: true) { name args { name type { name ofType { name } } } } }"
    return document("{ " + " ".join(f"a{i}: __schema {{ {types} }}" for i in range(30)) + " }", number)


def introspection_wide(number: int) -> Request:
    inner = "name kind description ofType { name kind ofType { name kind } }"
    types = " ".join(
        f"fields {{ b{i}: args {{ c: type {{ {inner} }} d: description e: name f: defaultValue }} }}" for i in range(5)
    )
    return document("{ __schema { types { " + types + " } } }", number)


def introspection_with_service(number: int) -> Request:
    from graphql import get_introspection_query

    query = get_introspection_query().replace("__schema {", "service { version } __schema {", 1)
    return document(query, number)


def introspection_in_a_fragment(number: int) -> Request:
    from graphql import get_introspection_query

    query = get_introspection_query().replace("__schema {", "...S } fragment S on Query { __schema {", 1)
    return document(query, number)


def introspection_repeated_with_service(number: int) -> Request:
    request = introspection_repeated(number)
    return {**request, "content": request["content"].replace("{ a0:", "{ service { version } a0:")}
