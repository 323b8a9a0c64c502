"""The console in a real browser, in the order in which people use it."""

import asyncio
import json
import re
import subprocess

import httpx2
import pyotp
from playwright.async_api import Page, expect

from tests.console.visitor import PASSWORD, Visitor
from tests.local.conftest import ROOT, Run

# As another tab of the same browser does it.
LOG_OUT = """fetch("/graphql", {
  method: "POST",
  body: JSON.stringify({query: "mutation { logout { at } }"}),
  headers: {"Content-Type": "application/json", "GraphQL-Require-Preflight": "1"},
}).then((answer) => answer.status)"""


async def test_from_sign_up_to_a_first_answer(visitor: Visitor, page: Page):
    await page.goto("/")
    await page.get_by_role("main").get_by_role("link", name="Sign up").click()
    await page.get_by_label("Email address").fill(visitor.email)
    await page.get_by_label("Password", exact=True).fill("aaaaaaaaaaaaaaaaaaaa")
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_role("alert")).to_have_text(
        "Some of what you entered does not work. See the fields below."
    )
    await visitor.register()
    # `make run` sends no email, and the page shows what it caught.
    caught = page.locator("section.caught")
    await expect(caught).to_contain_text("This service is for trying out: it sends no emails.")
    await expect(caught.get_by_role("heading")).to_have_text("Verify your email address")
    await caught.get_by_role("link", name="Open its link").click()
    await page.get_by_role("button", name="Verify the address").click()
    await page.get_by_text(f"{visitor.email} is verified.").wait_for()
    # The code has left the address, and with it what a bookmark would hold.
    assert page.url.endswith("/verify-email")
    await page.get_by_role("main").get_by_role("link", name="Log in").click()
    await visitor.log_in("not the right password")
    await expect(page.get_by_role("alert")).to_contain_text("The email address or the password is wrong")
    await visitor.log_in()
    await page.get_by_label("Search").fill("simil")
    await page.get_by_text("1 model", exact=True).wait_for()
    await page.get_by_role("link", name="similarity").click()
    await page.get_by_label("Values").nth(0).fill("1 0")
    await page.get_by_label("Values").nth(1).fill("0 1\n2 0")
    await page.get_by_role("button", name="Run for 1 unit").click()

    await page.get_by_role("heading", name="Answer").wait_for()
    assert await page.locator("figure", has_text="scores").locator("td.number").all_inner_texts() == ["0", "1"]
    assert await page.locator("figure", has_text="order").locator("td.number").all_inner_texts() == ["1", "0"]
    await expect(page.get_by_text("It cost 1 unit.")).to_be_visible()
    # No script can read the session.
    assert await page.evaluate("[document.cookie, Object.keys(sessionStorage), Object.keys(localStorage)]") == [
        "",
        ["react-router-scroll-positions"],
        [],
    ]
    await page.go_back()
    await expect(page.get_by_label("Search")).to_have_value("simil")
    await expect(page.locator("ul.models li")).to_have_count(1)


async def test_wrong_inputs_are_said_at_their_field_and_cost_nothing(visitor: Visitor, page: Page):
    await visitor.join()
    await page.get_by_role("link", name="similarity").click()
    await page.get_by_label("Values").nth(0).fill("1 zero")
    await page.get_by_role("button", name="Run for 1 unit").click()
    await expect(page.get_by_text("Only numbers are allowed here.")).to_be_visible()

    await page.get_by_label("Values").nth(0).fill("1 0")
    await page.get_by_label("Shape").nth(0).fill("3")
    await page.get_by_role("button", name="Run for 1 unit").click()
    await expect(page.get_by_role("alert")).to_contain_text("query")


