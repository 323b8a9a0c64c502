"""Reads from Triton's log why a model does not load. Triton logs it long before the server ends."""

import re
from dataclasses import dataclass

# E1101 12:00:00.123456 1 model_lifecycle.cc:642] "failed to load 'NAME' version 1: Internal: REASON"
_REFUSED = re.compile(
    r"\"(?:failed to load(?: model)?|Poll failed for model directory) '(?P<model>[^']*)'[^:\n]*: (?P<reason>[^\n]*)"
)
# "Invalid argument: ensemble NAME contains models that are not available or ambiguous: OTHER"
_UNMET = re.compile(r"\"Invalid argument: ensemble (?P<model>\S+) (?P<reason>contains models that are not [^\n\"]*)")
# The stub ends for this reason, and Triton waits for it all the same.
_NO_CODE = re.compile(r"Failed to preinitialize Python stub: (?P<reason>.*'\S*/(?P<model>[^/\n]+)/\d+/[^/\n]+')")
_WRONG_CONFIG = re.compile(r"Error parsing text-format inference\.ModelConfig: (?P<reason>[^\n]*)")
_BEGUN = re.compile(r'"loading: (.+):\d+"')
_LOADED = re.compile(r"\"successfully loaded '([^']+)'\"")
# Our own links, which mean nothing to a reader.
_ROOM = re.compile(r"/\S*/gatehouse-\d+-[0-9a-f]{16}/models-\d+/")


@dataclass(frozen=True)
class Refusal:
    model: str
    reason: str


def refusal(log: str) -> Refusal | None:
    """The first model that does not load, and why, in one line."""
    found = _REFUSED.search(log) or _UNMET.search(log) or _NO_CODE.search(log)
    if found is None:
        return None
    wrong = _WRONG_CONFIG.search(log) if "failed to read text proto" in found["reason"] else None
    reason = f"config.pbtxt, {wrong['reason']}" if wrong else _shortened(found["reason"])
    return Refusal(found["model"], _ROOM.sub("", reason).rstrip("."))


def loading(log: str) -> list[str]:
    """The models whose loading has started and not ended, by name."""
    return sorted(set(_BEGUN.findall(log)) - set(_LOADED.findall(log)))


def _shortened(reason: str) -> str:
    """Without Python's stack, which Triton appends with its line ends written as backslash and n."""
    text = reason.removesuffix('"').split(r"\n\nAt:")[0]
    return " ".join(text.replace(r"\n", " ").split())
