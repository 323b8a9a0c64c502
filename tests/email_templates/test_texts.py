import re
from html import unescape

import jinja2
import jinja2.meta
import pytest

from email_templates import texts
from email_templates.templates import WANTED, Template

FRONT = "https://front.example.org"
HOSTILE = "<b>\"&'{{ 7 * 7 }}"
EVERY = [(template, language) for template in Template for language in sorted(texts.languages())]


def render(template, language="en", **changes):
    context = {name: f"the-{name}" for name in WANTED[template]} | changes
    return texts.render(template, locale=language, frontend_url=FRONT, context=context)


def links(text):
    return set(re.findall(r"https?://[^\s\"<]+", text))


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_template_renders_in_every_language(template, language):
    text = render(template, language)

    assert text.subject == text.subject.strip() != ""
    assert len(text.subject.splitlines()) == 1
    assert "Subject:" not in text.plain
    assert text.plain.endswith("\n")
    assert f'<html lang="{language}">' in text.html
    assert f"<title>{text.subject}</title>" in text.html


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_value_stands_in_both_forms(template, language):
    text = render(template, language)

    for name in WANTED[template]:
        assert f"the-{name}" in text.plain
        assert f"the-{name}" in text.html


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_mail_fetches_nothing_and_runs_nothing(template, language):
    html = render(template, language).html

    assert re.findall(r"(?i)src=|url\(|<img|<link|<script|<style|@import|<form|<iframe|\bon\w+=", html) == []


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_both_forms_have_the_same_links_and_all_lead_to_the_front_end(template, language):
    text = render(template, language)

    targets = {unescape(target) for target in re.findall(r'href="([^"]*)"', text.html)}
    assert FRONT in targets
    assert targets == links(text.plain) == links(text.html)
    assert all(target == FRONT or target.startswith(f"{FRONT}/") for target in targets)


@pytest.mark.parametrize("language", sorted(texts.languages()))
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (Template.VERIFY_EMAIL, {"/verify-email#code=the-code"}),
        (Template.ALREADY_REGISTERED, {"/forgot-password"}),
        (Template.RESET_PASSWORD, {"/reset-password#code=the-code"}),
        (Template.PASSWORD_CHANGED, {"/forgot-password"}),
        (Template.CONFIRM_EMAIL_CHANGE, {"/confirm-email-change#code=the-code"}),
        (Template.EMAIL_CHANGE_REQUESTED, {"/forgot-password"}),
        (Template.EMAIL_CHANGED, set()),
        (Template.NEW_SIGN_IN, {"/forgot-password"}),
        (Template.TWO_FACTOR_ENABLED, {"/forgot-password"}),
        (Template.TWO_FACTOR_DISABLED, {"/forgot-password"}),
        (Template.ACCOUNT_DELETED, set()),
        (Template.ACCOUNT_SUSPENDED, set()),
        (Template.API_TOKENS_REPORTED, set()),
        (Template.API_TOKENS_EXPIRE, set()),
    ],
)
def test_each_mail_leads_where_its_reader_has_to_go(template, expected, language):
    found = links(render(template, language).plain)

    # The front end itself stands at the foot of each.
    assert found == {FRONT} | {FRONT + path for path in expected}


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_tables_are_for_layout_and_styles_are_inline(template, language):
    html = render(template, language).html

    tables = re.findall(r"<table[^>]*>", html)
    assert tables
    assert all('role="presentation"' in table for table in tables)
    assert "class=" not in html


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_values_are_escaped_in_html_and_left_alone_in_text(template, language):
    for name in WANTED[template]:
        text = render(template, language, **{name: HOSTILE})

        assert HOSTILE in text.plain
        assert "&lt;b&gt;&#34;&amp;&#39;{{ 7 * 7 }}" in text.html
        assert "<b>" not in text.html


@pytest.mark.parametrize("template", [template for template in Template if "code" in WANTED[template]])
def test_the_link_and_the_bare_code_stand_in_both_forms(template):
    text = render(template, code="c0de")

    assert re.search(rf"\n    {FRONT}/[a-z-]+#code=c0de\n", text.plain)
    assert "\n    c0de\n" in text.plain
    assert re.search(rf'href="{FRONT}/[a-z-]+#code=c0de"', text.html)
    assert ">c0de</td>" in text.html


def test_both_forms_say_which_of_several_mails_to_use():
    text = render(Template.VERIFY_EMAIL, hours="24")

    said = (
        "It works once and for 24 hours. If several of these emails have come, use the one that came when you "
        "registered: each brings into force the password that was chosen with it."
    )
    assert said in " ".join(text.plain.split())
    assert f">{said}</p>" in text.html


@pytest.mark.parametrize(("hours", "said"), [("1", "for 1 hour."), ("2", "for 2 hours.")])
def test_one_hour_is_not_one_hours(hours, said):
    text = render(Template.CONFIRM_EMAIL_CHANGE, hours=hours)

    assert said in text.plain
    assert said in text.html


def test_a_reason_of_several_lines_stays_apart_from_our_words():
    text = render(Template.ACCOUNT_SUSPENDED, reason="One.\nTwo.")

    assert "\n\n    One.\n    Two.\n\n" in text.plain
    assert ">One.\nTwo.</td>" in text.html
    assert "white-space:pre-line" in text.html


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="'code' is undefined"):
        texts.render(Template.VERIFY_EMAIL, locale="en", frontend_url=FRONT, context={"hours": "24"})


def test_what_the_templates_want_is_what_is_asked_for():
    environment = jinja2.Environment(autoescape=True)

    for template, wanted in WANTED.items():
        for source in texts.FOLDER.glob(f"*/{template}.*"):
            names = jinja2.meta.find_undeclared_variables(environment.parse(source.read_text()))
            # The parse does not see that `parts` is imported at the top.
            assert names - {"frontend_url", "parts"} == wanted, source
