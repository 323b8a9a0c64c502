"""What administrators do in the console."""

import asyncio

from playwright.async_api import Page, Route, expect

from tests.console.visitor import Visitor


async def test_a_plan_is_made_given_found_and_taken(administrator: Page, visitor: Visitor):
    page = administrator
    await visitor.join()
    await page.goto("/admin/plans")
    await page.get_by_role("button", name="New plan").click()
    form = page.locator("section", has=page.get_by_role("heading", name="New plan"))
    await form.get_by_label("Name").fill("readers")
    for label in ("Units a minute", "Units a day", "Calls at the same time", "API tokens"):
        await form.get_by_label(label).fill("7")
    await form.get_by_label("Longest lifetime of a token, in days").fill("1.5")
    await form.get_by_role("button", name="Limit one model").click()
    await form.get_by_role("textbox", name="Model", exact=True).fill("similarity")
    limit = form.get_by_role("group", name="similarity")
    await limit.get_by_label("Units a minute").fill("0")
    await form.get_by_role("button", name="Save").click()
    # At the field of the limit, and not at that of the plan with the same name.
    await expect(form.locator(".react-aria-FieldError")).to_have_count(1)
    await expect(limit.locator(".react-aria-FieldError")).to_have_text("This must be from 1 to 2147483647.")
    await limit.get_by_label("Units a minute").fill("3")
    await form.get_by_role("button", name="Save").click()
    card = page.locator("section", has=page.get_by_role("heading", name="readers"))
    await expect(card).to_contain_text("similarity: 3 units a minute")
    await expect(card).to_contain_text("36 hours")

    await _open(page, visitor.email)
    await page.get_by_role("combobox", name="Plan").select_option("readers")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("gave a user a plan")).to_be_visible()
    await page.goto("/admin/users")
    await page.get_by_label("Plan").select_option("readers")
    await expect(page.get_by_role("status").filter(has_text="user")).to_have_text("1 user")
    await expect(page.get_by_role("table").get_by_role("link")).to_have_text(visitor.email)


async def test_a_suspended_user_is_out_at_once_until_reinstated(administrator: Page, visitor: Visitor):
    page = administrator
    await visitor.join()
    await _open(page, visitor.email)
    await page.get_by_text("Suspend", exact=True).first.click()
    await page.get_by_label("Reason").fill("a test")
    await page.get_by_role("button", name="Suspend").click()
    await page.get_by_role("button", name="Reinstate").wait_for()
    await visitor.page.reload()
    await visitor.page.get_by_role("heading", name="Log in").wait_for()

    await page.get_by_role("button", name="Reinstate").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Reinstate").click()
    await page.get_by_text("Suspend", exact=True).first.wait_for()
    await visitor.log_in()
    await visitor.page.get_by_role("heading", name="Models", exact=True).wait_for()


async def test_the_audit_log_shows_one_kind_of_event(administrator: Page):
    page = administrator
    await page.goto("/admin/audit-log")
    shown = page.locator(".events > li strong")
    await shown.first.wait_for()
    assert len(set(await shown.all_inner_texts())) > 1
    await page.get_by_label("Kind of event").select_option("turned two-factor login on")
    await expect(shown).to_have_text(["turned two-factor login on"])
    # It is in the address, so that a link and "back" lead to it.
    await page.reload()
    await expect(page.get_by_label("Kind of event")).to_have_value("TWO_FACTOR_ENABLED")
    await expect(shown).to_have_text(["turned two-factor login on"])


async def test_who_clicks_a_link_while_typing_gets_there(administrator: Page, visitor: Visitor):
    page = administrator
    await visitor.join()
    await page.goto("/admin/users")
    link = page.get_by_role("link", name=visitor.email)
    await link.wait_for()

    async def slowly(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    # The code of the next page takes longer than the pause after which a search begins.
    await page.route("**/UserPage.js*", slowly)
    await page.get_by_label("Email address or name").fill(visitor.email)
    await link.click()

    await page.get_by_role("heading", name=visitor.email).wait_for()


async def _open(page: Page, email: str) -> None:
    await page.goto("/admin/users")
    await page.get_by_label("Email address or name").fill(email)
    await page.get_by_role("link", name=email).click()
    await page.get_by_role("heading", name=email).wait_for()
