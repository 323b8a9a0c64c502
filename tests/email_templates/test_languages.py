"""A language is a folder, and nothing else names it."""

import re
import shutil
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from email_templates import preview, texts
from email_templates.templates import Template

FRONT = "https://front.example.org"
DOCUMENTED = Path(__file__).parent.parent.parent / "docs" / "mails.md"
EVERY = [(template, language) for template in Template for language in sorted(texts.languages())]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of all texts, to which languages can be added."""
    copy = tmp_path / "email_templates"
    shutil.copytree(texts.FOLDER, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(texts, "FOLDER", copy)
    texts.environment_of.cache_clear()
    yield copy
    texts.environment_of.cache_clear()


def language_of(locale):
    text = texts.render(Template.ALREADY_REGISTERED, locale=locale, frontend_url=FRONT, context={})
    (language,) = re.findall(r'<html lang="([^"]*)">', text.html)
    return language


def width(line):
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)


def test_the_mails_come_in_three_languages():
    assert texts.languages() == {"en", "zh-Hant", "ja"}


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("zh-Hant", "zh-Hant"),
        ("zh-hant", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("ZH-HANT-x-a", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh", "zh-Hant"),
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("JA", "ja"),
        ("j", "en"),
        ("zhx", "en"),
        ("xx", "en"),
        ("xx-Hant", "en"),
        ("", "en"),
        ("-", "en"),
        ("../en", "en"),
        ("en/../en", "en"),
    ],
)
def test_a_locale_finds_its_language_or_english(locale, language):
    assert language_of(locale) == language


def test_a_new_language_is_one_more_folder(folder):
    shutil.copytree(folder / "en", folder / "de")

    assert [language_of(locale) for locale in ("de-CH", "de", "fr")] == ["de", "de", "en"]


def test_among_several_languages_of_one_family_none_is_chosen(folder):
    shutil.copytree(folder / "zh-Hant", folder / "zh-Hans")

    found = [language_of(locale) for locale in ("zh-Hans-SG", "zh-Hant-HK", "zh-TW", "zh")]

    assert found == ["zh-Hans", "zh-Hant", "en", "en"]


def test_every_language_has_exactly_the_same_files():
    expected = {f"{template}.{kind}" for template in Template for kind in ("txt", "html")} | {
        "words.html",
        "footer.txt",
    }

    for language in texts.languages():
        assert {file.name for file in (texts.FOLDER / language).iterdir()} == expected


def test_every_language_calls_things_by_the_same_names():
    wanted = {"at", "address", "agent", "new_email"}

    for language in texts.languages():
        words = texts.environment_of(language).get_template("words.html").make_module()
        assert vars(words)["labels"].keys() == wanted


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_no_line_of_a_text_is_too_long_for_a_terminal(template, language):
    context = preview.sample(template)
    text = texts.render(template, locale=language, frontend_url=FRONT, context=context)

    # A link stays in one piece.
    words = [line for line in text.plain.splitlines() if not line.strip().startswith(FRONT)]
    assert [line for line in words if width(line) > 78] == []


@pytest.mark.parametrize("template", Template)
def test_no_two_languages_say_the_same(template):
    subjects = [
        texts.render(template, locale=language, frontend_url=FRONT, context=preview.sample(template)).subject
        for language in texts.languages()
    ]

    assert len(set(subjects)) == len(subjects)


def test_every_mail_is_documented_and_nothing_else():
    rows = re.findall(r"^\| `(\w+)` \|", DOCUMENTED.read_text(), re.MULTILINE)

    assert rows == list(Template)
