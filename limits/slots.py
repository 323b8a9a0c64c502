"""The slot of an operation that may run for long, such as a stream.

Its lease is the longest that it may run, and until then a killed process would keep the user's slot. So the slot has a
short lease of its own, which the process renews. Units and the call itself keep the long one: Redis may be away for
longer than the short one, and the stream goes on.
"""

from datetime import timedelta

from limits import partitions, scripts
from limits.charges import Admission
from store.redis import ScriptCall, Stamp, Store

# From its admission, and from each renewal.
HELD = timedelta(seconds=60)
_MILLISECOND = timedelta(milliseconds=1)


async def renew(store: Store, admission: Admission) -> bool:
    """False if the slot was not renewed in time, and other operations of the user have all slots now.

    Raises StoreDown: then try it again.
    """
    lease, concurrency = admission.lease, admission.concurrency
    if lease is None or concurrency is None:
        return True

    def prepare(stamp: Stamp) -> ScriptCall:
        keys = lease.keys.slots, partitions.running(lease.keys.partition)
        return keys, [lease.call_id, stamp.not_after, HELD // _MILLISECOND, concurrency.limit]

    return bool((await store.run(scripts.RENEW, prepare, key=lease.keys.partition)).values[0] != b"TAKEN")
