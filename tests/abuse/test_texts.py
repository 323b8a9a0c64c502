"""The longest and oddest text in every place of the schema and in every header; then all later steps still work."""

import asyncio
import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from graphql import build_client_schema, get_introspection_query

from access.credentials import Credential, Kind
from access.passwords import Hasher
from tests.abuse import text_inputs, texts
from tests.events import EVENTS, first
from tests.journey.client import ACCEPT, TEXT, codes, create_token, revoke_token
from tests.mails import recipients, until
from tests.service import Service
from tests.transport import Transport

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"  # noqa: S105 - a test's own

# An image of one pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

# What a field needs beside the text, by the end of its path, or by the whole of it.
KNOWN = {
    "String": "a",
    "ID": "a",
    "Int": 1,
    "Boolean": False,
    "Duration": "P1D",
    "password": PASSWORD,
    "currentPassword": PASSWORD,
    "newPassword": "another horse battery",
    "code": "AAAA-BBBB",
    "from": "2026-10-30",
    "to": "2026-11-05",
    "values": ["a"],
    "base64": PIXEL,
    "infer.model": "text",
    "infer.inputs.name": "IN",
    "model.name": "text",
    "createJob.input.model": "text",
    "createJob.input.inputs.name": "IN",
}
# Refused before anything is done: any other code shows that the text went further.
_AT_THE_EDGE = {"BAD_REQUEST", "INVALID_INPUT", "INVALID_TENSOR", "INVALID_IMAGE", "PAYLOAD_TOO_LARGE"}
# Places where none of the texts goes further, with the reason.
TAKES_NONE = {
    "models(after)": "a cursor is checked",
    "me.securityEvents(after)": "a cursor is checked",
    "me.apiTokens(after)": "a cursor is checked",
    "me.jobs(after)": "a cursor is checked",
    "createJob(input.inputs.name)": "an input is one that the model declares",
    "createJob(input.outputs)": "an output is one that the model declares",
    "createJob(input.inputs.data.base64)": "the bytes fit no string",
    "exportUsage(month)": "a month has one form",
    "createApiToken(input.allowedNetworks)": "a network is checked",
    "createJob(input.webhook.url)": "a URL is checked, and the caller has no signing secret",
    "infer(inputs.name)": "an input is one that the model declares",
    "infer(outputs)": "an output is one that the model declares",
    "infer(inputs.data.base64)": "the bytes fit no string",
    "typed.text(IN.data.base64)": "bytes need a shape",
    "readText(image.base64)": "it is no image",
    "readTexts(images.base64)": "it is no image",
    "readDocument(file.base64)": "it is no document",
}
# Queries that run a model; of any other, nothing is kept.
_RUN_MODELS = {"infer", "typed", "readText", "readTexts", "readDocument"}
OURS = {"INTERNAL", "SERVICE_UNAVAILABLE", "RATE_LIMITED"}
# Those that no code of ours reads, and others may.
OTHER_HEADERS = {"host", "traceparent", "tracestate", "x-request-id", "x-forwarded-proto", "forwarded", "referer"}
LOGIN = "mutation ($email: String!, $password: String!) { login(input: {email: $email, password: $password}) "
LOGIN += "{ __typename ... on LoggedIn { token } } }"
# All that is stored about the caller, and a call.
LOOK = """{ infer(model: "text", inputs: [{name: "IN", shape: [1], data: {values: ["a"]}}]) { version }
  me { displayName locale email sessions { userAgent ipAddress }
  securityEvents(first: 100) { nodes { action subject userAgent ipAddress detail } }
  apiTokens(includeEnded: true) { nodes { name models } } } models { nodes { name } } }"""
_PLAN = """
INSERT INTO plans (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime,
    models)
VALUES (gen_random_uuid(), $1, 1000, 100000, 100, 10, 31536000000000, '[]') RETURNING id
"""
_PEOPLE = """
WITH made AS (
    INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
    SELECT gen_random_uuid(), gen_random_uuid() || '@example.org', $2, now(), 'en', 'USER', $3, now()
    FROM generate_series(1, $1) RETURNING id, email
)
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
SELECT gen_random_uuid(), id, now(), now(), $4 FROM made RETURNING id, user_id
"""


class Crowd:
    """Somebody new for each text, on a network of their own, so that no limit keeps a text from getting anywhere."""

    def __init__(self, home, http, sessions):
        self.home, self.http, self._left = home, http, iter(sessions)
        self._numbers = iter(range(2**16))
        self._at_once = asyncio.Semaphore(16)

    def person(self):
        """The id of a user, and a session of theirs that nobody has used."""
        return next(self._left)

    async def post(self, body, session=None, headers=()):
        network = "198.{}.{}.7".format(*divmod(next(self._numbers), 256))
        accept = f"{ACCEPT}, {EVENTS}"
        sent = {"Content-Type": "application/json", "Accept": accept, "X-Forwarded-For": network, **dict(headers)}
        if session is not None:
            sent.setdefault("Authorization", f"Bearer {session}")
        async with self._at_once:
            return first(await self.http.post("/graphql", content=body, headers=sent))


