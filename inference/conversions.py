"""Between JSON values and the bytes of a tensor. The code is in `elements` and `arrays`, which need numpy.

numpy costs a tenth of a second and 15 MB. So it is imported by the first call of a model, and not by the start of each
process.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inference import arrays, elements

    encode, show = elements.encode, elements.show
    decode, decode_stepwise = arrays.decode, arrays.decode_stepwise

is_loaded = False
_MODULES = {
    "encode": "inference.elements",
    "show": "inference.elements",
    "decode": "inference.arrays",
    "decode_stepwise": "inference.arrays",
}


async def load() -> None:
    """Imports numpy in a thread, because it would keep all other requests waiting. Each call of a model begins so,
    unless it `is_loaded`.
    """
    global is_loaded
    await asyncio.to_thread(import_module, "inference.elements")
    is_loaded = True


def __getattr__(name: str) -> Any:
    """Python asks it for what this module does not have: once for each function, which it has from then on."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return found
