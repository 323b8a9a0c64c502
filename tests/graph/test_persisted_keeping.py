"""Whose documents are kept for persisted queries, and what a hash lets a caller do; over the wire."""

import pytest

from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import LOGOUT, PREFLIGHT, by, opened
from tests.graph.persisted import HEALTH, UNKNOWN, extensions, got, is_kept, posted, refusal

pytestmark = pytest.mark.usefixtures("answers_as_before")

NOT_ADMITTED = {
    "not GraphQL": "query Bad {",
    "not of the schema": "query Bad { nothing }",
    "too many levels": "query Bad " + "{ models { nodes" * 7 + " { name }" + " } }" * 7,
    "too many tokens": "query Bad { " + "__typename " * 1000 + "}",
    "no such operation": "query Another { service { health } }",
    "a variable is missing": "query Bad($name: String!) { model(name: $name) { name } }",
    "needs a credential": "mutation Bad { logout { at } }",
}


@pytest.mark.parametrize("text", NOT_ADMITTED.values(), ids=NOT_ADMITTED.keys())
async def test_what_was_not_admitted_is_not_kept(http, text):
    answer = await posted(http, query=text, operationName="Bad", extensions=extensions(text))

    assert answer.json()["errors"] != []
    assert refusal(await posted(http, operationName="Bad", extensions=extensions(text))) == UNKNOWN


async def test_a_caller_beyond_a_limit_has_nothing_kept(new_service):
    first, second = (f'query {name} {{ model(name: "identity") {{ name }} }}' for name in ("First", "Second"))
    with new_service(VISITOR_UNITS_PER_MINUTE="1") as service:
        async with opened(service) as http:
            admitted = await posted(http, query=first, extensions=extensions(first))
            limited = await posted(http, query=second, extensions=extensions(second))
            by_hash = await posted(http, extensions=extensions(first))

            assert admitted.json() == {"data": {"model": {"name": "identity"}}}
            assert [(limited.status_code, refusal(limited)[1])] * 2 == [
                (429, "RATE_LIMITED"),
                (by_hash.status_code, refusal(by_hash)[1]),
            ]
            assert [await is_kept(http, first), await is_kept(http, second)] == [True, False]


async def test_a_credential_that_has_ended_has_nothing_kept_and_a_hash_lets_it_do_nothing(http, ada, post):
    kept, new = "query Kept { me { email } }", "query New { me { email } }"
    headers = {"Authorization": f"Bearer {ada.session}"}
    before = await posted(http, headers, query=kept, extensions=extensions(kept))
    await post(LOGOUT, None, headers)

    with_query = await posted(http, headers, query=new, extensions=extensions(new))
    by_hash = await posted(http, headers, extensions=extensions(kept))

    assert before.json() == {"data": {"me": {"email": ada.email}}}
    assert (with_query.status_code, refusal(with_query)[1]) == (401, "UNAUTHENTICATED")
    assert (by_hash.status_code, refusal(by_hash)[1]) == (401, "UNAUTHENTICATED")
    assert not await is_kept(http, new)


async def test_a_hash_has_the_rights_of_the_caller_who_sends_it(http, ada, eve):
    text = "query Mine { me { email } }"
    of = {person.email: {"Authorization": f"Bearer {person.session}"} for person in (ada, eve)}
    await posted(http, of[ada.email], query=text, extensions=extensions(text))

    answers = [await posted(http, headers, extensions=extensions(text)) for headers in of.values()]
    without = await posted(http, extensions=extensions(text))

    assert [answer.json()["data"]["me"]["email"] for answer in answers] == [ada.email, eve.email]
    assert without.json() == {"data": {"me": None}}


async def test_a_mutation_by_hash_comes_by_post_alone(http, ada):
    text = "mutation Rename($name: String!) { updateProfile(input: {displayName: $name}) { __typename } }"
    headers = {"Authorization": f"Bearer {ada.session}"}
    name = "query Name { me { displayName } }"

    unknown = await got(http, headers, query=text, variables={"name": "G"}, extensions=extensions(text))
    assert (unknown.status_code, await is_kept(http, text)) == (405, False)
    await posted(http, headers, query=text, variables={"name": "A"}, extensions=extensions(text))
    by_get = await got(http, headers, variables={"name": "B"}, extensions=extensions(text))
    after_get = await posted(http, headers, query=name)
    by_post = await posted(http, headers, variables={"name": "C"}, extensions=extensions(text))
    after_post = await posted(http, headers, query=name)

    assert (by_get.status_code, by_get.headers["Allow"], refusal(by_get)[1]) == (405, "POST", "METHOD_NOT_ALLOWED")
    assert after_get.json()["data"]["me"]["displayName"] == "A"
    assert by_post.json() == {"data": {"updateProfile": {"__typename": "ProfileUpdated"}}}
    assert after_post.json()["data"]["me"]["displayName"] == "C"


async def test_a_mutation_with_a_string_in_its_text_is_not_kept(http):
    """Otherwise an attacker could find a password by asking for hashes, and no attempt would be counted."""
    login = 'mutation { login(input: {email: "a@example.org", password: "guess me if you can"}) { __typename } }'
    beside = f"query A {{ service {{ health }} }} {login.replace('mutation', 'mutation B')}"

    ran = await posted(http, query=login, extensions=extensions(login))
    asked = await posted(http, query=beside, operationName="A", extensions=extensions(beside))

    assert (ran.json(), asked.json()) == ({"data": {"login": {"__typename": "LoginRefused"}}}, HEALTH)
    assert [await is_kept(http, login), await is_kept(http, beside)] == [False, False]


async def test_the_rules_for_cookies_hold_for_a_hash(http, ada):
    text = "query Mine { me { email } }"
    cookie = {"Cookie": by(ada.session)}
    await posted(http, cookie | PREFLIGHT, query=text, extensions=extensions(text))

    refused = [await send(http, cookie, extensions=extensions(text)) for send in (posted, got)]
    answered = [await send(http, cookie | PREFLIGHT, extensions=extensions(text)) for send in (posted, got)]

    assert [(answer.status_code, refusal(answer)[1]) for answer in refused] == [(400, "BAD_REQUEST")] * 2
    assert [answer.json() for answer in answered] == [{"data": {"me": {"email": ada.email}}}] * 2


async def test_one_network_cannot_have_more_kept_than_its_share(service):
    """A megabyte: what it sends beyond that takes the place of its own first documents, and of nobody else's."""
    another, first = "query Another { service { health } }", "query Flood { service { health } }"
    texts = [f"query Flood{number} {{ service {{ health }} }} #{'x' * 60_000}" for number in range(18)]
    async with opened(service) as one, opened(service) as other:
        await posted(other, query=another, extensions=extensions(another))
        for text in (first, *texts):
            assert (await posted(one, query=text, extensions=extensions(text))).json() == HEALTH

        kept = [await is_kept(one, text) for text in (first, *texts)]

        assert kept == [False, False, *[True] * 17]
        assert await is_kept(one, another)
