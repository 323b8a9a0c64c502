"""The worst requests a visitor could think of. Each is made anew by its number, so that no cache knows it."""

from benchmarks.attacks import bodies, documents, inference, uploads, variables
from benchmarks.attacks.request import Attack

ALL: tuple[Attack, ...] = tuple(
    value
    for module in (bodies, documents, variables, inference, uploads)
    for name, value in vars(module).items()
    if callable(value) and getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
)