@pytest.fixture(scope="module")
async def crowd(attacked, tmp_path_factory):
    """They come through a proxy, which says which network each is of."""
    environ = attacked.environ | {"GATEHOUSE_TRUSTED_PROXIES": "127.0.0.1"}
    started = {log: log.stat().st_size for log in logs(attacked)}
    with Service(environ, tmp_path_factory.mktemp("texts") / "service.log") as service:
        sessions = await people(attacked, 4500)
        async with httpx2.AsyncClient(base_url=service.url, timeout=60, transport=Transport()) as http:
            yield Crowd(attacked, http, sessions)
        written = service.log.read_text() + "".join(log.read_bytes()[start:].decode() for log, start in started.items())
    assert [word for word in ("Traceback", "codes=INTERNAL", "failed, and is tried again") if word in written] == []


def logs(home):
    return [home.worker.log, *(service.log for service in home.services)]


async def people(home, number):
    hasher = Hasher(1, passes=1, memory_kib=8)
    digest = await hasher.hash(PASSWORD)
    hasher.close()
    at = datetime.now(UTC).replace(microsecond=0)
    until = at + timedelta(hours=1)
    async with home.database() as database:
        plan = await database.fetchval(_PLAN, str(uuid4()))
        rows = await database.fetch(_PEOPLE, number, digest, plan, until)
    made = [Credential(Kind.SESSION, row["id"], row["user_id"], frozenset(), until) for row in rows]
    return [(credential.user_id, home.signer.sign(credential, at)) for credential in made]


@pytest.fixture(scope="module")
async def found(crowd):
    """Every place of the schema that this service has, with its models."""
    body = json.dumps({"query": get_introspection_query(descriptions=False, one_of=True)})
    answer = (await crowd.post(body, crowd.person()[1])).json()
    every = text_inputs.of(build_client_schema(answer["data"]))
    # The fields of models are made in one way from their declarations; one of them stands for all.
    return [one for one in every if one.fields[0] != "typed" or one.fields[1] == "text"]


def candidates(place):
    for text in texts.TEXTS:
        yield text
        if "mail" in place.path[-1].lower():
            yield f"{text}@example.org"


def body_of(place, text):
    known = KNOWN | {"email": f"{uuid4()}@example.org", "newEmail": f"{uuid4()}@example.org"}
    return json.dumps({"query": place.document, "variables": place.values(text, known)})


def code_of(response):
    """The one code of an answer, of an error or of a refusal; None for an answer that is neither."""
    answer = response.json()
    if answer.get("errors"):
        return answer["errors"][0]["extensions"]["code"]
    return "".join(re.findall(r'"code":"(\w+)"', response.text)) or None


@pytest.mark.timeout(400)  # It sends three thousand requests.
async def test_every_text_in_every_place_is_answered_and_no_later_step_stops(attacked, crowd, found, client_at):
    assert len(found) > 50
    sent = [(place, text) for place in found for text in candidates(place)]

    senders = [crowd.person() for _ in sent]
    asking = [crowd.post(body_of(*one), session) for one, (_, session) in zip(sent, senders, strict=True)]
    answers = await asyncio.gather(*asking)

    bad = [
        (place.name, text[:40], answer.status_code, answer.text[:200])
        for (place, text), answer in zip(sent, answers, strict=True)
        if answer.status_code >= 500 or code_of(answer) in OURS
    ]
    assert bad == []
    went_further = [answer.status_code == 200 and code_of(answer) not in _AT_THE_EDGE for answer in answers]
    taken = {place.name for (place, _), further in zip(sent, went_further, strict=True) if further}
    assert {place.name for place in found} - taken - TAKES_NONE.keys() == set()
    addresses = {
        answer.json()["data"]["register"]["email"]
        for answer in answers
        if '"register":{"__typename":"MailAcc' in answer.text
    }
    may_be_kept = [
        further and code_of(answer) != "FORBIDDEN" and (place.root != "query" or place.fields[0] in _RUN_MODELS)
        for (place, _), answer, further in zip(sent, answers, went_further, strict=True)
    ]
    await everything_works(attacked, crowd, client_at, dict(itertools.compress(senders, may_be_kept)))
    await until(lambda: addresses <= recipients(attacked.mail.mails), within=60, every=0.5)


