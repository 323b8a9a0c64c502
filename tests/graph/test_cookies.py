"""A browser's cookies over HTTP: who it is, and that no page of another site can make use of it."""

import re

import orjson
import pytest
from starlette.requests import Request

from graph.http import cookies
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import (
    DEVICE,
    LOGIN,
    LOGOUT,
    ME,
    PASSWORD,
    PREFLIGHT,
    SESSION,
    by,
    code,
    sessions_of,
    set_cookies,
)
from tests.work import lines_run

pytestmark = pytest.mark.usefixtures("answers_as_before")

DROPPED = f"{SESSION}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"
CREATE = (
    """mutation { createApiToken(input: {name: "a", expiresIn: "P1D"}) { __typename ... on UserError { code } } }"""
)


async def test_a_login_keeps_the_session_in_a_cookie_that_no_script_reads(post, ada):
    answer = await post(LOGIN, email=ada.email, password=PASSWORD)

    started = answer.json()["data"]["login"]
    assert (started["__typename"], started["token"]) == ("LoggedIn", None)
    device, session = set_cookies(answer)
    attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict"
    assert re.fullmatch(rf"{DEVICE}=[\w.-]{{147}}; Max-Age=34560000{attributes}", device)
    found = re.fullmatch(rf"{SESSION}=([\w.-]+); Max-Age=(\d+){attributes}", session)
    assert found is not None
    assert 14 * 86400 - 2 <= int(found[2]) <= 14 * 86400
    assert answer.headers["Cache-Control"] == "no-store"
    seen = await post("{ me { sessions { current } } }", by(found[1]))
    assert seen.json()["data"]["me"]["sessions"] == [{"current": True}, {"current": False}]
    assert set_cookies(seen) == []


async def test_a_login_for_a_program_sets_only_the_cookie_that_knows_the_browser_again(post, ada):
    answer = await post(LOGIN, headers={}, email=ada.email, password=PASSWORD, cookie=False)

    assert answer.json()["data"]["login"]["token"].count(".") == 2
    assert [cookie.partition("=")[0] for cookie in set_cookies(answer)] == [DEVICE]


async def test_a_login_for_a_program_drops_the_cookie_whose_session_it_ends_and_no_other(post, ada, eve, database):
    own = await post(LOGIN, by(ada.session), email=ada.email, password=PASSWORD, cookie=False)
    others = await post(LOGIN, by(eve.session), email=ada.email, password=PASSWORD, cookie=False)

    assert (set_cookies(own)[1:], set_cookies(others)[1:]) == ([DROPPED], [])
    assert await sessions_of(database, ada) == [False, True, True]
    assert (await post(ME, by(eve.session))).json()["data"]["me"] is not None
    assert await sessions_of(database, eve) == [True]


async def test_a_refused_login_sets_no_cookie(post, ada, database):
    answer = await post(LOGIN, email=ada.email, password=PASSWORD[1:])

    assert answer.json()["data"]["login"] == {"__typename": "LoginRefused", "code": "LOGIN_REFUSED"}
    assert set_cookies(answer) == []
    assert await sessions_of(database, ada) == [True]


@pytest.mark.parametrize("name", ["GraphQL-Require-Preflight", "Apollo-Require-Preflight", "apollo-require-preflight"])
async def test_a_session_cookie_works_beside_the_header(post, http, ada, name):
    posted = await post(ME, by(ada.session), {name: ""})
    got = await http.get("/graphql", params={"query": ME}, headers={"Cookie": by(ada.session), name: "1"})

    assert posted.json()["data"]["me"] is not None
    assert got.json() == posted.json()


@pytest.mark.parametrize("session", ["good", "bad"])
async def test_a_session_cookie_without_the_header_does_nothing(post, http, ada, database, session):
    cookie = by(ada.session if session == "good" else "x")
    form = {"operations": (None, orjson.dumps({"query": LOGOUT})), "map": (None, "{}")}

    answers = [
        await post(LOGOUT, cookie, {}),
        await post(LOGOUT, cookie, {"X-Requested-With": "XMLHttpRequest", "Origin": str(http.base_url)}),
        await http.post("/graphql", files=form, headers={"Cookie": cookie}),
        await http.get("/graphql", params={"query": ME}, headers={"Cookie": cookie}),
        await http.get("/graphql", params={"query": ME, "token": "x"}, headers={"Cookie": cookie, "Accept": "*/*"}),
    ]

    assert [(answer.status_code, code(answer)) for answer in answers] == [(400, "BAD_REQUEST")] * 5
    assert [set_cookies(answer) for answer in answers] == [[]] * 5
    assert await sessions_of(database, ada) == [True]


