"""Who is a visitor, and what a visitor may do where the operator does not let them infer."""

import pytest

import errors
from tests.service import Client

GOOD = "{ __typename }"


@pytest.mark.usefixtures("answers_as_before")
@pytest.mark.parametrize(
    "credential", ["Bearer x", "Bearer", "", "Basic YTpi", "bearer gth_eyJhbGciOiJub25lIn0.e30.", "x" * 4000, "é"]
)
async def test_a_caller_with_a_bad_credential_is_not_treated_as_anonymous(visitor, credential: str):
    headers = {"Authorization": credential.encode(), "Accept": "application/json"}
    answer = await visitor.http.post("/graphql", json={"query": GOOD}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Gatehouse"'
    problem = answer.json()["errors"][0]
    assert problem.pop("extensions") == {"code": "UNAUTHENTICATED", "requestId": answer.headers["X-Request-ID"]}
    assert answer.json() == {"errors": [problem | {"extensions": answer.json()["errors"][0]["extensions"]}]}
    assert problem == {"message": str(errors.Unauthenticated())}


@pytest.mark.usefixtures("answers_as_before")
async def test_a_credential_is_looked_at_before_the_body(visitor):
    headers = {"Authorization": "Bearer x"}
    answer = await visitor.http.post("/graphql", content=b"nonsense" * 20_000, headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_two_credentials_in_one_request_are_refused(visitor):
    headers = [("Authorization", "Bearer x"), ("Authorization", "Bearer y")]
    answer = await visitor.http.post("/graphql", json={"query": GOOD}, headers=headers)

    assert answer.status_code == 401


@pytest.fixture(scope="module")
async def anonymous(guarded):
    client = Client(guarded.url)
    yield client
    await client.aclose()


INPUTS = '{name: "IN", shape: [1], data: {values: [1]}}'


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("models { totalCount }", ["models"]),
        ('model(name: "identity") { name }', ["model"]),
        ('model(name: "none") { name }', ["model"]),
        (f'infer(model: "costly", inputs: [{INPUTS}]) {{ version }}', ["infer"]),
        (f'infer(model: "none", inputs: [{INPUTS}]) {{ version }}', ["infer"]),
        ('readText(image: {base64: ""}) { text }', ["readText"]),
        ('readTexts(images: [{base64: ""}]) { __typename }', ["readTexts"]),
        ("typed { costly(IN: {data: {values: [1]}}) { OUT { name } } }", ["typed", "costly"]),
    ],
)
async def test_without_a_credential_no_model_is_shown(anonymous, field: str, path: list[str]):
    answer = await anonymous.post(f"{{ {field} service {{ health }} }}")

    assert answer.status_code == 200
    assert answer.json()["data"]["service"] == {"health": "UP"}
    assert answer.json()["data"][path[0]] == (None if len(path) == 1 else {path[1]: None})
    assert [(error["path"], error["extensions"]["code"]) for error in answer.json()["errors"]] == [
        (path, "UNAUTHENTICATED")
    ]
    assert [error["message"] for error in answer.json()["errors"]] == [
        "This needs a credential, and none was sent. Log in or make an API token, and send it as "
        "`Authorization: Bearer TOKEN`."
    ]


async def test_service_and_prices_need_no_credential(anonymous):
    answer = await anonymous.run("{ service { health } rateLimit { cost } }")

    assert answer == {"service": {"health": "UP"}, "rateLimit": {"cost": 0}}


async def test_a_price_does_not_show_whether_a_model_exists(anonymous):
    query = "query ($m: String!) {{ rateLimit(dryRun: true) {{ cost }} infer(model: $m, inputs: [{}]) {{ version }} }}"
    costs = [(await anonymous.run(query.format(INPUTS), m=name))["rateLimit"]["cost"] for name in ("costly", "none")]

    assert costs == [1, 1]
