"""What nginx refuses by itself has the form of the service's own refusals, and never that of a page."""

import asyncio
import json
import re

import httpx2
import pytest

from tests.docker.conftest import trusting
from tests.docker.names import Names
from tests.docker.nginx import ASK
from tests.docker.upstreams import serving
from tests.mails import until

HEAD = b"GET /graphql HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n"
UNREADABLE = {
    "no HTTP": b"garbage\r\n\r\n",
    "a bad address": b"GET graphql HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a bad field": HEAD + b"A b\r\n\r\n",
    "a bad length": POST + b"Content-Length: x\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "no path": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
LARGE = {
    "address": (b"GET /graphql?query=" + b"a" * 80_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "line": (b"POST /graphql?a=" + b"a" * 36_900 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "field": (HEAD + b"Cookie: " + b"a" * 80_000 + b"\r\n\r\n", 431),
    "fields": (HEAD + (b"Cookie: " + b"a" * 20_000 + b"\r\n") * 4 + b"\r\n", 431),
    "body": (POST + b"Content-Length: 60000000\r\n\r\n", 413),
    "body of a GET": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 413),
}


async def answer_to(nginx, sent, *, tls=True):
    """Its status, header and body."""
    port, context = (nginx.https_port, trusting(nginx)) if tls else (nginx.http_port, None)
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
    writer.write(sent)
    async with asyncio.timeout(60):
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = httpx2.Headers([(name, value) for name, _, value in (line.partition(": ") for line in lines)])
        body = await reader.readexactly(int(headers["Content-Length"]))
    writer.close()
    return int(first.split(" ")[1]), headers, body


async def assert_refused(nginx, headers, body, code, **facts):
    """It is an answer of GraphQL, which the log names by the same id."""
    errors = json.loads(body)["errors"]
    request_id = headers["X-Request-ID"]
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert [error["extensions"] for error in errors] == [{"code": code, "requestId": request_id} | facts]
    # What happened, and what to do.
    assert [error["message"].count(". ") + 1 for error in errors] == [2]
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    await until(lambda: request_id in [line["request_id"] for line in nginx.lines()])


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read(edge, sent):
    status, headers, body = await answer_to(edge.nginx, sent)

    assert status == 400
    await assert_refused(edge.nginx, headers, body, "BAD_REQUEST")


async def test_what_comes_without_tls(edge):
    answer = await httpx2.AsyncClient().get(f"http://localhost:{edge.nginx.https_port}/graphql")

    assert answer.status_code == 400
    await assert_refused(edge.nginx, answer.headers, answer.content, "BAD_REQUEST")


@pytest.mark.parametrize(("sent", "expected"), LARGE.values(), ids=LARGE)
async def test_what_is_too_large(edge, sent, expected):
    status, headers, body = await answer_to(edge.nginx, sent)

    assert status == expected
    await assert_refused(edge.nginx, headers, body, "PAYLOAD_TOO_LARGE")


async def test_what_nginx_takes_and_the_service_does_not(edge):
    status, headers, body = await answer_to(edge.nginx, HEAD + b"Cookie: " + b"a" * 34_000 + b"\r\n\r\n")

    assert status == 431
    assert json.loads(body)["errors"][0]["extensions"] == {
        "code": "PAYLOAD_TOO_LARGE",
        "requestId": headers["X-Request-ID"],
    }


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "FETCH"])
async def test_a_method_that_is_not_taken(edge, client, method, path):
    answer = await client().request(method, path, json=ASK)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    await assert_refused(edge.nginx, answer.headers, answer.content, "METHOD_NOT_ALLOWED")


async def test_the_service_says_what_may_be_asked_for(client):
    answer = await client().options("/graphql")

    assert (answer.status_code, answer.headers.get_list("Allow")) == (405, ["GET, HEAD, POST"])
    assert answer.json()["errors"][0]["extensions"]["requestId"] == answer.headers["X-Request-ID"]


async def test_an_address_that_is_not_there(edge, client):
    answers = [await client().get("/graphq"), await client().post("/graphq", json=ASK)]
    # Nginx would lead to the same with a slash.
    answers.append(await client().get("/graphql/assets"))

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    for answer in answers:
        assert answer.json()["errors"][0]["message"].endswith("GraphQL is served at /graphql.")
        await assert_refused(edge.nginx, answer.headers, answer.content, "NOT_FOUND")


async def test_a_query_that_is_sent_to_the_front_end(edge, client):
    with edge.new_nginx() as nginx:
        (nginx.front_end / "index.html").write_text("<!doctype html>")
        answer = await client(nginx).post("/graphq", json=ASK)

        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert "/graphql" in answer.json()["errors"][0]["message"]
        await assert_refused(nginx, answer.headers, answer.content, "METHOD_NOT_ALLOWED")


