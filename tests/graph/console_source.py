"""The source of the console, as tests read it."""

import json
import re

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, print_ast

from local import paths

SOURCE = paths.ROOT / "console" / "src"
BUILT = paths.ROOT / "graph" / "console" / "built"


def documents() -> dict[str, str]:
    """What the console sends, by the name of the operation."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.graphql")))
    definitions = parse(text, no_location=True).definitions
    fragments = {one.name.value: print_ast(one) for one in definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    return {one.name.value: _with_fragments(print_ast(one), fragments) for one in operations if one.name}


def _with_fragments(text: str, fragments: dict[str, str]) -> str:
    needed: list[str] = []
    parts = [text]
    for part in parts:
        for name in re.findall(r"\.\.\.(?!on )(\w+)", part.replace("... on", "")):
            if name not in needed:
                needed.append(name)
                parts.append(fragments[name])
    return "\n".join(parts)


def texts(language: str) -> dict[str, str]:
    """The texts of a language, by their paths."""
    return dict(_flat(json.loads((SOURCE / "i18n" / f"{language}.json").read_text("utf-8"))))


def _flat(held, path=""):
    for name, value in held.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
