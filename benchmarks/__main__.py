"""All measurements, one after the other; or those named: `python -m benchmarks throughput`."""

import sys

from benchmarks import admission, event_loop, logins, outages, strangers, throughput, usage

_ALL = {
    "throughput": throughput.main,
    "admission": admission.main,
    "outages": outages.main,
    "event_loop": event_loop.main,
    "logins": logins.main,
    "usage": usage.main,
    "strangers": strangers.main,
}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(_ALL)
    sys.argv[1:] = []
    for name in chosen:
        print(f"\n## {name}\n", flush=True)
        _ALL[name]()
