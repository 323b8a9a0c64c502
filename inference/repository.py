"""Finds declarations in a model repository that are incomplete until Triton loads the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import model_code
from inference.declarations import Declaration, read_repository


@dataclass(frozen=True, slots=True)
class Files:
    """`declarations` are complete enough for a schema; `incomplete` has the others, with what is missing.

    The code of `uncertain` models may add tensors. `undescribed` are model folders without a config.pbtxt.
    """

    declarations: Sequence[Declaration]
    incomplete: Mapping[str, str]
    uncertain: Sequence[str]
    undescribed: Sequence[str]


def read_files(folder: Path) -> Files:
    """Raises DeclarationError."""
    declared = read_repository(folder)
    offered = [found for found in declared if found.public and not found.uncallable]
    incomplete = {found.name: missing for found in offered if (missing := _missing(found))}
    return Files(
        declarations=[found for found in declared if found.name not in incomplete],
        incomplete=incomplete,
        uncertain=[
            found.name
            for found in offered
            if found.name not in incomplete and model_code.completes_itself(folder / found.name)
        ],
        undescribed=[
            model.name
            for model in sorted(folder.iterdir())
            if any(model.glob("[0-9]*")) and not (model / "config.pbtxt").is_file()
        ],
    )


def _missing(declaration: Declaration) -> str | None:
    kinds = [kind for kind, specs in (("input", declaration.inputs), ("output", declaration.outputs)) if not specs]
    return " and no ".join(kinds) or None