async def test_the_page_opens_for_a_browser_with_a_session_cookie(http, ada):
    answer = await http.get("/graphql", headers={"Cookie": by(ada.session), "Accept": "text/html"})

    assert (answer.status_code, "<title>Gatehouse</title>" in answer.text) == (200, True)


async def test_logging_out_drops_the_cookie_and_ends_the_session(post, ada, database):
    answer = await post(LOGOUT, by(ada.session))

    assert "at" in answer.json()["data"]["logout"]
    assert set_cookies(answer) == [DROPPED]
    assert await sessions_of(database, ada) == [False]


async def test_a_session_that_was_ended_elsewhere_is_refused_and_its_cookie_dropped(post, ada):
    await post(LOGOUT, headers={"Authorization": f"Bearer {ada.session}"})

    answer = await post(ME, by(ada.session))

    assert (answer.status_code, code(answer), set_cookies(answer)) == (401, "UNAUTHENTICATED", [DROPPED])
    assert (await post(ME)).json() == {"data": {"me": None}}


@pytest.mark.parametrize("bad", ["", "x", "expired", "api_token", "twice", "quoted", "é", "x" * 5000])
async def test_a_bad_session_cookie_is_not_an_anonymous_caller_and_is_dropped(post, ada, bad):
    text = {
        "expired": ada.expired,
        "api_token": ada.api_token,
        "twice": f"{ada.session}; {SESSION}={ada.session}",
        "quoted": f'"{ada.session}"',
    }.get(bad, bad)

    answer = await post(ME, by(text))

    assert (answer.status_code, code(answer), set_cookies(answer)) == (401, "UNAUTHENTICATED", [DROPPED])


async def test_a_login_goes_on_once_the_cookie_of_an_ended_session_is_dropped(post, ada, database):
    refused = await post(LOGIN, by(ada.expired), email=ada.email, password=PASSWORD)

    assert (refused.status_code, set_cookies(refused)) == (401, [DROPPED])
    assert await sessions_of(database, ada) == [True]
    again = await post(LOGIN, email=ada.email, password=PASSWORD)
    assert again.json()["data"]["login"]["__typename"] == "LoggedIn"


async def test_a_header_beside_the_cookie_must_say_the_same(post, ada):
    def beside(header: str) -> dict[str, str]:
        return PREFLIGHT | {"Authorization": header}

    same = await post(ME, by(ada.session), beside(f"Bearer {ada.session}"))
    refused = [
        await post(ME, by(ada.session), beside(header)) for header in (f"Bearer {ada.api_token}", "Bearer x", "Basic x")
    ]

    assert same.json()["data"]["me"] is not None
    # The cookie is good, and stays.
    assert [(answer.status_code, set_cookies(answer)) for answer in refused] == [(400, [])] * 3
    dead = await post(ME, by("x"), beside(f"Bearer {ada.session}"))
    assert (dead.status_code, set_cookies(dead)) == (401, [DROPPED])


async def test_a_session_that_ends_while_a_field_runs_leaves_the_cookie_to_the_next_request(post, ada, database):
    await post(ME, by(ada.session))
    # As if it ended after the operation was admitted.
    await database.execute("UPDATE sessions SET revoked_at = now() WHERE user_id = $1", ada.id)

    answer = await post(CREATE, by(ada.session))

    assert (answer.status_code, code(answer), set_cookies(answer)) == (200, "UNAUTHENTICATED", [])
    assert await database.fetchval("SELECT count(*) FROM api_tokens WHERE user_id = $1", ada.id) == 0


