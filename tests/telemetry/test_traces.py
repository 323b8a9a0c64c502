"""What a collector is sent of operations and emails."""

import ast
from pathlib import Path

import orjson
import pytest

from settings import Settings, SettingsError
from telemetry import traces
from tests import mails
from tests.environ import environ
from tests.journey.client import create_token
from tests.telemetry.collector import tree

ROOT = Path(__file__).parents[2]
INFER = """{ infer(model: "traced", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) {
  version outputs { values } } }"""
REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) { __typename } }"""
PASSWORD = "spans know nothing of this one"  # noqa: S105 - a test's


async def data_and_id(client, query, headers=None, **variables):
    """The data of an answer, and the request's id."""
    answer = await client.post(query, headers=headers, **variables)
    assert "errors" not in answer.json(), answer.text
    return answer.json()["data"], answer.headers["X-Request-ID"]


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
async def client(client_of, ada):
    """Ada's; Redis knows her session."""
    opened = client_of(ada.session)
    await data_and_id(opened, INFER)
    return opened


async def test_a_call_of_a_model_is_one_trace_from_the_operation_to_redis_and_triton(collector, client, ada):
    _, request_id = await data_and_id(client, INFER)

    spans = await collector.trace_of(request_id)

    assert tree(spans) == {
        "query infer": [
            {"admission": [{"redis admit": []}]},
            {"settlement": [{"redis settle": []}]},
            {"triton traced": []},
        ]
    }
    facts = {span.name: span.attributes for span in spans}
    assert facts["query infer"] == {"request_id": request_id, "cost": 1, "user_id": str(ada.id)}
    assert facts["triton traced"] == {"model": "traced", "version": "1"}
    assert facts["admission"] == {"charge": "plan"}
    resource = spans[0].resource
    assert (resource["service.name"], resource["service.version"], resource["gatehouse.role"]) == (
        "gatehouse",
        "0.7.0",
        "api",
    )


async def test_triton_gets_the_id_of_the_span_that_calls_it(collector, client):
    data, request_id = await data_and_id(client, INFER)

    (call,) = [span for span in await collector.trace_of(request_id) if span.name == "triton traced"]
    told = orjson.loads(data["infer"]["outputs"][0]["values"][0])

    assert told["traceparent"] == f"00-{call.trace_id}-{call.id}-03"


async def test_what_a_caller_says_of_a_trace_is_not_believed(collector, client):
    theirs = "0af7651916cd43dd8448eb211c80319c"

    _, request_id = await data_and_id(client, INFER, headers={"traceparent": f"00-{theirs}-b7ad6b7169203331-00"})

    assert {span.trace_id for span in await collector.trace_of(request_id)}.isdisjoint({theirs})


async def test_what_an_operation_asks_of_postgres_is_in_its_trace_as_text_without_values(collector, client):
    query = "mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { __typename } }"
    _, request_id = await data_and_id(client, query, input={"name": "of a trace", "expiresIn": "P1D"})

    spans = await collector.trace_of(request_id)

    asked = {span.name: span.attributes["query"] for span in spans if span.name.startswith("postgres ")}
    assert {"postgres BEGIN", "postgres INSERT", "postgres COMMIT"} <= asked.keys()
    assert asked["postgres INSERT"].startswith('INSERT INTO "audit_events"')
    assert "$1" in asked["postgres INSERT"]
    assert "of a trace" not in str(spans)
    (whole,) = [span for span in spans if not span.parent]
    assert whole.name == "mutation createApiToken"


async def test_no_span_holds_a_credential_a_password_or_an_address(collector, client, ada, client_of, installation):
    token = (await create_token(client, name="secret name"))["token"]
    await data_and_id(client_of(token), INFER)
    address = "grace@example.org"
    _, request_id = await data_and_id(client_of(), REGISTER, input={"email": address, "password": PASSWORD})
    await client_of().post(REGISTER.replace("register(", "regster("), input={"email": address, "password": PASSWORD})
    await client_of("bad." + token).post(INFER)
    await collector.trace_of(request_id)
    await mails.until(lambda: [span for span in collector.spans if span.attributes.get("result") == "sent"])

    written = repr(collector.spans)

    held = (token, ada.session, PASSWORD, address, ada.email, "127.0.0.1", "secret name", "postgres://", "redis://")
    assert [secret for secret in held if secret in written] == []


async def test_a_mail_is_a_trace_of_the_worker(collector, installation, client_of):
    await data_and_id(client_of(), REGISTER, input={"email": "hopper@example.org", "password": PASSWORD})

    await mails.until(lambda: [span for span in collector.spans if span.name == "mail"])

    mail = next(span for span in collector.spans if span.name == "mail")
    assert (mail.attributes["template"], mail.attributes["result"]) == ("verify_email", "sent")
    assert (mail.parent, mail.resource["gatehouse.role"]) == ("", "worker")


async def test_without_the_collector_everything_works_and_the_log_says_so_once(collector, client, installation):
    log = installation.services[0].log
    collector.stop()
    try:
        for _ in range(3):
            data, _ = await data_and_id(client, INFER)
            assert data["infer"]["version"] == "1"
        await mails.until(lambda: "does not accept traces" in log.read_text())
    finally:
        collector.start()

    async def is_taken():
        await data_and_id(client, INFER)
        return "The collector accepts traces again" in log.read_text()

    await mails.until(is_taken)
    assert log.read_text().count("does not accept traces") == 1
    assert "opentelemetry" not in log.read_text()


@pytest.mark.parametrize(("percent", "sent"), [(0, []), (100, ["mail"])])
async def test_so_many_in_a_hundred_are_traced(collector, percent, sent):
    collector.spans.clear()
    settings = Settings.from_environ(environ(TRACES_URL=collector.url, TRACES_PERCENT=str(percent)))

    with traces.sending(settings, role="test"), traces.beginning("mail"):
        assert traces.is_recording() == bool(sent)

    assert [span.name for span in collector.spans if span.resource["gatehouse.role"] == "test"] == sent


def test_what_is_said_by_an_exception_is_in_no_span(collector):
    settings = Settings.from_environ(environ(TRACES_URL=collector.url))
    collector.spans.clear()

    with (
        traces.sending(settings, role="test"),
        pytest.raises(ValueError, match="private"),
        traces.beginning("operation"),
        traces.span("part"),
    ):
        raise ValueError("private")

    spans = [span for span in collector.spans if span.resource["gatehouse.role"] == "test"]
    assert [(span.name, span.attributes) for span in spans] == [
        ("part", {"error": "ValueError"}),
        ("operation", {"error": "ValueError"}),
    ]


@pytest.mark.parametrize(
    "url", ["collector:4317", "ftp://collector:4317", "http://", "http://a:b@host:1", "http://h:99999", "http://h:1/x"]
)
def test_an_address_that_is_none_stops_the_start(url):
    settings = Settings.from_environ(environ(TRACES_URL=url))

    with pytest.raises(SettingsError, match=r"^GATEHOUSE_TRACES_URL must be "), traces.sending(settings, role="test"):
        pass


def test_no_other_room_knows_the_libraries():
    rooms = {path.parent for path in ROOT.glob("*/__init__.py")} - {ROOT / "telemetry", ROOT / "tests"}
    modules = [*ROOT.glob("*.py"), *(path for room in rooms for path in room.rglob("*.py"))]

    knowing = [path for path in modules if {"opentelemetry", "prometheus_client"} & set(imported(path))]

    assert len(modules) > 100
    assert knowing == []


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
