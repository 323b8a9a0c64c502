"""Which models complete their configuration when Triton loads them.

In no room, because two that share none need it: `inference/`, and the launcher in `local/`, which runs where the
packages of the service are not installed.
"""

from pathlib import Path


def completes_itself(model: Path) -> bool:
    """Whether code in this folder of a model may add to its config.pbtxt. Raises OSError."""
    files = (version / "model.py" for version in model.iterdir() if is_version(version))
    return any("auto_complete_config" in code.read_text(errors="replace") for code in files if code.is_file())


def is_version(folder: Path) -> bool:
    """Whether Triton takes the folder for a version of its model."""
    return folder.is_dir() and folder.name.isdecimal() and not folder.name.startswith("0")
