"""A count that is wrong by one unit, planted beside a worker: the metric, the log and the doctor show it."""

from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from limits import partitions
from tests.forked import Forked
from tests.mails import until
from tests.service import TLS, Worker, free_port

INFER = '{ infer(model: "traced", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version } }'


async def shown(worker):
    """The metrics of the comparison, without those of other labels."""
    async with httpx2.AsyncClient(verify=TLS) as http:
        answer = await http.get(f"http://{worker.settings['GATEHOUSE_METRICS_ADDRESS']}/metrics")
    families = text_string_to_metric_families(answer.text)
    samples = [one for family in families for one in family.samples]
    return {(one.name, *one.labels.values()): one.value for one in samples if one.name.startswith("gatehouse_usage_")}


async def plant(installation, person):
    """One unit more in Redis, in a partition whose counts can be compared."""
    at = partitions.of_user(person.id)
    async with installation.database() as database:
        generation = await database.fetchval("SELECT max(generation) FROM redis_identities")
    async with installation.in_redis() as redis:
        mark = partitions.compared(at.partition)
        await redis.delete(mark)
        await redis.hset(mark, mapping={"g": generation, "s": (await redis.time())[0] * 1000, "b": 1})
        await redis.hincrby(at.day, "u", 1)


async def test_one_unit_is_shown_by_the_metric_the_log_and_the_doctor(installation, client_of, tmp_path: Path):
    ada = await installation.person()
    await client_of(ada.session).run(INFER)
    await plant(installation, ada)
    address = {"GATEHOUSE_METRICS_ADDRESS": f"127.0.0.1:{free_port()}"}

    # Whichever of the two workers compares.
    with Worker(installation.environ | address, tmp_path / "worker.log") as worker:

        async def is_found():
            return (await shown(worker)).get(("gatehouse_usage_compared", "differ")) == 1

        await until(is_found, within=120)
        found = await shown(worker)
    assert found["gatehouse_usage_units_apart",] == 1
    assert found["gatehouse_usage_compared", "agree"] >= 0
    assert found["gatehouse_usage_compared_timestamp_seconds",] > 0
    logged = worker.log.read_text() + installation.worker.log.read_text()
    assert f"The counts of user {ada.id} on " in logged
    assert " differ: 2 units were spent, 1 are counted." in logged
    out = tmp_path / "doctor"
    status = Forked("doctor", environ=worker.environ, log=tmp_path / "doctor.log", out=out).wait(60)
    (line,) = [line for line in out.read_text().splitlines() if " counts: " in line]
    assert status == 1
    assert line.startswith("FAIL counts: those of 1 users and days differ, by 1 units in all. The first is user ")
