"""What the fields of the schema cost, and which limit it is spent from."""

from graphql import print_ast

from tests.schema_file import DEFINITIONS


def _price(field) -> dict[str, str]:
    """The arguments of its `@cost`, by their names."""
    directives = [directive for directive in field.directives or () if directive.name.value == "cost"]
    return {argument.name.value: print_ast(argument.value) for each in directives for argument in each.arguments}


def test_the_fields_that_run_models_have_their_price():
    prices = {field.name.value: _price(field) for field in DEFINITIONS["Query"].fields}

    assert {name: price for name, price in prices.items() if price.get("fromModel") == "true"} == {
        "infer": {"window": "PLAN", "fromModel": "true"},
        "readText": {"window": "PLAN", "fromModel": "true"},
        "readTexts": {"window": "PLAN", "fromModel": "true", "perItemOf": '"images"'},
        "readDocument": {"window": "PLAN", "fromModel": "true", "perItemOf": '"pages"'},
    }
    assert {name: price["weight"] for name, price in prices.items() if "weight" in price} == {"exportUsage": "10"}


def test_each_field_at_the_root_and_each_that_runs_a_model_names_its_limit():
    fields = {
        f"{kind.name.value}.{field.name.value}": field
        for kind in DEFINITIONS.values()
        for field in getattr(kind, "fields", None) or ()
        if kind.name.value in ("Query", "Mutation", "Subscription") or _price(field).get("fromModel") == "true"
    }

    windows = {name: _price(field).get("window") for name, field in fields.items()}

    assert [name for name, window in windows.items() if window is None] == []
    assert {name for name, window in windows.items() if window == "PLAN"} == {
        *(f"Query.{name}" for name in ("infer", "model", "models", "readDocument", "readText", "readTexts", "typed")),
        "TypedModels.similarity",
        "TypedModels.text_reader",
        "TypedStreams.similarity",
        "TypedStreams.text_reader",
        "Subscription.infer",
        "Subscription.typed",
    }
    assert {name for name, window in windows.items() if window == "EXEMPT"} == {
        *(f"Mutation.{name}" for name in ("logout", "revokeSession", "revokeOtherSessions")),
        *(f"Mutation.{name}" for name in ("revokeApiToken", "deleteApiToken")),
        *(f"Mutation.{name}" for name in ("suspendUser", "revokeUserApiToken")),
    }
    assert [windows["Query.rateLimit"], windows["Query.service"]] == ["ANY", "NONE"]
    assert set(windows.values()) == {"PLAN", "ACCOUNT", "EXEMPT", "ANY", "NONE"}
