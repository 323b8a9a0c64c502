"""Limits over two processes: exactly as many calls as there are units, and nobody refused who had room."""

import asyncio
import json

import pytest

from tests.journey.client import TEXT, code, codes, usage


@pytest.mark.parametrize("limit", [7, 75])
async def test_of_64_clients_over_two_processes_exactly_the_limit_is_admitted(installation, client_at, limit):
    ada = await installation.person(per_minute=limit)
    clients = [client_at(number % 2, ada.session) for number in range(64)]
    # Connected and known beforehand, so that all come at once.
    await asyncio.gather(*(client.run("{ service { version } }") for client in clients))

    async def five(client):
        return [await client.post(TEXT) for _ in range(5)]

    answers = [answer for five in await asyncio.gather(*map(five, clients)) for answer in five]

    assert codes(answers) == {(200, "OK"): limit, (429, "RATE_LIMITED"): 320 - limit}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.json()["errors"][0]["extensions"]["window"] for answer in refused} == {"minute"}
    assert {1 <= int(answer.headers["Retry-After"]) <= 61 for answer in refused} == {True}
    window = (await clients[0].run("{ rateLimit { windows { name used remaining } } }"))["rateLimit"]["windows"][0]
    assert window == {"name": "minute", "used": limit, "remaining": 0}
    assert await usage(clients[1]) == {"text": (limit, 0, limit)}


async def test_who_waits_for_each_answer_is_never_refused_for_concurrency(installation, client_at):
    ada = await installation.person(at_once=1)
    clients = [client_at(0, ada.session), client_at(1, ada.session)]

    answers = [await clients[number % 2].post(TEXT) for number in range(150)]

    assert codes(answers) == {(200, "OK"): 150}


async def test_as_many_clients_as_places_are_never_refused_for_concurrency(installation, client_at):
    ada = await installation.person(at_once=4)

    async def one_after_the_other(number):
        client = client_at(number % 2, ada.session)
        return [await client.post(TEXT) for _ in range(40)]

    answers = await asyncio.gather(*map(one_after_the_other, range(4)))

    assert codes(answer for one in answers for answer in one) == {(200, "OK"): 160}


MODELS = '[{"model": "text", "units_per_minute": 3, "units_per_day": null}]'
WINDOWS = "rateLimit { windows { name model used limit remaining } }"
PLAN = "{ me { plan { modelLimits { model unitsPerMinute unitsPerDay } } } }"


async def test_a_plan_bounds_a_model_by_itself_in_all_processes(installation, client_at):
    ada = await installation.person()
    async with installation.database() as database:
        await database.execute(
            "UPDATE plans SET model_limits = $2 WHERE id = (SELECT plan_id FROM users WHERE id = $1)", ada.id, MODELS
        )
    clients = [client_at(number, ada.session) for number in (0, 1)]

    answers = [await clients[number % 2].post(TEXT) for number in range(10)]

    assert codes(answers) == {(200, "OK"): 3, (429, "RATE_LIMITED"): 7}
    refused = answers[-1]
    assert refused.json()["errors"][0]["extensions"]["window"] == "model-minute:text"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert '"model-minute:text";q=3;w=60' in refused.headers["RateLimit-Policy"].split(", ")
    assert refused.headers["RateLimit"].startswith('"model-minute:text";r=0;t=')
    # Other models are free, and an operation without a call shows the limits of all models.
    other = 'infer(model: "identity", inputs: [{name: "IN_INT32", shape: [1], data: {values: [1]}}]) { version }'
    assert code(await clients[0].post(f"{{ {other} }}")) == "OK"
    shown = (await clients[1].run(f"{{ {WINDOWS} }}"))["rateLimit"]["windows"][0]
    assert shown == {"name": "model-minute:text", "model": "text", "used": 3, "limit": 3, "remaining": 0}
    assert (await clients[0].run(PLAN))["me"]["plan"]["modelLimits"] == [
        {"model": "text", "unitsPerMinute": 3, "unitsPerDay": None}
    ]
    assert (await usage(clients[0]))["text"] == (3, 0, 3)


async def test_the_head_of_an_answer_stays_small_however_many_models_a_plan_bounds(installation, client_at):
    ada = await installation.person()
    limits = [{"model": f"model number {n}", "units_per_minute": 900 - n, "units_per_day": 9000} for n in range(100)]
    async with installation.database() as database:
        await database.execute(
            "UPDATE plans SET model_limits = $2 WHERE id = (SELECT plan_id FROM users WHERE id = $1)",
            ada.id,
            json.dumps(limits),
        )

    answer = await client_at(0, ada.session).post(f"{{ models {{ totalCount }} {WINDOWS} }}")

    shown = answer.json()["data"]["rateLimit"]["windows"]
    assert len([window for window in shown if window["model"]]) == 200
    fields = [answer.headers[name] for name in ("RateLimit", "RateLimit-Policy")]
    for field in fields:
        names = [one.partition(";")[0].strip('"') for one in field.split(", ")]
        of_models = [name for name in names if name.startswith("model-")]
        # Those with the fewest units left, and all that are not of a model.
        assert of_models == [f"model-minute:model%20number%20{99 - n}" for n in range(len(of_models))]
        assert {"minute", "day"} <= {*names}
        assert len(of_models) > 5
    # Nginx reads a head of 4 KiB.
    assert sum(map(len, fields)) < 2000
