"""The whole journey with nothing but keys."""

import pyotp
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.console.keyboard import Keyboard
from tests.console.visitor import PASSWORD, Visitor


async def test_the_journey_needs_no_mouse(context: BrowserContext, visitor: Visitor, page: Page):
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    keys = Keyboard(page)
    await page.goto("/")
    await _sign_up(keys, visitor)
    await _log_in(keys, visitor)
    await keys.arrives("Models")
    recovery = await _turn_two_factor_on(keys)
    await keys.enter(page.get_by_role("button", name="Log out"), by="Shift+Tab")
    await keys.arrives("Models behind one API")

    await keys.enter(page.get_by_role("main").get_by_role("link", name="Log in"))
    await _log_in(keys, visitor)
    await expect(page.get_by_label("Code")).to_be_focused()
    await keys.write(recovery)
    await keys.press("Enter")
    await keys.arrives("Models")

    await _run_a_model(keys)
    await _make_and_revoke_a_token(keys)
    await keys.open("Usage")
    await keys.reach(page.get_by_label("Period"))
    await keys.press("ArrowDown")
    await expect(page.get_by_label("Period")).to_have_value("year")
    # The page is as long as before only when the year is there.
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await keys.reach(page.get_by_label("Language"))
    await keys.press("ArrowDown")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    await keys.press("ArrowUp")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await keys.enter(page.get_by_role("button", name="Log out"), by="Shift+Tab")
    await keys.arrives("Models behind one API")


async def _sign_up(keys: Keyboard, visitor: Visitor) -> None:
    page = keys.page
    await keys.enter(page.get_by_role("main").get_by_role("link", name="Sign up"))
    await keys.arrives("Sign up")
    await keys.reach(page.get_by_label("Email address"))
    await keys.write(visitor.email)
    await keys.reach(page.get_by_label("Password", exact=True))
    await keys.write(PASSWORD)
    await keys.press("Enter")
    await keys.arrives("Verify your email address")
    await keys.enter(page.get_by_role("link", name="Open its link"))
    await page.get_by_text("Press the button to verify").wait_for()
    await keys.arrives("Verify your email address")
    await keys.enter(page.get_by_role("button", name="Verify the address"))
    await page.get_by_text(f"{visitor.email} is verified.").wait_for()
    await keys.arrives("Verify your email address")
    await keys.enter(page.get_by_role("main").get_by_role("link", name="Log in"))


async def _log_in(keys: Keyboard, visitor: Visitor) -> None:
    await keys.arrives("Log in")
    await keys.reach(keys.page.get_by_label("Email address"))
    await keys.write(visitor.email)
    await keys.reach(keys.page.get_by_label("Password", exact=True))
    await keys.write(PASSWORD)
    await keys.press("Enter")


async def _turn_two_factor_on(keys: Keyboard) -> str:
    """One of the recovery codes."""
    page = keys.page
    await keys.open("Account")
    section = page.locator("section", has=page.get_by_role("heading", name="Two-factor login"))
    await keys.enter(section.get_by_text("Turn it on"))
    await keys.reach(section.get_by_label("Password", exact=True))
    await keys.write(PASSWORD)
    await keys.press("Enter")
    secret = await section.locator("code.token-text").inner_text()
    await expect(section.get_by_role("heading", name="Two-factor login")).to_be_focused()
    await keys.reach(section.get_by_label("Code that the app shows"))
    await keys.write(pyotp.TOTP(secret).now())
    recovery = await section.locator("ul.codes code").first.inner_text()
    await keys.press("Enter")
    await section.get_by_text("Turn it off").first.wait_for()
    await expect(section.get_by_role("heading", name="Two-factor login")).to_be_focused()
    return recovery


async def _run_a_model(keys: Keyboard) -> None:
    page = keys.page
    await keys.enter(page.get_by_role("link", name="similarity"))
    await keys.arrives("similarity")
    await keys.reach(page.get_by_label("Values").nth(0))
    await keys.write("1 0")
    await keys.reach(page.get_by_label("Values").nth(1))
    await keys.write("0 1\n2 0")
    run = page.get_by_role("button", name="Run for 1 unit")
    await keys.enter(run)
    await page.get_by_role("heading", name="Answer").wait_for()
    assert await page.locator("figure", has_text="scores").locator("td.number").all_inner_texts() == ["0", "1"]
    await expect(run).to_be_focused()


async def _make_and_revoke_a_token(keys: Keyboard) -> None:
    page = keys.page
    await keys.open("API tokens")
    await keys.enter(page.get_by_role("button", name="Create a token"))
    await expect(page.get_by_label("Name")).to_be_focused()
    await keys.write("laptop")
    await keys.press("Enter")
    await expect(page.locator("section.secret")).to_be_focused()
    await keys.enter(page.get_by_role("button", name="Copy the token"))
    await page.get_by_role("button", name="Copied").wait_for()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await page.locator("code.token-text").inner_text()
    await keys.enter(page.get_by_role("button", name="I have it"))
    await keys.arrives("API tokens")

    await _leave_a_dialog(keys, "Change", page.get_by_role("dialog"))
    await _leave_a_dialog(keys, "Revoke", page.get_by_role("alertdialog"))
    await expect(page.locator("li.token")).to_contain_text("active")
    await keys.press("Enter")
    await keys.enter(page.get_by_role("alertdialog").get_by_role("button", name="Revoke"))
    await page.get_by_text("You have no API tokens.").wait_for()
    # The button that had the focus is gone with its token.
    await keys.arrives("API tokens")


async def _leave_a_dialog(keys: Keyboard, name: str, dialog: Locator) -> None:
    """It keeps the focus until Escape, and gives it back."""
    button = keys.page.get_by_role("button", name=name, exact=True)
    await keys.enter(button)
    await dialog.wait_for()
    for _ in range(8):
        await keys.press("Tab")
        assert await dialog.evaluate("(it) => it.contains(document.activeElement)")
    await keys.press("Escape")
    await dialog.wait_for(state="detached")
    await expect(button).to_be_focused()
