"""docs/security.md names modules, tests and pages that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()

NAMED = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_every_file_and_every_test_that_it_names_exists():
    assert [path for path, _ in NAMED if not (ROOT / path).is_file()] == []
    assert [f"{path}::{name}" for path, name in NAMED if name and name not in functions(path)] == []
    assert len({name for _, name in NAMED if name}) > 80


def test_every_page_that_it_links_exists():
    links = re.findall(r"\]\(([^)#]+)", PAGE)

    assert links
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []


def test_every_rule_has_its_place_its_test_and_its_requirement():
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| .* \|$", line)]
    rules = [row for row in rows if len(row) == 4 and row[0] not in ("rule", "what is tried") and ".py" in row[1]]

    assert len(rules) > 50
    for _, place, test, requirements in rules:
        assert re.fullmatch(r"(`[\w/]+\.py`(, )?)+", place)
        assert re.fullmatch(r"(`tests/[\w/]+\.py::\w+`(, )?)+", test)
        assert re.fullmatch(r"(\[?\d+\.\d+\.\d+\]?(, )?)+", requirements)


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
