"""The files of GraphiQL's page, for the tests of the page and of its panel."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "graph" / "static"
VENDOR = STATIC / "vendor"
SHARED = ROOT / "graph" / "shared"


def own_scripts() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for folder in (STATIC, SHARED) for path in sorted(folder.glob("*.js"))}
