"""The environments that our processes get."""

import os
import re

# Settings hold passwords and go to the API alone. What steers one Python must not reach another one.
_FOREIGN = re.compile(r"GATEHOUSE_|PYTHON|VIRTUAL_ENV|MAKE|MFLAGS$|LD_PRELOAD$")


def plain() -> dict[str, str]:
    """For servers that take nothing from it: what the user has set must not change them."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def inherited() -> dict[str, str]:
    """The user's, for whatever may need a proxy, a cache or a GPU's number."""
    return {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}


def settings() -> dict[str, str]:
    """Those of Gatehouse's settings that the user has set."""
    return {name: value for name, value in os.environ.items() if name.startswith("GATEHOUSE_") and value}
