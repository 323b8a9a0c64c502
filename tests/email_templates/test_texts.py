import re

import jinja2
import jinja2.meta
import pytest

from email_templates import texts
from email_templates.texts import Template

FRONT = "https://front.example.org"
VALUES = {Template.VERIFY_EMAIL: {"code": "c0de", "hours": "24"}, Template.ALREADY_REGISTERED: {}}
EVERY = [(template, language) for template in Template for language in sorted(texts.languages())]


def render(template, language="en", **changes):
    return texts.render(template, locale=language, frontend_url=FRONT, context=VALUES[template] | changes)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_template_renders_in_every_language(template, language):
    text = render(template, language)

    assert text.subject == text.subject.strip() != ""
    assert "Subject:" not in text.plain
    assert text.plain.endswith("\n")
    assert f'<html lang="{language}">' in text.html


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_mail_fetches_nothing(template, language):
    html = render(template, language).html

    assert re.findall(r"src=|url\(|<img|<link|<script|<style|@import", html) == []
    assert set(re.findall(r"https?://[^/\"<]+", html)) == {FRONT}


def test_the_link_and_the_bare_code_stand_in_both_forms():
    text = render(Template.VERIFY_EMAIL)

    assert text.subject == "Verify your e-mail address"
    assert f"    {FRONT}/verify-email#code=c0de\n" in text.plain
    assert "\n    c0de\n" in text.plain
    assert f'href="{FRONT}/verify-email#code=c0de"' in text.html
    assert ">c0de</p>" in text.html


def test_both_forms_say_which_of_several_mails_to_use():
    text = render(Template.VERIFY_EMAIL)

    said = (
        "It works once and for 24 hours. If several of these mails have come, use the one that came when you "
        "registered: each brings into force the password that was chosen with it."
    )
    assert said in " ".join(text.plain.split())
    assert f">{said}</p>" in text.html


def test_values_are_escaped_in_html_and_left_alone_in_text():
    text = render(Template.VERIFY_EMAIL, code='<b>"&')

    assert '<b>"&' in text.plain
    assert "&lt;b&gt;&#34;&amp;" in text.html
    assert "<b>" not in text.html


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="'code' is undefined"):
        texts.render(Template.VERIFY_EMAIL, locale="en", frontend_url=FRONT, context={"hours": "24"})


@pytest.mark.parametrize("locale", ["en", "en-GB", "EN", "xx", "xx-YY", "", "../en", "en/../en"])
def test_a_language_that_is_not_there_is_english(locale):
    assert render(Template.VERIFY_EMAIL, locale).subject == "Verify your e-mail address"


def test_what_the_templates_want_is_what_is_asked_for():
    environment = jinja2.Environment(autoescape=True)

    for template, wanted in texts.WANTED.items():
        for source in texts._FOLDER.glob(f"*/{template}.*"):
            names = jinja2.meta.find_undeclared_variables(environment.parse(source.read_text()))
            assert names - {"frontend_url"} == wanted, source
