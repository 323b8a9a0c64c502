"""Every relative link in the documents leads to a file, and to a heading where it names one."""

import re
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
