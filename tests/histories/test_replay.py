"""Some histories on real servers; `make soak` replays many."""

import pytest

from tests.histories import history, replay


@pytest.mark.parametrize(("seed", "kind"), [(1, "calm"), (3, "jobs")])
async def test_no_promise_is_broken_on_real_servers(limiter, seed, kind):
    assert await replay.broken(history.of_seed(seed, kind), limiter) == []
