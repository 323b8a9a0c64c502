"""Every page of the console: what it looks like, and what axe finds in it."""

import asyncio

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from graph.console import routes
from local import paths
from tests.clients import chromium
from tests.console.conftest import SIZES
from tests.local.conftest import Run

# Kept after the run, for people to look at.
SCREENSHOTS = paths.ROOT / "build" / "screenshots"
OPEN = ["/", "/none", "/register", "/login", *(f"/{name}" for name in routes.MAIL_PAGES)]
MEMBERS = [
    "/models",
    "/models/similarity",
    "/models/text_reader",
    "/read-text",
    "/jobs",
    "/jobs/{id}",
    "/tokens",
    "/usage",
    "/account",
]
ADMINISTRATORS = ["/admin/users", "/admin/users/{id}", "/admin/plans", "/admin/audit-log"]
AXE = """async (options) =>
  (await axe.run(options)).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)"""
# What a scheme can change.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
# Of the fields of each form, but for those that stand beside each other.
WIDTHS = """() => [...document.querySelectorAll("form > .fields")].map((fields) =>
  [...fields.querySelectorAll("input:not([type=checkbox], [type=hidden], .visually-hidden), select")]
    .filter((one) => one.offsetWidth && !one.closest(".row, .limit"))
    .map((one) => one.offsetWidth))"""
# A token, a call with it, and a job.
FURNISH = """async () => {
  const ask = async (query, headers = {}) => {
    const all = { "Content-Type": "application/json", "GraphQL-Require-Preflight": "1", ...headers };
    const credentials = headers.Authorization ? "omit" : "same-origin";
    const sent = { method: "POST", headers: all, credentials, body: JSON.stringify({ query }) };
    const answer = await fetch("/graphql", sent);
    return (await answer.json()).data;
  };
  const inputs = `[{ name: "query", shape: [2], data: { values: [1, 0] } },
    { name: "candidates", shape: [2, 2], data: { values: [1, 0, 0, 1] } }]`;
  const { made } = await ask(`mutation { made: createApiToken(input: { name: "laptop", expiresIn: "P7D" }) {
    ... on ApiTokenCreated { token } } }`);
  const headers = { Authorization: `Bearer ${made.token}` };
  const { infer } = await ask(`{ infer(model: "similarity", inputs: ${inputs}) { version } }`, headers);
  const { job } = await ask(`mutation { job: createJob(input: { model: "similarity", inputs: ${inputs} }) {
    ... on JobAccepted { job { id } } } }`);
  return [infer.version, Boolean(job.job.id)];
}"""
# Of the 30 days before today.
USAGE = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT users.id, null, model, date_trunc('day', now()) - n * interval '1 day', n * 7 % 11, n % 2, n * 7 % 11 * 3, 40
FROM users, generate_series(1, 30) n, unnest(ARRAY['similarity', 'text_reader']) model WHERE users.role = 'ADMIN'
"""


@pytest.fixture(scope="module")
async def member(administrator: Page, run: Run) -> Page:
    """With something on each page."""
    assert await administrator.evaluate(FURNISH) == ["1", True]
    database = await asyncpg.connect(run.env()["GATEHOUSE_DATABASE_URL"])
    try:
        await database.execute(USAGE)
    finally:
        await database.close()
    await administrator.goto("/jobs")
    await administrator.get_by_role("table").get_by_text("done").wait_for()
    return administrator


@pytest.mark.parametrize("path", OPEN)
async def test_an_open_page_has_no_fault_that_axe_finds(page: Page, path: str):
    await _look_at(page, path)


@pytest.mark.parametrize("path", [*MEMBERS, *ADMINISTRATORS])
async def test_a_page_of_a_user_has_no_fault_that_axe_finds(member: Page, path: str):
    if "{id}" in path:
        await member.goto(path.removesuffix("/{id}"))
        path = str(await member.get_by_role("table").get_by_role("link").first.get_attribute("href"))
    await _look_at(member, path)


async def test_the_page_is_in_the_language_of_the_browser(browser: Browser, run: Run):
    headings = {}
    for language in ("en-GB", "zh-TW", "ja-JP", "de-DE"):
        context = await browser.new_context(base_url=f"http://127.0.0.1:{run.port}", locale=language)
        page = await context.new_page()
        await page.goto("/login")
        headings[language] = (
            await page.get_by_role("heading", level=1).inner_text(),
            await page.locator("html").get_attribute("lang"),
        )
        await context.close()

    assert headings == {
        "en-GB": ("Log in", "en"),
        "zh-TW": ("登入", "zh-Hant"),
        "ja-JP": ("ログイン", "ja"),
        "de-DE": ("Log in", "en"),
    }


async def _look_at(page: Page, path: str) -> None:
    await page.goto(path)
    await page.get_by_role("heading", level=1).wait_for()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert [widths for widths in await page.evaluate(WIDTHS) if len(set(widths)) > 1] == []
    await page.evaluate(await asyncio.to_thread(chromium.axe))
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for name, size in SIZES.items():
            await page.set_viewport_size(size)
            await _keep(page, f"{_name(path)}-{scheme}-{name}")
        options = {} if scheme == "light" else COLOURS
        found += [f"{scheme}: {violation}" for violation in await page.evaluate(AXE, options)]
    assert found == []
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(SIZES["phone"])
    for language in ("zh-Hant", "ja", "en"):
        await page.locator("footer select").select_option(language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        # Nothing is cut off at the side of a phone.
        assert await page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"]["width"]


def _name(path: str) -> str:
    return path.strip("/").replace("/", "-")[:30] or "home"


async def _keep(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
