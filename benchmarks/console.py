"""How soon the pages of the console can be used, in Chromium: `python -m benchmarks console`.

A user with 10,000 API tokens and a year of usage, and a thousand models. Each load is in a new context of
the browser, with nothing in its cache. The processor time is that of the browser's process for the page until then.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

import asyncpg
import httpx2
from playwright.async_api import Browser, Page

from access.credentials import Credential, Kind, Signer
from benchmarks import stage
from graph.http import cookies
from local import servers
from settings import Settings
from tests.clients import chromium
from tests.service import TLS, Service

_LOADS, _ASKED, _MODELS, _TOKENS = 5, 3, 1000, 10_000
_MINUTE, _LONGEST = 61, 900
_USER, _SESSION = UUID(int=1), UUID(int=2)
_ROWS = (
    # ruff: noqa: S608 - only our own numbers are put in
    """INSERT INTO plans
    (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, models)
    VALUES ('00000000-0000-0000-0000-000000000001', 'all', 1000000, 1000000000, 1000, 20000, 31536000000000, '[]')""",
    f"""INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
    VALUES ('{_USER}', 'ada@example.org', repeat('x', 97), now(), 'en', 'USER', '{UUID(int=1)}', now())""",
    f"""INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
    VALUES ('{_SESSION}', '{_USER}', now(), now(), now() + interval '1 day')""",
    f"""INSERT INTO api_tokens (id, user_id, name, hint, scopes, created_at, expires_at, reminded_days)
    SELECT gen_random_uuid(), '{_USER}', 'program ' || n, 'abcdef', '["INFER"]', now() + n * interval '1 ms',
    now() + interval '90 days', 31 FROM generate_series(1, {_TOKENS}) n""",
    # Each hour of a year, of the newest five tokens.
    f"""INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
    SELECT '{_USER}', token.id, 'model_000' || token.number, hour, 3, 1, 2, 10
    FROM (SELECT id, row_number() OVER (ORDER BY created_at DESC) AS number FROM api_tokens LIMIT 5) token,
    generate_series(date_trunc('day', now()) - interval '364 days', now(), interval '1 hour') hour""",
)
# What the page of usage sends for a year.
_YEAR = """query ($from: Date!, $to: Date!, $byModel: Boolean!, $interval: UsageInterval!) { me {
  usage(from: $from, to: $to, interval: $interval, byModel: $byModel) {
    start model calls failed units inferenceMs refusals { code count } } } }"""
_MODEL = """\
backend: "python"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "Y" data_type: TYPE_FP32 dims: [ -1 ] } ]
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
"""
_CODE = """\
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([triton.Tensor("Y", request.inputs()[0].as_numpy())]) for request in requests]
"""
# An ensemble has no process of its own, so a thousand of them are cheap.
_ENSEMBLE = """\
platform: "ensemble"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "Y" data_type: TYPE_FP32 dims: [ -1 ] } ]
ensemble_scheduling { step [ { model_name: "echo" model_version: -1 input_map { key: "X" value: "X" }
  output_map { key: "Y" value: "Y" } } ] }
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
parameters: { key: "gatehouse.description" value: { string_value: "Gives back what it gets, as the others do." } }
"""
# When the first text was painted, by Chromium.
_PAINTED = """() => new Promise((resolve) => {
  const look = () => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (paint) resolve(paint.startTime); else requestAnimationFrame(look);
  };
  look();
})"""
# The time at which the page has so many of these and has answered once since.
_READY = """([selector, count]) => new Promise((resolve) => {
  const look = () => document.querySelectorAll(selector).length >= count
    ? setTimeout(() => resolve(performance.now()), 0)
    : requestAnimationFrame(look);
  look();
})"""


_ONE_LEFT = _READY.replace(">= count", "=== 1").replace("[selector, count]", "selector")
# Of the plot of usage.
_BARS = ".chart .bar"


def main() -> None:
    with stage.databases() as (needed, data), tempfile.TemporaryDirectory() as folder:
        repository = Path(folder)
        _write(repository)
        triton = servers.Triton(data, [repository])
        started = time.monotonic()
        with servers.running(triton):
            loaded = time.monotonic() - started
            service = Service(needed | {"GATEHOUSE_TRITON_URL": triton.url}, data / "service.log")
            service.migrate()
            asyncio.run(_fill(needed["GATEHOUSE_DATABASE_URL"]))
            service.start(until="/healthz")
            try:
                print(f"Triton loaded {_MODELS + 1:,} models in {loaded:.0f} s.\n")
                asyncio.run(_measure(service, Settings.from_environ(service.settings)))
            finally:
                service.stop()


def _write(repository: Path) -> None:
    (repository / "echo" / "1").mkdir(parents=True)
    (repository / "echo" / "config.pbtxt").write_text(_MODEL)
    (repository / "echo" / "1" / "model.py").write_text(_CODE)
    for number in range(_MODELS):
        name = f"model_{number:04}"
        (repository / name / "1").mkdir(parents=True)
        (repository / name / "config.pbtxt").write_text(_ENSEMBLE)


async def _fill(url: str) -> None:
    database = await asyncpg.connect(url)
    try:
        for statement in _ROWS:
            await database.execute(statement)
        await database.execute("VACUUM ANALYZE")
    finally:
        await database.close()


async def _measure(service: Service, settings: Settings) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    credential = Credential(Kind.SESSION, _SESSION, _USER, frozenset(), at + timedelta(days=1))
    session = Signer.from_settings(settings).sign(credential, at)
    print(f"Milliseconds, median of {_LOADS} loads (least, most).\n")
    print("| page | first text | can be used | processor time |")
    print("|---|---|---|---|")
    async with chromium.launched() as browser, asyncio.timeout(_LONGEST):
        await _row("first page, nobody logged in", browser, service, "", _opened("/", "main a.button", 1))
        await _row("`/login`", browser, service, "", _opened("/login", "form button", 1))
        first = _opened("/models", "ul.models li", 48)
        await _row(f"`/models`, of {_MODELS:,}", browser, service, session, first)
        await _row(f"a model is searched for in {_MODELS:,}", browser, service, session, _found)
        await _row("a model's page", browser, service, session, _opened("/models/model_0500", "form.card fieldset", 1))
        # What the rows so far have spent of the session's own limit is back after a minute.
        await asyncio.sleep(_MINUTE)
        tokens = _opened("/tokens", "li.token", 20)
        await _row(f"`/tokens`, of {_TOKENS:,}", browser, service, session, tokens)
        await _row("`/usage`", browser, service, session, _opened("/usage", _BARS, 30))
        # A year takes more of it than other pages do.
        await asyncio.sleep(_MINUTE)
        await _row("a year is chosen on `/usage`", browser, service, session, _a_year, loads=1)
        await asyncio.sleep(_MINUTE)
        await _row("`/account`", browser, service, session, _opened("/account", "section.card", 9))
    print()
    await asyncio.sleep(_MINUTE)
    for title, by_model, interval in (("by day", False, "DAY"), ("by model", True, "MONTH")):
        spans = [await _asked(service, session, by_model=by_model, interval=interval) for _ in range(_ASKED)]
        print(f"A year of usage {title}, from the service alone: {_cell(spans)} ms.")


async def _row(
    title: str,
    browser: Browser,
    service: Service,
    session: str,
    load: Callable[[Page], Awaitable[float]],
    *,
    loads: int = _LOADS,
) -> None:
    painted, ready, busy = [], [], []
    for _ in range(loads):
        context = await browser.new_context(base_url=service.url, locale="en-GB")
        if session:
            address = service.url.replace("http://", "https://")
            await context.add_cookies(
                [{"name": cookies.SESSION, "value": session, "url": address, "secure": True, "httpOnly": True}]
            )
        page = await context.new_page()
        chrome = await context.new_cdp_session(page)
        await chrome.send("Performance.enable")
        ready.append(await load(page))
        painted.append(await page.evaluate(_PAINTED))
        metrics = (await chrome.send("Performance.getMetrics"))["metrics"]
        busy.append(1000 * next(one["value"] for one in metrics if one["name"] == "ProcessTime"))
        await context.close()
    print(f"| {title} | {_cell(painted)} | {_cell(ready)} | {_cell(busy)} |", flush=True)


def _cell(found: list[float]) -> str:
    return f"{median(found):.0f} ({min(found):.0f}-{max(found):.0f})"


def _opened(path: str, selector: str, count: int) -> Callable[[Page], Awaitable[float]]:
    async def load(page: Page) -> float:
        await page.goto(path, wait_until="commit")
        return float(await page.evaluate(_READY, [selector, count]))

    return load


# From the last letter to the only model, or from the choice to the last bar.
async def _found(page: Page) -> float:
    await _opened("/models", "ul.models li", 48)(page)
    await page.get_by_label("Search").fill(f"model_{_MODELS // 2:04}")
    began = float(await page.evaluate("performance.now()"))
    return float(await page.evaluate(_ONE_LEFT, "ul.models li")) - began


async def _a_year(page: Page) -> float:
    await _opened("/usage", _BARS, 30)(page)
    began = float(await page.evaluate("performance.now()"))
    await page.get_by_label("Period").select_option("year")
    return float(await page.evaluate(_READY, [_BARS, 365])) - began


async def _asked(service: Service, session: str, *, by_model: bool, interval: str) -> float:
    today = datetime.now(UTC).date()
    variables = {"from": str(today - timedelta(days=364)), "to": str(today + timedelta(days=1))}
    body = {"query": _YEAR, "variables": variables | {"byModel": by_model, "interval": interval}}
    async with httpx2.AsyncClient(verify=TLS) as http:
        began = time.perf_counter()
        answer = await http.post(f"{service.url}/graphql", json=body, headers={"Authorization": f"Bearer {session}"})
        span = 1000 * (time.perf_counter() - began)
    points = answer.json()["data"]["me"]["usage"]
    assert sum(point["calls"] for point in points) >= 3 * 5 * 24 * 364
    return span


if __name__ == "__main__":
    main()
