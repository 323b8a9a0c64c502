"""How a command ends that cannot do its work."""

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class Stopped(Exception):
    """A command cannot do its work; the message says why, and what to do."""


def in_words(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
