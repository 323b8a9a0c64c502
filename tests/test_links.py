"""Every relative link in the documents leads to a file, and to a heading where it names one."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/**/*.md", "findings/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)


def without_blocks(text):
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.MULTILINE | re.DOTALL)


def links(page):
    found = re.findall(r"\]\(([^)\s]+)\)", without_blocks((ROOT / page).read_text()))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page):
    """As GitHub makes them of the headings."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_broken(page, link):
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    assert [link for link in links(page) if is_broken(page, link)] == []


def test_links_are_found():
    assert {"docs/architecture.md", "docs/security.md"} <= set(links("README.md"))
    assert is_broken("README.md", "docs/nowhere.md")
    assert is_broken("README.md", "docs/limits.md#nowhere")


def commits(page):
    """Those that a page tells its reader to look at."""
    return re.findall(r"(?:`|git show )(?=[0-9]*[a-f])([0-9a-f]{7})\b", (ROOT / page).read_text())


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    git("rev-parse", "--is-shallow-repository").stdout != "false\n", reason="not a clone with all commits"
)
def test_commits_are_part_of_the_history():
    """The commits of a branch get other names when it is rebased or squashed."""
    named = {(str(page), commit) for page in PAGES for commit in commits(page)}

    assert {page for page, _ in named} >= {"CHANGELOG.md", "CONTRIBUTING.md"}
    assert [one for one in sorted(named) if git("merge-base", "--is-ancestor", one[1], "HEAD").returncode] == []
