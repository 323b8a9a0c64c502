"""What no answer may be, whatever was sent."""

import json
import re
from collections.abc import Mapping
from typing import Any

# Words of a library to the developers of a service, and of Python. `TypedTensorInput` and other names of ours pass.
_LIBRARY = re.compile(
    r"Maybe\[|[Ss]trawberry|graphql-core|NoneType|\bNone\b|\bUndefined\b|\bPython\b|<class|object at 0x|Traceback|"
    r"Expected Iterable|has no attribute|keyword argument|positional argument|JSON serializable|\w+Error\b|"
    r"isoformat|resolver|OneOf Input|encountered error|OrderedDict|UploadFile"
)
# An error quotes what the caller wrote between these.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")


def wrong(status: int, body: bytes) -> str | None:
    """What is wrong with an answer; None where nothing is."""
    if status >= 500:
        return f"status {status}"
    try:
        answer = json.loads(body)
    except ValueError:
        return "not JSON"
    problems = answer.get("errors", []) if isinstance(answer, dict) else []
    return next(filter(None, map(_of_problem, problems)), None)


def _of_problem(problem: Mapping[str, Any]) -> str | None:
    if problem["extensions"]["code"] == "INTERNAL":
        return "INTERNAL"
    found = _LIBRARY.search(_QUOTED.sub("", problem["message"]))
    return f"a library's words, {found[0]!r}: {problem['message'][:300]}" if found else None
