"""The console with as much as an account may hold."""

from uuid import uuid4

import asyncpg
from playwright.async_api import Page, expect

from tests.console.visitor import Visitor
from tests.local.conftest import Run

_TOKENS = """
INSERT INTO api_tokens (id, user_id, name, hint, scopes, created_at, expires_at, reminded_days)
SELECT gen_random_uuid(), users.id, 'program ' || n, 'abcdef', '["INFER"]', now() + n * interval '1 ms',
    now() + interval '90 days', 31
FROM users, generate_series(1, 10000) n WHERE users.email = $1
"""
# Each hour of a year; the last of today.
_USAGE = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT users.id, null, 'similarity', hour, 3, 1, 2, 10
FROM users, generate_series(date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '364 days',
    date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '23 hours', interval '1 hour') hour
WHERE users.email = $1
"""


async def test_ten_thousand_tokens_come_page_by_page(visitor: Visitor, page: Page, run: Run):
    await visitor.join()
    await _insert(run, _TOKENS, visitor.email)

    await page.get_by_role("link", name="API tokens").click()
    await expect(page.get_by_role("main").get_by_role("status")).to_have_text("10,000 tokens")
    cards = page.locator("li.token")
    await expect(cards).to_have_count(20)
    await expect(cards.first).to_contain_text("program 10000")
    await page.get_by_role("button", name="Show more").click()
    await expect(cards).to_have_count(40)
    await expect(cards.last).to_contain_text("program 9961")
    await page.get_by_label("Search").fill("gram 4321")
    await expect(page.get_by_role("main").get_by_role("status")).to_have_text("1 token")
    await expect(cards).to_have_count(1)
    await expect(cards).to_contain_text("program 4321")


async def test_a_year_of_usage_by_the_hour_is_one_plot(visitor: Visitor, page: Page, run: Run):
    await visitor.join()
    await _insert(run, _USAGE, visitor.email)

    await page.get_by_role("link", name="Usage").click()
    await page.get_by_label("Period").select_option("year")
    await page.get_by_label("Show").select_option("calls")
    await expect(page.get_by_text(f"Calls in all: {3 * 24 * 365:,}")).to_be_visible()
    await page.get_by_text("As a table").click()
    await expect(page.locator(".tall tbody tr")).to_have_count(365)
    row = page.get_by_role("row", name="similarity")
    assert await row.get_by_role("cell").all_inner_texts() == [
        f"{2 * 24 * 365:,}",
        f"{3 * 24 * 365:,}",
        f"{24 * 365:,}",
        "87.6 sec",
    ]


async def test_long_names_fit_on_the_narrowest_screen(visitor: Visitor, page: Page):
    # 320 pixels are also what a screen of 1,280 shows at 400 %.
    visitor.email = f"{uuid4().hex}{'a' * 28}@{'b' * 60}.{'c' * 60}.example.org"
    await visitor.join()
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto("/tokens")
    await page.get_by_role("button", name="Create a token").click()
    await page.get_by_label("Name").fill("t" * 80)
    await page.get_by_role("button", name="Create the token").click()
    await page.locator("code.token-text").wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    for path, text in (("/account", visitor.email), ("/models/similarity", "Run for 1 unit")):
        await page.goto(path)
        await page.get_by_role("main").get_by_text(text).first.wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def _insert(run: Run, statement: str, email: str) -> None:
    database = await asyncpg.connect(run.env()["GATEHOUSE_DATABASE_URL"])
    try:
        await database.execute(statement, email)
    finally:
        await database.close()
