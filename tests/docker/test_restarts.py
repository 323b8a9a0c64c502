"""Processes of the API that come and go behind nginx."""

import asyncio
from collections import Counter

from tests.docker.names import Names
from tests.mails import until

ASK = {"query": '{ model(name: "identity") { name } }'}
ANSWER = {"data": {"model": {"name": "identity"}}}


class Load:
    """Eight clients who ask one thing after the other, by POST, until they are told to stop."""

    def __init__(self, client):
        self.clients = [client() for _ in range(8)]
        self.seen: Counter[int] = Counter()
        self.wrong = []
        self._tasks = []

    async def __aenter__(self):
        self._tasks = [asyncio.create_task(self._ask(client)) for client in self.clients]
        await self.answers(100)
        return self

    async def __aexit__(self, *_):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def answers(self, more):
        """Waits for so many more."""
        wanted = self.seen.total() + more
        while self.seen.total() < wanted:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)

    async def _ask(self, client):
        while True:
            answer = await client.post("/graphql", json=ASK)
            self.seen[answer.status_code] += 1
            if answer.status_code != 200 or answer.json() != ANSWER:
                self.wrong.append((answer.status_code, answer.text))


async def test_a_restart_of_one_process_under_load_loses_no_request(edge, client):
    api = edge.apis[0]
    async with Load(client) as load:
        assert await asyncio.to_thread(api.stop) == 0
        await load.answers(50)
        await asyncio.to_thread(api.start)
        await load.answers(50)

    assert (load.wrong, set(load.seen)) == ([], {200})


async def test_of_a_process_that_is_killed_only_what_it_was_at_is_lost(edge, client):
    api, before = edge.apis[1], len(edge.nginx.lines())
    try:
        async with Load(client) as load:
            await asyncio.to_thread(api.kill)
            await load.answers(100)
    finally:
        await asyncio.to_thread(api.start)

    # Of each client what it had asked, and what it asked next while the kernel still closed the killed process's
    # connections one by one, of which the one that listens may be the last. Each is a GraphQL error; work that may have
    # started is not started again.
    assert len(load.wrong) <= 2 * len(load.clients)
    assert {status for status, _ in load.wrong} <= {503}
    lost = [line for line in edge.nginx.lines()[before:] if line["status"] == 503]
    assert {(line["upstream"], line["upstream_status"]) for line in lost} <= {(f"{api.host}:{api.port}", "502")}


async def test_one_more_process_is_used_without_a_reload(edge, client):
    first, second = edge.apis
    with Names(first.host) as names, edge.new_nginx(names=names) as nginx:
        http = client(nginx)
        answers = [await http.post("/graphql", json=ASK) for _ in range(4)]
        names.addresses.append(second.host)

        async def both_are_asked():
            answers.append(await http.post("/graphql", json=ASK))
            return {line["upstream"] for line in nginx.lines()} == {f"{api.host}:{api.port}" for api in edge.apis}

        await until(both_are_asked)

    assert {line["upstream"] for line in nginx.lines()[:4]} == {f"{first.host}:{first.port}"}
    assert {answer.status_code for answer in answers} == {200}
