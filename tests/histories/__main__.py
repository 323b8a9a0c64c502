"""`make soak`: many histories, each of another seed. Ends with 1 if a promise is broken, with the seeds that show it.

ARGS="--seeds 5000" simulates so many, "--real 20" replays so many on real servers, "--first 100" begins with that seed.
ARGS="--seed 17" runs one of them, and with "--real 1" on real servers.
"""

import argparse
import asyncio
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from access import signing_keys
from db import connection
from local import servers
from settings import Settings
from tests.environ import environ
from tests.histories import history, replay, simulation
from tests.limits.people import opened

_GATEHOUSE = Path(sys.executable).with_name("gatehouse")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="histories that are simulated (default: %(default)s)")
    parser.add_argument("--real", type=int, default=5, help="histories on real servers (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="only this one; on real servers with --real 1")
    asked = parser.parse_args()
    if asked.seed is not None:
        is_real = "--real" in sys.argv
        asked.first, asked.seeds, asked.real = asked.seed, int(not is_real), int(is_real)
    failed = [*_simulated(asked.first, asked.seeds), *_replayed(asked.first, asked.real)]
    print(f"{asked.seeds} histories simulated, {asked.real} replayed: {len(failed)} break a promise.")
    sys.exit(1 if failed else 0)


def _simulated(first: int, count: int) -> Iterator[int]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for seed, found in pool.map(_simulate, range(first, first + count), chunksize=8):
            if found:
                _report(f"--seed {seed}", found)
                yield seed


def _simulate(seed: int) -> tuple[int, list[str]]:
    # Each history has outages, and the product logs each of them.
    logging.disable(logging.CRITICAL)
    return seed, simulation.broken(history.of_seed(seed))


def _replayed(first: int, count: int) -> Iterator[int]:
    if count == 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        postgres, redis = servers.Postgres(Path(folder)), servers.Redis(Path(folder))
        with servers.running(postgres, redis):
            for seed in range(first, first + count):
                if found := asyncio.run(_replay(seed, _settings(Path(folder), postgres, redis), redis)):
                    _report(f"--seed {seed} --real 1", found)
                    yield seed


def _settings(folder: Path, postgres: servers.Postgres, redis: servers.Redis) -> dict[str, str]:
    keys = folder / "signing-keys.json"
    if not keys.exists():
        signing_keys.create(keys)
    variables = environ(DATABASE_URL=postgres.url, REDIS_URL=redis.url, SIGNING_KEYS_FILE=str(keys))
    subprocess.run([_GATEHOUSE, "migrate"], env={"PATH": os.environ["PATH"], **variables}, check=True, timeout=120)
    return variables


async def _replay(seed: int, variables: dict[str, str], redis: servers.Redis) -> list[str]:
    await connection.connect(Settings.from_environ(variables))
    try:
        async with opened(variables, redis) as limiter:
            return await replay.broken(history.of_seed(seed), limiter)
    finally:
        await connection.close()


def _report(again: str, found: list[str]) -> None:
    print(f'make soak ARGS="{again}"', *found[:10], sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
