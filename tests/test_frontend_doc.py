"""The site in docs/frontend.md: what it sends is in the schema, and a browser may send it from an allowed origin."""

import re
from pathlib import Path

import graphql
import pytest

from graph.http import origins

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/frontend.md").read_text()
SCRIPT = PAGE[PAGE.index("```js\n") : PAGE.index("\n```", PAGE.index("```js\n"))]
SCHEMA = graphql.build_schema((ROOT / "schema.graphql").read_text())
DOCUMENTS = re.findall(r"^const \w+ = `((?:query|mutation).*?)`;$", SCRIPT, re.M | re.S)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_document_is_valid(document):
    assert graphql.validate(SCHEMA, graphql.parse(document)) == []


def test_what_was_read_leaves_the_page_with_the_session():
    (show,) = re.findall(r"^function show\(newToken\) \{\n(.*?)^\}", SCRIPT, re.M | re.S)

    assert 'page("text").textContent = "";' in show


def test_what_was_read_leaves_the_page_before_the_next_act():
    (on,) = re.findall(r"^function on\(id, event, act\) \{\n(.*?)^\}", SCRIPT, re.M | re.S)
    before, found, _ = on.partition("await act(")

    assert found
    assert 'page("text").textContent = "";' in before


def test_it_sends_and_reads_the_headers_that_another_origin_may():
    named = set(re.findall(r'headers\["([\w-]+)"\]|\{ (Authorization):', SCRIPT))
    read = set(re.findall(r'headers\.get\("([\w-]+)"\)', SCRIPT))

    assert len(DOCUMENTS) == 3
    assert {"".join(names) for names in named} == {"Authorization", "Content-Type", "GraphQL-Require-Preflight"}
    assert {"".join(names) for names in named} <= set(origins.ACCEPTED)
    assert read == {"Retry-After"} <= set(origins.EXPOSED)
