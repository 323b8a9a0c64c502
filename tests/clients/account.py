"""An account with an API token, made as a newcomer makes one under `make run`."""

import re
import time
from typing import Any

import httpx2

from tests.local.conftest import Run

WHO = {"email": "ada@example.com", "password": "correct horse battery staple"}
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { __typename } }"
VERIFY = "mutation ($code: String!) { verifyEmail(code: $code) { __typename } }"
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { ... on LoggedIn { token } } }"
CREATE = """mutation { createApiToken(input: {name: "clients", expiresIn: "PT1H"}) {
  ... on ApiTokenCreated { token } } }"""


def token(run: Run) -> str:
    with httpx2.Client(base_url=f"http://127.0.0.1:{run.port}", timeout=30) as http:
        _ask(http, REGISTER, input=WHO)
        _ask(http, VERIFY, code=_code(run))
        http.headers["Authorization"] = f"Bearer {_ask(http, LOGIN, input=WHO)['login']['token']}"
        return str(_ask(http, CREATE)["createApiToken"]["token"])


def _ask(http: httpx2.Client, document: str, **variables: Any) -> dict[str, Any]:
    answer = http.post("/graphql", json={"query": document, "variables": variables})
    return dict(answer.json()["data"])


def _code(run: Run, *, within: float = 30) -> str:
    end = time.monotonic() + within
    while time.monotonic() < end:
        for mail in (run.data / "mail").glob("*.eml"):
            if WHO["email"] in (text := mail.read_text()) and (found := re.search(r"code=([A-Z2-7-]+)", text)):
                return found[1]
        time.sleep(0.05)
    raise AssertionError("No email came.")
