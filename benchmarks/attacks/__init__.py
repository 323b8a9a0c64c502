"""The worst requests that an anonymous caller can make. Each is built from its number, so that no cache has it."""

from benchmarks.attacks import bodies, documents, inference, uploads, variables
from benchmarks.attacks.request import Attack

ALL: tuple[Attack, ...] = tuple(
    value
    for module in (bodies, documents, variables, inference, uploads)
    for name, value in vars(module).items()
    if callable(value) and getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
)
