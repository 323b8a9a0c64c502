"""What mails say: `<language>/<template>.txt` and `.html`, a folder for each language.

The first line of the `.txt` is the subject. A new language is one more folder with every template in it; nothing else
names the languages.

Links carry their code behind a `#`: what stands there never leaves the reader's browser, so neither the front end's
log, nor a proxy's, nor the Referer of what the page loads has it, and a virus scanner that fetches the link sends none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import jinja2

_FOLDER = Path(__file__).parent
_FALLBACK = "en"
_SUBJECT = "Subject: "


class Template(StrEnum):
    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"


# What whoever queues a mail must give; `frontend_url` comes from the settings when it is sent.
WANTED: Mapping[Template, frozenset[str]] = {
    Template.VERIFY_EMAIL: frozenset({"code", "hours"}),
    Template.ALREADY_REGISTERED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    plain: str
    html: str


def render(template: Template, *, locale: str, frontend_url: str, context: Mapping[str, str]) -> Text:
    """In the language of `locale` where there is one: `de-CH`, then `de`, then English."""
    place = f"{_language(locale)}/{template}"
    values = {**context, "frontend_url": frontend_url}
    first, _, plain = _environment.get_template(f"{place}.txt").render(values).partition("\n\n")
    if not first.startswith(_SUBJECT) or "\n" in first:
        raise ValueError(f"{place}.txt does not begin with a line `Subject: ...` and an empty one")
    return Text(first.removeprefix(_SUBJECT), plain, _environment.get_template(f"{place}.html").render(values))


def languages() -> frozenset[str]:
    return frozenset(folder.parent.name for folder in _FOLDER.glob("*/verify_email.txt"))


def _language(locale: str) -> str:
    wishes = (locale.lower(), locale.lower().partition("-")[0])
    return next((wish for wish in wishes if wish in languages()), _FALLBACK)


_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER),
    # In a text there is nothing to escape, and an escaped address would be a wrong one.
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