async def test_more_connections_than_an_address_may_have(edge, client):
    with edge.new_nginx(CONNECTIONS="1", BODY_SECONDS="60") as nginx:
        # Nginx counts a connection from the end of a request's head, and says to go on when it reads the body.
        reader, writer = await asyncio.open_connection("localhost", nginx.https_port, ssl=trusting(nginx))
        writer.write(POST + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n{")
        async with asyncio.timeout(60):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        status, headers, body = await answer_to(nginx, HEAD + b"\r\n")
        writer.close()

        assert (status, headers["Retry-After"]) == (429, "1")
        await assert_refused(nginx, headers, body, "RATE_LIMITED", retryAfterSeconds=1)


@pytest.mark.parametrize("named", ["{}", "https://a.example,{}", "{},https://a.example", "https://a.example, {} ,null"])
async def test_a_page_of_a_named_origin_may_read_a_refusal(edge, client, named):
    ours = "https://www.example.org"
    with edge.new_nginx(api=1, ALLOWED_ORIGINS=named.format(ours)) as nginx:
        sent = [
            ours,
            "https://www.example.org.evil.example",
            "https://evil.example",
            f"https://b.example|{ours}",
            "",
            None,
        ]
        answers = [
            await client(nginx).post("/graphql", json=ASK, headers={} if one is None else {"Origin": one})
            for one in sent
        ]

    assert [answer.status_code for answer in answers] == [503] * len(sent)
    told = [
        (one.headers.get("Access-Control-Allow-Origin"), one.headers.get("Access-Control-Expose-Headers"))
        for one in answers
    ]
    assert told == [(ours, "Retry-After, X-Request-ID"), *[(None, None)] * (len(sent) - 1)]


async def test_without_named_origins_no_page_may(edge, client):
    with edge.new_nginx(api=1) as nginx:
        answer = await client(nginx).post("/graphql", json=ASK, headers={"Origin": "https://www.example.org"})

    assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (503, None)


async def test_an_answer_of_the_service_names_the_origin_once(edge, client):
    with edge.new_nginx(ALLOWED_ORIGINS="https://www.example.org") as nginx:
        http = client(nginx)
        answer = await http.post("/graphql", json=ASK, headers={"Origin": "https://www.example.org"})

    assert answer.status_code == 200
    # The API of this test has no named origins, and nginx adds nothing to what it answers.
    assert answer.headers.get_list("Access-Control-Allow-Origin") == []


async def test_a_service_that_is_not_there(edge, client):
    with edge.new_nginx(api=1) as nginx:
        answer = await client(nginx).post("/graphql", json=ASK)

        assert (answer.status_code, answer.headers.get_list("Retry-After")) == (503, ["1"])
        await assert_refused(nginx, answer.headers, answer.content, "SERVICE_UNAVAILABLE")


async def test_a_service_that_ends_before_it_answers(edge, client):
    async def end(head, reader, writer):
        pass

    async with serving(end) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(names=names, api=port) as nginx:
            answer = await client(nginx).post("/graphql", json=ASK)

            assert (answer.status_code, answer.headers.get_list("Retry-After")) == (503, ["1"])
            await assert_refused(nginx, answer.headers, answer.content, "SERVICE_UNAVAILABLE")


async def test_a_service_that_does_not_answer_in_time(edge, client):
    async def wait(head, reader, writer):
        await reader.read()

    async with serving(wait) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(names=names, api=port, ANSWER_SECONDS="1") as nginx:
            answer = await client(nginx).post("/graphql", json=ASK)

            assert (answer.status_code, answer.headers.get("Retry-After")) == (504, None)
            await assert_refused(nginx, answer.headers, answer.content, "DEADLINE_EXCEEDED")


async def test_without_tls_what_is_too_large_is_refused_and_all_else_is_led_on(edge):
    sent, expected = LARGE["field"]

    status, _, body = await answer_to(edge.nginx, sent, tls=False)
    led = await answer_to(edge.nginx, HEAD.replace(b" /", b" http://localhost/") + b"\r\n", tls=False)

    assert (status, json.loads(body)["errors"][0]["extensions"]["code"]) == (expected, "PAYLOAD_TOO_LARGE")
    assert (led[0], led[1]["Location"]) == (308, "https://localhost/graphql")


async def test_what_the_service_refuses_keeps_its_own_words(client):
    answer = await client().post("/graphql", json=ASK, headers={"Authorization": "Bearer x"})

    assert answer.status_code == 401
    assert answer.headers.get_list("X-Request-ID") == [answer.json()["errors"][0]["extensions"]["requestId"]]
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
