"""Who asks, through proxies; and that nothing else which a request says of itself is believed."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest

from email_templates import texts
from email_templates.templates import Template
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import LOGIN, ME, PASSWORD, code, opened, set_cookies
from tests.service import TLS

VERIFY = 'mutation { verifyEmail(code: "x") { ... on UserError { code } } }'
REGISTER = """mutation ($email: String!, $password: String!) {
  register(input: {email: $email, password: $password}) { __typename } }"""
EVERYTHING = {
    "Forwarded": "for=203.0.113.7;host=evil.example;proto=http",
    "X-Real-IP": "203.0.113.7",
    "X-Client-IP": "203.0.113.7",
    "True-Client-IP": "203.0.113.7",
    "CF-Connecting-IP": "203.0.113.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Port": "81",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Scheme": "http",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-URL": "/evil",
    "X-HTTP-Method-Override": "PUT",
}


@pytest.fixture
async def proxy(guarded) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=guarded.url, verify=TLS) as client:
        yield client


@pytest.fixture
async def direct(guarded) -> AsyncIterator[httpx2.AsyncClient]:
    async with opened(guarded) as client:
        yield client


async def send(client: httpx2.AsyncClient, query: str, headers: Any = None, **variables: Any) -> httpx2.Response:
    body = {"query": query, "variables": variables}
    return await client.post("/graphql", json=body, headers=headers)


async def address_of(client, person, headers) -> str:
    """Where the service thinks that a login came from."""
    answer = await send(client, LOGIN, headers, email=person.email, password=PASSWORD)
    (address,) = [one["ipAddress"] for one in answer.json()["data"]["login"]["user"]["sessions"] if one["current"]]
    return str(address)


def forwarded(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"X-Forwarded-For", value.encode("latin-1")) for value in values]


async def test_the_header_of_a_trusted_proxy_gives_the_address(proxy, ada):
    assert await address_of(proxy, ada, forwarded("198.51.100.9, 203.0.113.7")) == "203.0.113.7"
    assert await address_of(proxy, ada, forwarded("198.51.100.9", "2001:DB8:0::7")) == "2001:db8::7"


async def test_the_header_of_any_other_client_does_not_count(direct, http, ada):
    for client in (direct, http):
        assert (await address_of(client, ada, forwarded("203.0.113.7"))).startswith("127.1.")


async def test_what_no_header_but_that_one_says_counts(proxy, ada):
    plain, forged = [
        await send(proxy, LOGIN, headers, email=ada.email, password=PASSWORD) for headers in ({}, EVERYTHING)
    ]

    assert await address_of(proxy, ada, EVERYTHING) == "127.0.0.1"
    assert [cookie.partition("; ")[2] for cookie in set_cookies(forged)] == [
        cookie.partition("; ")[2] for cookie in set_cookies(plain)
    ]
    assert set(forged.headers) == set(plain.headers)


GARBAGE = ["unknown", "_x", "203.0.113.7:443", "[2001:db8::7]:443", "é", "x" * 10_000, "1" * 10_000, "%", "fe80::1%x"]
GARBAGE += [
    "",
    ",",
    "," * 10_000,
    "127.0.0.1," * 800,
    "for=203.0.113.7",
    "203.0.113.7 198.51.100.9",
    "\\r\\n",
    "::" * 99,
]


@pytest.mark.parametrize("value", GARBAGE, ids=lambda text: ascii(text[:20]))
async def test_what_is_no_address_harms_nothing(proxy, direct, value):
    for client in (proxy, direct):
        for headers in (forwarded(value), forwarded("203.0.113.7", value), forwarded(value) * 20):
            answer = await send(client, ME, headers)
            if sum(len(text) for _, text in headers) > 32 * 1024:
                # Refused before anything in it is read.
                assert answer.status_code == 431
            else:
                assert answer.json() == {"data": {"me": None}}


async def test_where_the_header_is_garbage_the_proxy_has_asked(proxy, ada):
    assert await address_of(proxy, ada, forwarded("203.0.113.7, unknown")) == "127.0.0.1"


async def attempts(client, *values: str) -> list[str]:
    """What a hundred attempts and one more are answered; `{}` in a header's value becomes their number."""

    async def attempt(number: int) -> str:
        answer = await send(client, VERIFY, forwarded(*(value.format(number) for value in values)))
        return str(answer.json()["data"]["verifyEmail"]["code"])

    found = []
    for first in range(0, 100, 10):
        found += await asyncio.gather(*(attempt(number) for number in range(first, first + 10)))
    return [*found, await attempt(100)]


async def test_attempts_are_counted_by_the_address_that_is_believed(proxy):
    assert await attempts(proxy, "192.0.2.{}, 203.0.113.77") == ["CODE_REFUSED"] * 100 + ["TOO_MANY_ATTEMPTS"]

    other = await send(proxy, VERIFY, forwarded("203.0.113.77, 203.0.113.78"))
    assert other.json()["data"]["verifyEmail"] == {"code": "CODE_REFUSED"}


async def test_a_client_has_no_more_attempts_by_sending_the_header(direct):
    assert await attempts(direct, "192.0.2.{}") == ["CODE_REFUSED"] * 100 + ["TOO_MANY_ATTEMPTS"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:81", "front.example.org@evil.example", ""])
async def test_links_in_mails_lead_to_the_front_end_whatever_host_is_asked(proxy, database, settings, host):
    email = f"{uuid4()}@example.org"

    answer = await send(proxy, REGISTER, EVERYTHING | {"Host": host}, email=email, password=PASSWORD)

    assert answer.json()["data"]["register"] == {"__typename": "MailAccepted"}
    query = "SELECT payload FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE $1"
    (queued,) = [orjson.loads(row["payload"]) for row in await database.fetch(query, f"%{email}%")]
    assert "evil" not in str(queued)
    text = texts.render(
        Template(queued["template"]),
        locale=queued["locale"],
        frontend_url=settings["GATEHOUSE_FRONTEND_URL"],
        context=queued["context"],
    )
    links = re.findall(r"\w+://\S+", text.plain)
    assert links == [
        f"https://front.example.org/verify-email#code={queued['context']['code']}",
        "https://front.example.org",
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/graphql/", 200), ("/readyz/", 404), ("//graphql", 200), ("/", 200), ("/verify-email", 200)],
)
async def test_no_answer_leads_to_the_host_that_is_asked(proxy, path, status):
    answer = await proxy.get(path, headers=EVERYTHING | {"Host": "evil.example", "Accept": "text/html"})

    assert (answer.status_code, answer.headers.get("Location")) == (status, None)
    assert "evil" not in answer.text


async def test_a_page_does_not_name_the_host_that_is_asked(proxy):
    for path in ("/graphql", "/graphql/"):
        answer = await proxy.get(path, headers=EVERYTHING | {"Host": "evil.example", "Accept": "text/html"})

        assert (answer.status_code, answer.headers.get("Location")) == (200, None)
        assert "evil" not in answer.text


async def test_an_answer_does_not_depend_on_the_host(proxy):
    answer = await send(proxy, ME, EVERYTHING | {"Host": "evil.example"})

    assert (answer.status_code, code(answer)) == (200, None)
