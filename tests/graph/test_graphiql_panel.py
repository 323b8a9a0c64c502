"""The account panel of GraphiQL and its first query: what they send is what the service takes."""

import re
from typing import Any
from uuid import uuid4

from graphql import build_schema, parse, validate

from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import PASSWORD, PREFLIGHT, code
from tests.graph.graphiql_files import ROOT, STATIC, own_scripts
from tests.service import Client, Service


def test_the_panel_knows_how_long_a_password_must_be_here() -> None:
    assert "const LEAST = document.body.dataset.passwordMinLength;" in own_scripts()["joining.js"]
    assert re.findall(r"\d+ characters", "".join(own_scripts().values())) == []


def test_the_page_sends_what_the_endpoint_asks_for() -> None:
    script = (STATIC / "credential.js").read_text("utf-8")

    assert 'Accept: "application/graphql-response+json, application/json, text/event-stream"' in script
    assert '"GraphQL-Require-Preflight": "1"' in script
    assert "fetch(window.location.pathname, options)" in script
    assert 'credentials = withCookies && !sent.has("Authorization") ? "same-origin" : "omit"' in script


def test_a_credential_is_kept_no_longer_than_the_tab_and_goes_to_the_endpoint_only() -> None:
    kept = re.compile(r"localStorage|indexedDB|document\.cookie|\bcaches\b|sessionStorage\.\w+\(.*")
    sent = re.compile(r"\bfetch\(.*|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\baction:")

    assert {name: kept.findall(text) for name, text in own_scripts().items() if kept.search(text)} == {
        "credential.js": [
            'sessionStorage.getItem(KEY)), challenge: null, message: "" };',
            "sessionStorage.setItem(KEY, JSON.stringify(credential));",
            "sessionStorage.removeItem(KEY);",
        ]
    }
    assert {name: sent.findall(text) for name, text in own_scripts().items() if sent.search(text)} == {
        "credential.js": ["fetch(window.location.pathname, options);"]
    }


def operations() -> dict[str, str]:
    """What the panel sends, by its name in the scripts."""
    texts = "\n".join(own_scripts().values())
    found = dict(re.findall(r"^(?:export )?const ([A-Z_]+) = [`\"]([^`\"]+)[`\"];$", texts, re.M))
    refusal = found.pop("REFUSAL")
    named = {name: text for name, text in found.items() if name not in ("KEY", "WELCOME")}
    return {name: text + refusal if "...refusal" in text else text for name, text in named.items()}


def first_query() -> str:
    (query,) = re.findall(r"^const WELCOME = `([^`]+)`;$", own_scripts()["page.js"], re.M)
    return str(query)


def test_a_failure_to_reach_the_service_is_shown_without_a_stack() -> None:
    assert "({ message }) => controller.signal.aborted || error({ message })," in own_scripts()["page.js"]


def test_the_panel_asks_for_what_the_schema_has() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))

    assert set(operations()) == {
        "LOGIN",
        "COMPLETE_LOGIN",
        "LOGOUT",
        "CURRENT_API_TOKEN",
        "REGISTER",
        "VERIFY",
        "RESEND",
        "REQUEST_RESET",
        "RESET",
    }
    assert {name: validate(schema, parse(text)) for name, text in operations().items()} == {
        name: [] for name in operations()
    }


async def test_the_first_query_works_without_a_credential_and_costs_nothing(guarded: Service) -> None:
    client = Client(guarded.url)
    answer = await client.run(first_query())
    await client.aclose()

    assert answer == {
        "service": {"version": "0.7.0", "health": "UP"},
        "rateLimit": {"cost": 0, "windows": []},
    }


def for_later() -> tuple[str, str]:
    """What the comments of the first query name: a query for models and a mutation for an API token."""
    later = "\n".join(line.removeprefix("#") for line in first_query().splitlines())
    (models,) = re.findall(r"^ \{\n   models .*?^ \}$", later, re.M | re.S)
    (make,) = re.findall(r"^ mutation \{\n.*?^ \}$", later, re.M | re.S)
    return models, make


def test_the_documents_that_it_names_for_later_are_of_the_schema() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))

    assert [validate(schema, parse(document)) for document in for_later()] == [[], []]


async def test_a_token_made_as_its_comments_say_runs_the_query_that_they_name(post: Any, ada: Any) -> None:
    models, make = for_later()

    made = await post(make, headers=PREFLIGHT | {"Authorization": f"Bearer {ada.session}"})
    token = made.json()["data"]["createApiToken"]["token"]
    found = await post(models, headers=PREFLIGHT | {"Authorization": f"Bearer {token}"})

    assert found.json()["data"]["models"]["nodes"] != []


async def test_from_a_registration_to_a_login_by_what_the_panel_sends(post: Any, mailed: Any) -> None:
    email, sent = f"{uuid4()}@example.org", operations()

    registered = await post(sent["REGISTER"], email=email, password=PASSWORD, locale="zh-TW")
    verified = await post(sent["VERIFY"], code=await mailed(email, "verify_email"))
    logged_in = await post(sent["LOGIN"], email=email, password=PASSWORD)
    session = logged_in.json()["data"]["login"]["token"]
    await post(sent["REQUEST_RESET"], email=email)
    reset = await post(sent["RESET"], code=await mailed(email, "reset_password"), newPassword="a sentence of a user")
    out = await post(sent["LOGOUT"], headers=PREFLIGHT | {"Authorization": f"Bearer {session}"})

    assert registered.json()["data"] == {"result": {"email": email}}
    assert verified.json()["data"] == {"result": {"email": email}}
    assert reset.json()["data"]["result"].keys() == {"at"}
    # The reset has ended it.
    assert code(out) == "UNAUTHENTICATED"


def test_password_managers_know_the_fields() -> None:
    script = own_scripts()["account.js"] + own_scripts()["joining.js"]

    assert re.findall(r'(?:name: "(\w+)".* )?autoComplete: "([\w-]+)"', script) == [
        ("email", "username"),
        ("password", "current-password"),
        ("token", "off"),
        ("code", "one-time-code"),
        ("email", "username"),
        ("", "new-password"),
        ("code", "one-time-code"),
    ]
    assert re.findall(r'name: "(\w+)", \.\.\.NEW_PASSWORD', script) == ["password", "newPassword"]