@pytest.mark.parametrize("text", texts.REFUSED)
async def test_what_postgres_or_utf8_cannot_hold_is_refused_everywhere(crowd, found, text):
    _, session = crowd.person()
    every = [place for place in found if place.scalar in ("String", "ID", "TensorData")]
    written = f"{{ model(name: {json.dumps(text)}) {{ name }} }}"

    answers = [await crowd.post(body_of(place, text), session) for place in every]
    answers.append(await crowd.post(json.dumps({"query": written}), session))
    answers.append(await crowd.post(json.dumps({"query": "{ me { id } }", "operationName": text}), session))

    assert codes(answers) == {(400, "BAD_REQUEST"): len(every) + 2}


def test_every_header_that_the_service_reads_is_tried():
    """Found in the source, so that a new one is tried without an edit here."""
    assert {"accept", "authorization", "content-type", "cookie", "user-agent", "x-forwarded-for"} <= headers_read()


def headers_read():
    read = re.compile(r'(?:headers\.get(?:list)?\(|\bfields(?:\.get\(|\[))"([a-z-]+)"')
    sources = [path.read_text() for room in ("graph", "access", "resolvers") for path in (ROOT / room).rglob("*.py")]
    return {name for source in sources for name in read.findall(source)} - {"content-length"}


async def test_every_text_in_every_header_is_answered_and_no_later_step_stops(attacked, crowd, client_at):
    sent = [(name, text) for name in sorted(headers_read() | OTHER_HEADERS) for text in texts.HEADERS]
    ask = json.dumps({"query": TEXT})

    senders = [crowd.person() for _ in sent]
    asking = [crowd.post(ask, session, [one]) for one, (_, session) in zip(sent, senders, strict=True)]
    answers = await asyncio.gather(*asking)

    bad = [
        (name, text[:40], answer.text[:200])
        for (name, text), answer in zip(sent, answers, strict=True)
        if answer.status_code >= 500 or OURS & {*re.findall(r'"code":"(\w+)"', answer.text)}
    ]
    assert bad == []
    # What a login keeps of a request is kept in a session, in events, and in an email.
    async with attacked.database() as database:
        users = [user_id for user_id, _ in senders[: len(texts.HEADERS)]]
        emails = await database.fetch("SELECT email FROM users WHERE id = ANY($1)", users)
        await database.execute("UPDATE users SET email_verified_at = '2020-01-01' WHERE id = ANY($1)", users)
    bodies = [
        json.dumps({"query": LOGIN, "variables": {"email": row["email"], "password": PASSWORD}}) for row in emails
    ]
    logins = [(body, text) for body, text in zip(bodies, texts.HEADERS, strict=True) if len(text) < 50_000]
    begun = [await crowd.post(body, None, [("User-Agent", text)]) for body, text in logins]
    assert [answer.json()["data"]["login"]["__typename"] for answer in begun] == ["LoggedIn"] * len(logins)
    await everything_works(attacked, crowd, client_at, dict(senders))
    wanted = {json.loads(body)["variables"]["email"] for body, _ in logins}
    await until(lambda: wanted <= recipients(attacked.mail.mails), within=60, every=0.5)


async def everything_works(home, crowd, client_at, sessions):
    """A call of each is counted, what is stored can be read, an email is sent, and a credential ends everywhere."""
    looks = await asyncio.gather(*(crowd.post(json.dumps({"query": LOOK}), one) for one in sessions.values()))
    assert codes(looks) == {(200, "OK"): len(sessions)}
    async with home.database() as database:
        counted = "SELECT count(DISTINCT user_id) FROM usage WHERE model = 'text' AND user_id = ANY($1)"

        async def are_counted():
            return await database.fetchval(counted, [*sessions]) == len(sessions)

        await until(are_counted, within=30)
        assert await database.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'failed'") == 0

        async def are_done():
            return await database.fetchval("SELECT count(*) FROM credential_events WHERE done_at IS NULL") == 0

        for session in [*sessions.values()][:: max(1, len(sessions) // 20)]:
            here, there = client_at(0, session), client_at(1, session)
            token = await create_token(here, name="last")
            revoked = (await revoke_token(there, token)).json()["data"]["revokeApiToken"]
            assert revoked["__typename"] == "ApiTokenRevoked"
            assert codes([await client_at(n, token["token"]).post("{ currentApiToken { name } }") for n in (0, 1)]) == {
                (401, "UNAUTHENTICATED"): 2
            }
            assert (await here.run("mutation { logout { at } }"))["logout"]["at"]
            assert codes([await there.post("{ me { id } }")]) == {(401, "UNAUTHENTICATED"): 1}
        await until(are_done)
