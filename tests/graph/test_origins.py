"""What a browser is told about pages of other origins, over the wire."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import LOGIN, ME, PASSWORD, PREFLIGHT, by, opened, sessions_of, set_cookies
from tests.graph.conftest import ALLOWED
from tests.service import Service

pytestmark = pytest.mark.usefixtures("answers_as_before")

OTHER_ORIGINS = [
    "null",
    "https://example.org",
    "https://www.example.org.evil.example",
    "https://www.example.org:8443",
    "http://www.example.org",
    "https://www.example.org/",
    "https://WWW.example.org",
    "http://localhost:3001",
    "*",
    "https://www.example.org, http://localhost:3000",
]
ALLOW = "Access-Control-Allow-"
EXPOSED = "RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"


@pytest.fixture
async def open_http(guarded: Service) -> AsyncIterator[httpx2.AsyncClient]:
    async with opened(guarded) as client:
        yield client


async def preflight(
    http: httpx2.AsyncClient, origin: str, *, method: str = "POST", headers: str | None = None
) -> httpx2.Response:
    preflight = {"Origin": origin, "Access-Control-Request-Method": method}
    return await http.options(
        "/graphql", headers=preflight | ({} if headers is None else {"Access-Control-Request-Headers": headers})
    )


def cors(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", ALLOWED)
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    "headers",
    [None, "content-type", "authorization,content-type", "authorization, apollo-require-preflight",
     "graphql-require-preflight"],
)  # fmt: skip
async def test_a_preflight_of_an_allowed_origin_is_answered_for_two_hours(open_http, origin, method, headers):
    answer = await preflight(open_http, origin, method=method, headers=headers)

    assert answer.status_code == 200
    assert cors(answer) == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "Accept, Accept-Language, Apollo-Require-Preflight, Authorization, "
        "Content-Language, Content-Type, GraphQL-Require-Preflight",
        "access-control-max-age": "7200",
    }
    assert "Origin" in answer.headers["Vary"].split(", ")


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
async def test_a_preflight_of_any_other_origin_allows_nothing(open_http, origin):
    answer = await preflight(open_http, origin, headers="authorization,content-type")

    assert (answer.status_code, answer.headers.get(f"{ALLOW}Origin")) == (400, None)


@pytest.mark.parametrize(("method", "headers"), [("DELETE", None), ("POST", "authorization, cookie"), ("PUT", "x-a")])
async def test_a_preflight_for_what_the_api_does_not_take_fails(open_http, method, headers):
    assert (await preflight(open_http, ALLOWED[0], method=method, headers=headers)).status_code == 400


@pytest.mark.parametrize("origin", ALLOWED)
async def test_a_page_of_an_allowed_origin_reads_answer_and_limits_by_its_header(open_http, ada, origin):
    sent = {"Origin": origin, "Authorization": f"Bearer {ada.session}", "Sec-Fetch-Site": "cross-site"}

    answer = await open_http.post("/graphql", json={"query": "{ models { totalCount } }"}, headers=sent)

    assert answer.status_code == 200
    assert answer.json()["data"]["models"]["totalCount"] > 0
    assert cors(answer) == {"access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED}
    assert {name for name in EXPOSED.split(", ") if name not in answer.headers} == {"Retry-After"}
    assert "Origin" in answer.headers["Vary"].split(", ")


async def test_a_refusal_is_readable_too(open_http):
    sent = {"Origin": ALLOWED[0], "Authorization": "Bearer wrong"}

    answer = await open_http.post("/graphql", json={"query": ME}, headers=sent)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers[f"{ALLOW}Origin"] == ALLOWED[0]


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
async def test_a_page_of_any_other_origin_may_read_nothing(open_http, origin):
    answer = await open_http.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": origin})

    assert answer.headers.get(f"{ALLOW}Origin") is None
    assert "Origin" in answer.headers["Vary"].split(", ")


async def test_no_origin_may_send_cookies(open_http, ada, database):
    """The browser asks with credentials, gets no `Access-Control-Allow-Credentials`, and sends nothing."""
    asked = await preflight(open_http, ALLOWED[0], headers="graphql-require-preflight,content-type")
    bare = await open_http.get(
        "/graphql", params={"query": ME}, headers={"Origin": ALLOWED[0], "Cookie": by(ada.session)}
    )

    assert asked.headers.get(f"{ALLOW}Credentials") is None
    assert (bare.status_code, bare.headers.get(f"{ALLOW}Credentials")) == (400, None)
    assert await sessions_of(database, ada) == [True]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_login_that_wants_a_cookie_is_refused_to_a_page_of_another_origin(open_http, ada, database, site):
    sent = PREFLIGHT | {"Origin": ALLOWED[0], "Sec-Fetch-Site": site}
    login = {"query": LOGIN, "variables": {"email": ada.email, "password": PASSWORD}}

    answer = await open_http.post("/graphql", json=login, headers=sent)

    problem = answer.json()["errors"][0]
    assert (problem["message"], problem["extensions"]["code"]) == (
        "A page of another origin cannot keep the session in a cookie. "
        "Log in without `cookie` and send the token in the Authorization header.",
        "BAD_REQUEST",
    )
    assert (set_cookies(answer), await sessions_of(database, ada)) == ([], [True])


async def test_the_second_step_of_a_login_is_refused_the_same_before_its_code_is_tried(open_http):
    second = 'mutation { completeLogin(challenge: "x", code: "1", cookie: true) { __typename } }'
    sent = PREFLIGHT | {"Origin": ALLOWED[0]}

    refused = await open_http.post("/graphql", json={"query": second}, headers=sent | {"Sec-Fetch-Site": "same-site"})
    tried = await open_http.post("/graphql", json={"query": second}, headers=sent | {"Sec-Fetch-Site": "same-origin"})

    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert (refused.json()["data"], set_cookies(refused)) == ({"completeLogin": None}, [])
    assert tried.json()["data"] == {"completeLogin": {"__typename": "CodeRefused"}}


async def test_a_page_of_another_origin_logs_in_for_a_token(open_http, ada):
    sent = {"Origin": ALLOWED[0], "Sec-Fetch-Site": "cross-site"}
    login = {"query": LOGIN, "variables": {"email": ada.email, "password": PASSWORD, "cookie": False}}

    answer = await open_http.post("/graphql", json=login, headers=sent)

    token = answer.json()["data"]["login"]["token"]
    me = await open_http.post(
        "/graphql", json={"query": ME}, headers={"Origin": ALLOWED[0], "Authorization": f"Bearer {token}"}
    )
    assert me.json()["data"]["me"] is not None


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_pages_of_our_own_origin_keep_their_cookie(open_http, ada, site):
    login = {"query": LOGIN, "variables": {"email": ada.email, "password": PASSWORD}}

    answer = await open_http.post("/graphql", json=login, headers=PREFLIGHT | {"Sec-Fetch-Site": site})

    assert len(set_cookies(answer)) == 2


async def test_without_the_setting_a_refused_preflight_names_it(http):
    answer = await preflight(http, ALLOWED[0], headers="authorization")

    assert answer.json()["errors"][0]["message"] == (
        "A browser asks whether a page of another origin may call this service, and it may not. Its operator names "
        "such origins in GATEHOUSE_ALLOWED_ORIGINS."
    )