async def test_an_image_is_read_with_boxes_over_its_lines(visitor: Visitor, page: Page):
    await visitor.join()
    await page.get_by_role("link", name="Read text").click()
    await page.locator("input[type=file]").first.set_input_files(ROOT / "docs" / "letter.png")

    await expect(page.locator("pre.wrapped")).to_contain_text("Gatehouse Books", timeout=60_000)
    lines = (await page.locator("pre.wrapped").inner_text()).split("\n")
    assert await page.locator("svg.boxes polygon").count() == len(lines)


async def test_a_token_is_made_used_and_revoked(visitor: Visitor, page: Page, run: Run):
    await visitor.join()
    await page.get_by_role("link", name="API tokens").click()
    await page.get_by_text("You have no API tokens.").wait_for()
    await expect(page.get_by_role("main").get_by_role("checkbox")).to_have_count(0)
    await expect(page.get_by_role("main").get_by_role("searchbox")).to_have_count(0)
    await page.get_by_role("button", name="Create a token").click()
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_label("Expires after").select_option("PT1H")
    await page.get_by_role("button", name="Create the token").click()
    secret = await page.locator("code.token-text").inner_text()
    assert _answers(run, secret) == 200

    card = page.locator("li.token", has_text="laptop")
    await card.get_by_role("button", name="Revoke").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(card).to_have_count(0)
    assert _answers(run, secret) == 401
    await page.get_by_role("checkbox", name="Show expired and revoked").check(force=True)
    await expect(card).to_contain_text("revoked")


async def test_a_token_is_changed_and_a_call_is_copied_with_it(visitor: Visitor, page: Page):
    await visitor.join()
    await page.get_by_role("link", name="API tokens").click()
    await page.get_by_role("button", name="Create a token").click()
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_role("button", name="Create the token").click()
    secret = await page.locator("code.token-text").inner_text()
    card = page.locator("li.token", has_text="laptop")
    await card.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("desk")
    await dialog.get_by_role("combobox", name="Models").fill("similarity")
    await dialog.get_by_role("button", name="Add").first.click()
    await dialog.get_by_label("Networks").fill("127.0.0.1/8")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("See the fields below.")
    await expect(dialog.locator(".react-aria-FieldError")).to_have_count(1)
    await dialog.get_by_label("Networks").fill("127.0.0.0/8")
    await expect(dialog.locator(".react-aria-FieldError")).to_have_count(0)
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator("li.token", has_text="desk")).to_contain_text("127.0.0.0/8")
    await expect(page.locator("li.token", has_text="desk")).to_contain_text("similarity")

    await page.get_by_role("link", name="Models", exact=True).click()
    await page.get_by_role("link", name="similarity").click()
    await page.get_by_label("Values").nth(0).fill("1 0")
    await page.get_by_label("Values").nth(1).fill("0 1; 2 0; -1 0")
    copied = await page.get_by_role("tabpanel").locator("pre").inner_text()
    assert secret in copied
    done = await asyncio.to_thread(subprocess.run, ["sh", "-c", copied], capture_output=True, text=True, timeout=60)
    outputs = {one["name"]: one for one in json.loads(done.stdout)["data"]["infer"]["outputs"]}
    assert outputs["scores"]["values"] == [0, 1, -1]
    await page.get_by_label("API token").select_option("placeholder")
    assert secret not in await page.get_by_role("tabpanel").locator("pre").inner_text()


async def test_a_webhook_secret_is_shown_once(visitor: Visitor, page: Page):
    await visitor.join()
    await page.get_by_role("link", name="Account").click()
    section = page.locator("section", has=page.get_by_role("heading", name="Webhooks"))
    await section.get_by_role("button", name="Make a secret").click()
    assert (await section.locator("code.token-text").inner_text()).startswith("whsec_")
    await page.reload()
    await section.get_by_role("button", name="New secret").wait_for()
    await expect(section.locator("code.token-text")).to_have_count(0)
    await section.get_by_role("button", name="Delete").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await section.get_by_role("button", name="Make a secret").wait_for()


