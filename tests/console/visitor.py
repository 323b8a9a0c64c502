"""Somebody who uses the console, and can read the mail that they get."""

import asyncio
import re
import subprocess
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from uuid import uuid4

from playwright.async_api import Page

from local import paths
from tests.local.conftest import Run

_ASK = """async ([query, variables]) => {
  const headers = { "Content-Type": "application/json", "GraphQL-Require-Preflight": "1" };
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return (await answer.json()).data.result.__typename;
}"""
_REGISTER = "mutation ($input: RegisterInput!) { result: register(input: $input) { __typename } }"
_VERIFY = "mutation ($code: String!) { result: verifyEmail(code: $code) { __typename } }"
_LOG_IN = "mutation ($input: LoginInput!) { result: login(input: $input) { __typename } }"
PASSWORD = "a sentence that nobody else uses"  # noqa: S105 - of a test


@dataclass
class Visitor:
    page: Page
    run: Run
    email: str = field(default_factory=lambda: f"{uuid4()}@example.org")

    async def register(self) -> None:
        await self.page.goto("/register")
        await self.page.get_by_label("Email address").fill(self.email)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign up").click()
        await self.page.get_by_role("heading", level=1, name="Verify your email address").wait_for()

    async def verify(self) -> None:
        await self.page.goto(await self.link("verify-email"))
        await self.page.get_by_role("button", name="Verify the address").click()
        await self.page.get_by_text(f"{self.email} is verified.").wait_for()

    async def log_in(self, password: str = PASSWORD) -> None:
        await self.page.goto("/login")
        await self.page.get_by_label("Email address").fill(self.email)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.page.get_by_role("button", name="Log in").click()

    async def log_out(self) -> None:
        button = self.page.get_by_role("button", name="Log out")
        await button.click()
        await button.wait_for(state="detached")

    async def join(self) -> None:
        """From nothing to a session. The page asks the API itself: to fill in its forms takes several times longer, and
        `test_from_sign_up_to_a_first_answer` does."""
        await self.page.goto("/login")
        account = {"email": self.email, "password": PASSWORD}
        assert await self.page.evaluate(_ASK, [_REGISTER, {"input": account}]) == "MailAccepted"
        code = (await self.link("verify-email")).partition("#code=")[2]
        assert await self.page.evaluate(_ASK, [_VERIFY, {"code": code}]) == "EmailVerified"
        assert await self.page.evaluate(_ASK, [_LOG_IN, {"input": account | {"cookie": True}}]) == "LoggedIn"
        await self.page.goto("/models")
        await self.page.get_by_role("heading", name="Models", exact=True).wait_for()

    async def link(self, name: str, *, within: float = 30) -> str:
        """The newest link of this name in a mail to the visitor, without its host."""
        end = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < end:
            if found := self._links(name):
                return found[-1]
            await asyncio.sleep(0.05)
        raise AssertionError(f"No mail with a link to {name} came.")

    def _links(self, name: str) -> list[str]:
        mails = sorted((self.run.data / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        texts = [_text(file.read_bytes()) for file in mails if self.email in file.read_text("utf-8", "replace")]
        return [link for text in texts for link in re.findall(rf"(/{name}#code=[A-Z2-7-]+)", text)]

    def command(self, *words: str) -> str:
        """What `gatehouse ...` prints on the machine of the service."""
        program = [str(paths.SERVICE / "bin" / "gatehouse"), *words]
        done = subprocess.run(program, env=self.run.env(), capture_output=True, text=True, timeout=60, check=True)
        return done.stdout


def _text(mail: bytes) -> str:
    body = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())
