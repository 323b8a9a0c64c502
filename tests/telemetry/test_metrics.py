"""What Prometheus reads of an API process and of a worker."""

import asyncio
import re
from hashlib import sha256
from pathlib import Path

import httpx2
import prometheus_client
import pytest

import errors
from telemetry import metrics
from tests import mails
from tests.hashing import Hold
from tests.journey.client import create_token, revoke_token
from tests.service import TLS
from tests.telemetry.scraping import address_of, grown, scraped

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
INFER = '{ infer(model: "%s", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version } }'
REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) { __typename } }"""
LOGIN = """mutation ($input: LoginInput!) { login(input: $input) { __typename } }"""
_OF_COUNTS = {"rollup", "reaping", "comparing", "measuring"}
TASKS = {*_OF_COUNTS, "revocations", "cleaning", "counting", "counting_jobs", "job_ends"}
PASSWORD = "a long way home on foot"  # noqa: S105 - a test's


@pytest.fixture
def service(installation):
    return installation.services[0]


@pytest.fixture
async def ada(installation):
    return await installation.person(per_minute=4)


async def test_calls_of_models_are_counted_by_what_became_of_them(service, client_of, ada, installation):
    client = client_of(ada.session)
    await client.run(INFER % "traced")
    before = await scraped(service)

    await client.run(INFER % "traced")
    await client.post(INFER % "nobody has it")
    # Asks twice to be admitted, for its price is told to those alone who may know of it.
    await client.post(INFER % "closed")
    await client.post(INFER % "traced")
    await client_of("bad").post(INFER % "traced")

    names = ("admissions_total", "units_total", "triton_calls_total", "triton_seconds_count", "redis_seconds_count")
    assert await grown(service, before, *names) == {
        ("admissions_total", "plan", "", "admitted"): 3,
        ("admissions_total", "plan", "minute", "RATE_LIMITED"): 1,
        ("units_total", "plan"): 3,
        ("triton_calls_total", "traced", "ok"): 1,
        ("triton_seconds_count", "traced"): 1,
        # Two of the documents are new: whether the credential is live is asked before they are read.
        ("redis_seconds_count", "admit"): 7,
        ("redis_seconds_count", "settle"): 3,
    }


async def test_what_redis_is_not_asked_is_counted_apart(service, client_of, installation, ada):
    client = client_of(ada.session)
    await client.run(INFER % "traced")
    installation.redis.pause()
    try:
        # The first caller may find the outage; later callers do not wait.
        first = await client.post(INFER % "traced")
        before = await scraped(service)
        second = await client.post(INFER % "traced")
        changes = await grown(service, before, "redis_failures_total", "admissions_total")
    finally:
        installation.redis.resume()
    await installation.recovered()

    assert (first.status_code, second.status_code) == (503, 503)
    assert changes == {
        ("redis_failures_total", "circuit"): 1,
        ("admissions_total", "plan", "", "SERVICE_UNAVAILABLE"): 1,
    }


async def test_persisted_queries_are_counted_by_what_became_of_them(service):
    """As many bytes are kept as the query has, and 1 KB."""
    query = "query Persisted { service { health } }"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}
    before = await scraped(service)

    async with httpx2.AsyncClient(base_url=service.url, verify=TLS) as http:
        for members in ({}, {"query": query}, {"query": query}, {}, {}):
            await http.post("/graphql", json=members | {"extensions": extensions})
        await http.post("/graphql", json={"query": query})

    assert await grown(service, before, "persisted_queries_total", "persisted_query_bytes") == {
        ("persisted_queries_total", "miss"): 1,
        ("persisted_queries_total", "kept"): 1,
        ("persisted_queries_total", "hit"): 2,
        ("persisted_query_bytes",): len(query) + 1024,
    }


async def test_a_registration_is_counted_from_the_attempt_to_the_mail(service, client_of, installation):
    before, of_worker = await scraped(service), await scraped(installation.worker)

    await client_of().run(REGISTER, input={"email": "counted@example.org", "password": PASSWORD})
    await client_of().run(LOGIN, input={"email": "counted@example.org", "password": "not this one"})

    assert await grown(service, before, "admissions_total", "units_total", "attempts_total") == {
        ("admissions_total", "visitor", "", "admitted"): 2,
        ("units_total", "visitor"): 2,
        ("attempts_total", "registrations_of_network", "counted"): 1,
        ("attempts_total", "mails_of_network", "counted"): 1,
        ("attempts_total", "mails_to_address", "counted"): 1,
        ("attempts_total", "passwords_of_network", "counted"): 1,
        ("attempts_total", "passwords_at_account", "counted"): 1,
    }

    async def is_sent():
        return await grown(installation.worker, of_worker, "mails_total", "mail_seconds_count") == {
            ("mails_total", "sent", "verify_email"): 1,
            ("mail_seconds_count",): 1,
        }

    await mails.until(is_sent)
    assert (await scraped(installation.worker))["gatehouse_dependency_up", "smtp"] == 1


async def test_a_password_is_counted_while_it_is_hashed_and_one_that_is_refused_is_not(monkeypatch):
    def running():
        return prometheus_client.REGISTRY.get_sample_value("gatehouse_hashing_running")

    hold = Hold(monkeypatch)
    hasher, before = await hold.hasher(1), running()
    hold.close()
    hashing = asyncio.create_task(hasher.hash(PASSWORD))
    await mails.until(hold.begun.is_set)
    meanwhile = running()

    answers = await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(2)), return_exceptions=True)
    hold.open()
    await hashing

    assert meanwhile == before + 1
    assert [type(answer) for answer in answers].count(errors.ServiceUnavailable) == 2
    assert running() == before
    hasher.close()


async def test_a_revocation_is_timed(service, client_of, ada):
    client = client_of(ada.session)
    created = await create_token(client)
    before = await scraped(service)

    await revoke_token(client, created)

    assert await grown(service, before, "revocation_seconds_count") == {("revocation_seconds_count", "redis"): 1}


async def test_a_worker_counts_what_it_folds(client_of, ada, installation):
    before = await scraped(installation.worker)

    await client_of(ada.session).run(INFER % "traced")
    await mails.until(lambda: _is_rolled_up(installation, before))
    await mails.until(lambda: _has_done_all(installation.worker))

    now = await scraped(installation.worker)
    for task in TASKS:
        assert now["gatehouse_task_done_timestamp_seconds", task] > 1_700_000_000
    assert now["gatehouse_redis_memory_bytes", "used"] > 500_000
    assert now["gatehouse_redis_memory_bytes", "most"] == 0
    assert now["gatehouse_rollup_lag_seconds",] < 60
    assert now["gatehouse_epoch",] >= 1


async def _has_done_all(worker):
    """Each task at least once, and no job is left: they are counted now and then."""
    now = await scraped(worker)
    jobs = {state: now.get(("gatehouse_jobs", state)) for state in ("queued", "picked", "failed")}
    tasks = {task for task in TASKS if now.get(("gatehouse_tasks_total", "done", task))}
    return (tasks, jobs) == (TASKS, {"queued": 0, "picked": 0, "failed": 0})


async def _is_rolled_up(installation, before):
    # Of calls that ended before, too: any test of this installation may have left some.
    return ("calls_rolled_up_total",) in await grown(installation.worker, before, "calls_rolled_up_total")


async def test_the_metrics_show_each_dependency(service, installation):
    names = {"postgres", "redis", "triton"}

    async def lag_is_measured():
        return (await scraped(service))["gatehouse_event_loop_lag_seconds_count",] > 0

    await mails.until(lag_is_measured)
    of_api, of_worker = await scraped(service), await scraped(installation.worker)

    assert {name for name in names if of_api["gatehouse_dependency_up", name] == 1} == names
    assert {name for name in names if of_worker.get(("gatehouse_dependency_up", name)) == 1} == names - {"triton"}
    assert of_api["gatehouse_triton_slots",] == 64
    assert of_api["process_resident_memory_bytes",] > 10_000_000


async def test_no_caller_can_create_a_series(service, client_of):
    await client_of().post(INFER % "traced")
    await client_of().post(INFER % "not there")
    await client_of().post("{ nothing }")
    before = set(await scraped(service))

    anonymous = client_of()
    queries = [text for n in range(100) for text in (INFER % f"model-{n}", f"query of{n} {{ field{n} }}")]
    answers = await asyncio.gather(*(anonymous.post(text) for text in queries))

    new = {sample for sample in set(await scraped(service)) - before if sample[0].startswith("gatehouse_")}
    # A machine that is busy with other things may refuse some of them, which is a series or two.
    assert [sample for sample in new if re.search(r"model-|of\d|field\d", repr(sample))] == []
    assert len(new) < 10
    assert len(answers) == 200


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metricsx", "/healthz", "/favicon.ico"])
def test_nothing_else_is_there(service, path):
    assert httpx2.get(f"http://{address_of(service)}{path}").status_code == 404


def test_the_api_itself_serves_no_metrics(service):
    assert httpx2.get(f"{service.url}/metrics").status_code == 404


def test_the_page_tells_of_every_metric_and_of_no_other():
    rows = re.findall(r"^\| `(gatehouse_\w+)` \|(.*?)\|", PAGE, re.MULTILINE)
    written = {name: labels.strip() for name, labels in rows}
    declared = {name: one for name, one in vars(metrics).items() if name.isupper() and hasattr(one, "_labelnames")}

    there = {_shown(one): ", ".join(f"`{label}`" for label in one._labelnames) for one in declared.values()}

    assert len(there) > 25
    assert written == there


def _shown(metric):
    """By its name in Prometheus; a histogram without the ends of its series."""
    (family,) = metric.describe()
    return family.name + ("_total" if family.type == "counter" else "")
