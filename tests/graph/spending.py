"""The request units that a caller has used."""

from tests.service import Client

USED = "{ rateLimit { windows { length used } } }"


async def used(client: Client) -> int:
    """Today. What is spent of a minute is less again when another test's units leave it."""
    windows = (await client.run(USED))["rateLimit"]["windows"]
    [units] = [window["used"] for window in windows if window["length"] == "P1D"]
    return int(units)
