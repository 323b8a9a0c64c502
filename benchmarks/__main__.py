"""All measurements, one after the other; or those named: `python -m benchmarks throughput`.

Options after a name are for that measurement: `python -m benchmarks peers --rounds 3`.
"""

import sys
from itertools import takewhile

from benchmarks import (
    admission,
    cluster,
    console,
    counts,
    endings,
    event_loop,
    exports,
    fair_share,
    function_calls,
    growth,
    hostile,
    logins,
    outages,
    pooler,
    scaling,
    start,
    streams,
    text,
    throughput,
    transports,
    upgrade,
    usage,
    user_search,
)
from benchmarks.peers import main as peers
from benchmarks.soak import main as soak

_ALL = {
    "throughput": throughput.main,
    "admission": admission.main,
    "outages": outages.main,
    "pooler": pooler.main,
    "cluster": cluster.main,
    "event_loop": event_loop.main,
    "logins": logins.main,
    "usage": usage.main,
    "endings": endings.main,
    "counts": counts.main,
    "exports": exports.main,
    "fair_share": fair_share.main,
    "user_search": user_search.main,
    "hostile": hostile.main,
    "start": start.main,
    "text": text.main,
    "peers": peers.main,
    "growth": growth.main,
    "function_calls": function_calls.main,
    "transports": transports.main,
    "streams": streams.main,
    "console": console.main,
    "upgrade": upgrade.main,
    "scaling": scaling.main,
    "soak": soak.main,
}

if __name__ == "__main__":
    named = list(takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))
    sys.argv[1:] = sys.argv[1 + len(named) :]
    for name in named or list(_ALL):
        print(f"\n## {name}\n", flush=True)
        _ALL[name]()
