"""Prints, in any Python from 3.6 on, why Gatehouse cannot run on it, and prints nothing where it can."""

import os
import sys

_GLIBC = (2, 35)


def problem() -> str:
    """One sentence, or nothing."""
    return _version() or _c_library() or _venv() or _libpython()


def _short() -> str:
    return "{}.{}".format(*sys.version_info[:2])


def _version() -> str:
    if sys.version_info[:2] in ((3, 11), (3, 12)) and sys.implementation.name == "cpython":
        return ""
    return (
        f"{sys.executable} is {sys.implementation.name} {_short()}; Gatehouse needs CPython 3.11 or 3.12: install one, "
        "or name it with PYTHON=path."
    )


def _c_library() -> str:
    needed = "the embedded servers need glibc {}.{} or newer, as in Debian 12 and Ubuntu 22.04".format(*_GLIBC)
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
        found = tuple(int(part) for part in version.split(".")[:2])
    except (ValueError, OSError):
        return "This system's C library is not glibc; " + needed + "."
    return "" if found >= _GLIBC else f"This system has {name} {version}; {needed}."


def _venv() -> str:
    try:
        import ensurepip  # noqa: F401 - whether it is there
        import venv  # noqa: F401 - whether it is there
    except ImportError:
        return f"{sys.executable} has no venv: on Debian and Ubuntu install the package python{_short()}-venv."
    return ""


def _libpython() -> str:
    library = f"libpython{_short()}.so.1.0"
    beside = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(sys.executable))), "lib", library)
    if os.path.exists(beside) or _loads(library):
        return ""
    return (
        f"{sys.executable} has no shared library {library}, which Triton needs for models in Python: on Debian and "
        f"Ubuntu install the package libpython{_short()}."
    )


def _loads(library: str) -> bool:
    try:
        import ctypes

        ctypes.CDLL(library)
    except (ImportError, OSError):
        return False
    return True


if __name__ == "__main__":
    print(problem() or "fits")
