"""The metrics of a process, as Prometheus reads them."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.service import Process
from tests.transport import Transport


def address_of(process: Process) -> str:
    return process.settings["GATEHOUSE_METRICS_ADDRESS"]


async def scraped(process: Process) -> dict[tuple[str, ...], float]:
    """Each sample's value by its name and labels, which come in the order of the alphabet."""
    async with httpx2.AsyncClient(transport=Transport()) as http:
        answer = await http.get(f"http://{address_of(process)}/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


async def grown(process, before, *names):
    """By how much each of these has, where it has; of a histogram how often it was counted."""
    now = await scraped(process)
    of = {f"gatehouse_{name}" for name in names}
    changes = {sample: value - before.get(sample, 0) for sample, value in now.items() if sample[0] in of}
    return {(name.removeprefix("gatehouse_"), *labels): by for (name, *labels), by in changes.items() if by}