async def test_a_lost_connection_is_said_and_the_page_goes_on_by_itself(visitor: Visitor, page: Page):
    await visitor.join()
    await page.context.set_offline(True)
    await expect(page.get_by_text("You are offline.")).to_be_visible()
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("alert")).to_have_text("You are still logged in. Try again.")
    await page.context.set_offline(False)
    await expect(page.get_by_text("You are offline.")).to_have_count(0)
    # As it is while the service starts again.
    await page.route("**/graphql", lambda route: route.abort())
    await page.get_by_role("link", name="similarity").click()
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Run for 1 unit").wait_for()


async def test_a_limit_that_is_used_up_is_counted_down(visitor: Visitor, page: Page):
    limits = {"units-per-minute": 2, "units-per-day": 100, "concurrent-requests": 1, "max-api-tokens": 1}
    numbers = [word for name, number in limits.items() for word in (f"--{name}", str(number))]
    visitor.command("plans", "save", "tiny", *numbers, "--max-token-lifetime-days", "1")
    await visitor.join()
    visitor.command("users", "plan", visitor.email, "tiny")
    await page.goto("/models/similarity")
    refusal = page.get_by_role("alert")
    await page.get_by_role("button", name="Run for 1 unit").click()
    await page.get_by_role("button", name="Run for 1 unit").click()
    await expect(refusal).to_contain_text("You have used up your units for now.")
    await expect(refusal).to_contain_text(re.compile(r"Wait \d+ seconds\."))

    await page.get_by_role("link", name="API tokens").click()
    await page.get_by_role("button", name="Create a token").click()
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_role("button", name="Create the token").click()
    # No field has the name of this input.
    await expect(refusal).to_have_text("This does not work:Your plan allows API tokens of up to 1 days.")


async def test_two_factors_and_recovery(visitor: Visitor, page: Page):
    await visitor.join()
    await page.get_by_role("link", name="Account").click()
    section = page.locator("section", has=page.get_by_role("heading", name="Two-factor login"))
    await section.get_by_text("Turn it on").click()
    await section.get_by_label("Password", exact=True).fill(PASSWORD)
    await section.get_by_role("button", name="Begin").click()
    secret = await section.locator("code.token-text").inner_text()
    await section.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret).now())
    recovery = await section.locator("ul.codes code").all_inner_texts()
    await section.get_by_role("button", name="3. Turn it on").click()
    await expect(section.get_by_text("Turn it off").first).to_be_visible()
    await visitor.log_out()

    await visitor.log_in()
    await page.get_by_label("Code").fill(recovery[0])
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Log out").wait_for()
    await visitor.log_out()

    await page.goto("/forgot-password")
    await page.get_by_label("Email address").fill(visitor.email)
    await page.get_by_role("button", name="Send the email").click()
    await page.goto(await visitor.link("reset-password"))
    await page.get_by_label("New password", exact=True).fill("another sentence that nobody uses")
    await page.get_by_role("button", name="Set the password").click()
    await page.get_by_text("The new password is set").wait_for()
    await visitor.log_in("another sentence that nobody uses")
    await page.get_by_role("heading", name="Second factor").wait_for()


async def test_a_session_that_was_ended_elsewhere_leads_to_the_login_and_back(visitor: Visitor, page: Page):
    await visitor.join()
    await page.get_by_role("link", name="Usage").click()
    await page.get_by_role("heading", name="Left now").wait_for()
    await page.evaluate(LOG_OUT)

    await page.get_by_role("heading", name="Log in").wait_for()
    await page.get_by_label("Email address").fill(visitor.email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("heading", name="Usage").wait_for()

    other = await page.context.new_page()
    await other.goto("/models")
    await other.get_by_role("button", name="Log out").click()
    await page.get_by_role("heading", name="Log in").wait_for()


def _answers(run: Run, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}", "Accept": "application/graphql-response+json"}
    address = f"http://127.0.0.1:{run.port}/graphql"
    return httpx2.post(address, headers=headers, json={"query": "{ me { id } }"}, timeout=30).status_code
