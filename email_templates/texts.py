"""What emails say: `<language>/<template>.txt` and `.html`, a folder for each language.

The first line of the `.txt` is the subject. A new language is one more folder with the same files in it; nothing else
names the languages. `layout.html` and `parts.html` hold the look of all of them, so that a language has its words only.

Links carry their code behind a `#`: what stands there never leaves the reader's browser, so neither the front end's
log, nor a proxy's, nor the Referer of what the page loads has it, and a virus scanner that fetches the link sends none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2

from email_templates.templates import Template

FOLDER = Path(__file__).parent
_FALLBACK = "en"
_SUBJECT = "Subject: "


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    plain: str
    html: str


def render(template: Template, *, locale: str, frontend_url: str, context: Mapping[str, str]) -> Text:
    """In the language of `locale` where there is one: `de-CH`, then `de`, then English."""
    language = _language(locale)
    environment = environment_of(language)
    values = {**context, "frontend_url": frontend_url}
    first, _, plain = environment.get_template(f"{template}.txt").render(values).partition("\n\n")
    if not first.startswith(_SUBJECT) or "\n" in first:
        raise ValueError(f"{language}/{template}.txt does not begin with a line `Subject: ...` and an empty one")
    subject = first.removeprefix(_SUBJECT)
    html = environment.get_template(f"{template}.html").render(values, language=language, subject=subject)
    return Text(subject, plain, html)


def languages() -> frozenset[str]:
    return frozenset(folder.parent.name for folder in FOLDER.glob("*/verify_email.txt"))


def _language(locale: str) -> str:
    """By the lookup of RFC 4647, then the only one of its family: a reader of `zh-TW` gets `zh-Hant`."""
    there = {language.lower(): language for language in languages()}
    subtags = locale.lower().split("-")
    for length in range(len(subtags), 0, -1):
        if language := there.get("-".join(subtags[:length])):
            return language
    family = [language for tag, language in there.items() if tag.partition("-")[0] == subtags[0]]
    return family[0] if len(family) == 1 else _FALLBACK


@cache
def environment_of(language: str) -> jinja2.Environment:
    """One for each language, so that what all share finds the words of the one it is used in."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([FOLDER / language, FOLDER]),
        # In a text there is nothing to escape, and an escaped address would be a wrong one.
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
