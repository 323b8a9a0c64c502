"""What Triton's log says about a model that does not load: in the middle of it, and long before the server ends."""

import re

# E1101 12:00:00.123456 1 model_lifecycle.cc:642] "failed to load 'NAME' version 1: Internal: REASON"
_REFUSED = re.compile(
    r"\"(?:failed to load(?: model)?|Poll failed for model directory) '(?P<model>[^']*)'[^:\n]*: (?P<reason>[^\n]*)"
)
_WRONG_CONFIG = re.compile(r"Error parsing text-format inference\.ModelConfig: (?P<reason>[^\n]*)")


def refusal(log: str) -> str | None:
    """Which model, and why, in one line."""
    found = _REFUSED.search(log)
    if found is None:
        return None
    wrong = _WRONG_CONFIG.search(log) if "failed to read text proto" in found["reason"] else None
    reason = f"config.pbtxt, {wrong['reason']}" if wrong else _shortened(found["reason"])
    return f"the model {found['model']} does not load ({reason.rstrip('.')})"


def _shortened(reason: str) -> str:
    """Without Python's stack, which Triton appends with its line ends written as backslash and n."""
    text = reason.removesuffix('"').split(r"\n\nAt:")[0]
    return " ".join(text.replace(r"\n", " ").split())
