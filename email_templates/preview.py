"""Every email as files, to be looked at: what a translator or a designer changes is seen without sending anything."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from uuid import UUID

import jinja2

from email_templates import messages, texts
from email_templates.jobs import Mail
from email_templates.templates import WANTED, Template

_FRONTEND_URL = "https://app.example.org"
_SENDER = Address("Gatehouse", addr_spec="noreply@example.org")
_INDEX = Path(__file__).parent / "preview.html"

# From the ranges that are reserved for examples, so that they belong to no real network.
_SAMPLES = {
    "code": "SAMP-LECO-DESA-MPLE-CODE-SAMP-LECO-DE22",
    "hours": "24",
    "minutes": "30",
    "at": "2026-01-31 12:34 UTC",
    "address": "203.0.113.7",
    "agent": "Sample Browser 1.0 on Sample OS",
    "new_email": "new.address@example.org",
    "tokens": "nightly import (...a1B2c3)\nmobile app, staging (...xY9_-z)",
    "reason": "A sample reason: more than 10,000 calls a minute from 203.0.113.7.",
}


def write(folder: Path, languages: Collection[str]) -> int:
    """How many emails it wrote, as `<language>/<template>.html`, `.txt` and `.eml`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        (folder / language).mkdir(exist_ok=True)
        for template in Template:
            _write(folder / language, template, language)
    (folder / "index.html").write_text(_index(languages), encoding="utf-8")
    return len(languages) * len(Template)


def sample(template: Template) -> Mapping[str, str]:
    return {name: _SAMPLES[name] for name in WANTED[template]}


def _write(folder: Path, template: Template, language: str) -> None:
    context = sample(template)
    text = texts.render(template, locale=language, frontend_url=_FRONTEND_URL, context=context)
    mail = Mail(
        id=UUID(int=0),
        template=template,
        to="reader@example.org",
        locale=language,
        context=context,
        queued_at=datetime(2026, 1, 31, 12, 34, tzinfo=UTC),
    )
    message = messages.compose(mail, sender=_SENDER, frontend_url=_FRONTEND_URL)
    (folder / f"{template}.html").write_text(text.html, encoding="utf-8")
    (folder / f"{template}.txt").write_text(f"{text.subject}\n\n{text.plain}", encoding="utf-8")
    (folder / f"{template}.eml").write_bytes(message.as_bytes())


def _index(languages: Iterable[str]) -> str:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(_INDEX.read_text(encoding="utf-8"))
    return page.render(languages=sorted(languages), templates=list(Template))