STRANGE = ["", ";", ";;=;", "a", "=b", "a=b=c", "a=é", '"', "$Version=1", f"{SESSION}", f"x{SESSION}=x", f"{DEVICE}=x"]
STRANGE += [f"{DEVICE}=a; {DEVICE}=b", f"{DEVICE}={'x' * 10_000}", "a=" + "b" * 20_000, f"{SESSION.lower()}x=y"]


@pytest.mark.parametrize("other", STRANGE, ids=lambda text: ascii(text[:20]))
async def test_other_cookies_harm_nothing(post, ada, other):
    for cookie in (f"{other}; {by(ada.session)}", f"{by(ada.session)};{other}"):
        assert (await post(ME, cookie)).json()["data"]["me"] is not None
    assert (await post(ME, other, {})).json() == {"data": {"me": None}}


@pytest.mark.parametrize("before", ["\xa0", "\x85", "\xa0 \x85"])
async def test_a_name_that_only_looks_like_ours_is_not_ours(post, ada, before):
    # A browser lets a neighbouring subdomain set it, for it does not begin with the prefix.
    answer = await post(ME, before + by(ada.session), {})

    assert answer.json() == {"data": {"me": None}}


async def test_a_cookie_full_of_escapes_costs_no_more_than_another(post):
    largest, cookie = ['a="' + "\\1" * escapes + '"' for escapes in (16_000, 1_000)]
    request = Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})

    assert (await post(ME, largest)).json() == {"data": {"me": None}}
    # Starlette's own reader works on each escape.
    assert lines_run(lambda: cookies.sent(request, SESSION)) < 200 < lines_run(lambda: request.cookies)


FORMS = [
    ("application/x-www-form-urlencoded", "query={query}"),
    ("text/plain", '{{"query": {json}, "x": "="}}'),
    ("text/plain; charset=application/json", '{{"query": {json}}}'),
    ("", '{{"query": {json}}}'),
    ("multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
     '{{"query": {json}}}\r\n--b\r\nContent-Disposition: form-data; name="map"\r\n\r\n{{}}\r\n--b--\r\n'),
]  # fmt: skip


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
@pytest.mark.parametrize("with_cookie", [True, False])
@pytest.mark.parametrize(("content_type", "form"), FORMS, ids=[kind[:20] for kind, _ in FORMS])
async def test_a_form_of_another_sites_page_neither_logs_in_nor_out(
    http, ada, database, content_type, form, with_cookie, origin
):
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Content-Type": content_type}
    headers |= {"Cookie": by(ada.session)} if with_cookie else {}
    login = f'mutation {{ login(input: {{email: "{ada.email}", password: "{PASSWORD}"}}) {{ __typename }} }}'

    for query in (login, LOGOUT):
        body = form.format(query=query, json=orjson.dumps(query).decode())
        answer = await http.post("/graphql", content=body.encode(), headers=headers)
        assert (answer.status_code, code(answer)) in [(400, "BAD_REQUEST"), (415, "BAD_REQUEST")]
        assert set_cookies(answer) == []

    assert await sessions_of(database, ada) == [True]


async def test_a_link_of_another_sites_page_changes_nothing(http, ada, database):
    for headers in ({}, {"Cookie": by(ada.session)}):
        answer = await http.get("/graphql", params={"query": LOGOUT}, headers=headers)
        assert answer.status_code in (400, 405)

    assert await sessions_of(database, ada) == [True]


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://127.0.0.1", "https://front.example.org"])
async def test_no_page_of_another_origin_may_read_an_answer_or_ask_to(http, ada, origin):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,authorization"}
    answers = [
        await http.options("/graphql", headers={"Origin": origin} | asked),
        await http.get("/graphql", params={"query": ME}, headers={"Origin": origin}),
        await http.post("/graphql", json={"query": ME}, headers={"Origin": origin}),
        await http.post(
            "/graphql", json={"query": ME}, headers={"Origin": origin, "Cookie": by(ada.session)} | PREFLIGHT
        ),
        await http.get("/.well-known/jwks.json", headers={"Origin": origin}),
    ]

    assert [answer.status_code for answer in answers] == [405, 200, 200, 200, 200]
    named = {name for answer in answers for name in answer.headers if name.lower().startswith("access-control-")}
    assert named == set()
