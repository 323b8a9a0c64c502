import dataclasses
import re
from pathlib import Path

import pytest

from settings import Settings, SettingsError
from tests.needed_settings import NEEDED

ROOT = Path(__file__).parent.parent


def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `(GATEHOUSE_\w+)` \| (?:`([^`]*)`|none) \|", (ROOT / "docs/settings.md").read_text(), re.M)
    return dict(rows)


def names_read() -> set[str]:
    seen = set()

    class Recorder(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            seen.add(name)
            return super().__getitem__(name)

        def __contains__(self, name: object) -> bool:
            seen.add(str(name))
            return super().__contains__(name)

    Settings.from_environ(Recorder(NEEDED))
    return seen


def test_every_setting_is_documented_and_nothing_else():
    assert set(documented()) == names_read()
    assert len(documented()) == len(dataclasses.fields(Settings))


def test_the_documented_defaults_are_the_real_ones():
    written = {name: default for name, default in documented().items() if default}

    # As text, because two Secrets are never equal.
    assert repr(Settings.from_environ({**NEEDED, **written})) == repr(Settings.from_environ(NEEDED))


def test_without_any_setting_those_of_make_run_are_named():
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({"GATEHOUSE_LOG_LEVEL": "loud"})

    assert str(refusal.value) == (
        "GATEHOUSE_FRONTEND_URL, GATEHOUSE_DATABASE_URL, GATEHOUSE_REDIS_URL, GATEHOUSE_TRITON_URL, "
        "GATEHOUSE_SMTP_URL, GATEHOUSE_SIGNING_KEYS_FILE and GATEHOUSE_MAIL_FROM are not set; "
        "docs/settings.md says what they hold. "
        "GATEHOUSE_LOG_LEVEL must be info or debug or warning. "
        'If `make run` serves here, load its settings: set -a; . "${DATA_DIR:-.local}/env"; set +a'
    )


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_setting_is_named(name):
    rest = {other: value for other, value in NEEDED.items() if other != name}

    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ(rest)

    assert str(refusal.value) == f"{name} is not set; docs/settings.md says what it holds."


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GATEHOUSE_GRAPHIQL", "maybe", "GATEHOUSE_GRAPHIQL must be true or false."),
        ("GATEHOUSE_PERSISTED_QUERIES", "maybe", "GATEHOUSE_PERSISTED_QUERIES must be true or false."),
        *[
            (
                "GATEHOUSE_WEBHOOK_ALLOWED",
                text,
                "GATEHOUSE_WEBHOOK_ALLOWED must hold host names, addresses or networks, with commas between them.",
            )
            for text in (
                "10.0.0.1/8",
                "https://hooks.internal",
                "hooks.internal:8080",
                "*.internal",
                "10.1",
                "256.0.0.1",
            )
        ],
        ("GATEHOUSE_UPLOAD_FILES", "many", "GATEHOUSE_UPLOAD_FILES must be a whole number."),
        ("GATEHOUSE_UPLOAD_FILES", "0", "GATEHOUSE_UPLOAD_FILES must be 1 or more."),
        ("GATEHOUSE_UPLOAD_FILES", "-1", "GATEHOUSE_UPLOAD_FILES must be 1 or more."),
        ("GATEHOUSE_REGISTRATION_OPEN", "closed", "GATEHOUSE_REGISTRATION_OPEN must be true or false."),
        ("GATEHOUSE_PASSWORD_MIN_LENGTH", "7", "GATEHOUSE_PASSWORD_MIN_LENGTH must be 8 or more."),
        ("GATEHOUSE_PASSWORD_MIN_LENGTH", "257", "GATEHOUSE_PASSWORD_MIN_LENGTH must be 256 or less."),
        ("GATEHOUSE_SESSION_LIFETIME_HOURS", "8785", "GATEHOUSE_SESSION_LIFETIME_HOURS must be 8784 or less."),
        *[
            (
                "GATEHOUSE_ALLOWED_ORIGINS",
                f"https://a.example, {origin}",
                f"GATEHOUSE_ALLOWED_ORIGINS has {origin!r}, which is not an origin as browsers send it. Write "
                "scheme, host in lower case, and port unless it is the scheme's own: https://app.example.org.",
            )
            for origin in (
                "*",
                "null",
                "a.example",
                "https://*.a.example",
                "https://b.example/",
                "https://b.example/page",
                "https://B.example",
                "HTTPS://b.example",
                "https://b.example:443",
                "http://b.example:80",
                "http://b.example:0",
                "http://b.example:08",
                "http://ada@b.example",
                "http://bücher.example",
                "http://",
                "http://b.example?x",
                "http://b.example#x",
            )
        ],
        ("GATEHOUSE_FREE_UNITS_PER_DAY", "2147483648", "GATEHOUSE_FREE_UNITS_PER_DAY must be 2147483647 or less."),
        (
            "GATEHOUSE_VERIFICATION_LIFETIME_HOURS",
            "1" + "0" * 12,
            "GATEHOUSE_VERIFICATION_LIFETIME_HOURS must be 8784 or less.",
        ),
        ("GATEHOUSE_BYTES_IN_FLIGHT", "1" + "0" * 20, "GATEHOUSE_BYTES_IN_FLIGHT must be 1099511627776 or less."),
        ("GATEHOUSE_MAILS_PER_ADDRESS", "0", "GATEHOUSE_MAILS_PER_ADDRESS must be 1 or more."),
    ],
)
def test_a_wrong_setting_is_named(name, value, sentence):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, name: value})

    assert str(refusal.value) == sentence


def test_all_settings_that_are_missing_or_wrong_are_named_at_once():
    given = {
        "GATEHOUSE_SMTP_URL": NEEDED["GATEHOUSE_SMTP_URL"],
        "GATEHOUSE_GRAPHIQL": "maybe",
        "GATEHOUSE_UPLOAD_FILES": "many",
        "GATEHOUSE_SESSION_LIFETIME_HOURS": "9" * 20,
        "GATEHOUSE_TRUSTED_PROXIES": "*",
        "GATEHOUSE_LOG_LEVEL": "loud",
    }

    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ(given)

    missing, wrong = str(refusal.value).split("; ")
    assert missing == (
        "GATEHOUSE_FRONTEND_URL, GATEHOUSE_DATABASE_URL, GATEHOUSE_REDIS_URL, GATEHOUSE_TRITON_URL, "
        "GATEHOUSE_SIGNING_KEYS_FILE and GATEHOUSE_MAIL_FROM are not set"
    )
    assert wrong == (
        "docs/settings.md says what they hold. "
        "GATEHOUSE_SESSION_LIFETIME_HOURS must be 8784 or less. "
        "GATEHOUSE_TRUSTED_PROXIES must hold addresses or networks like 10.0.0.0/8, with commas between them. "
        "GATEHOUSE_GRAPHIQL must be true or false. "
        "GATEHOUSE_UPLOAD_FILES must be a whole number. "
        "GATEHOUSE_LOG_LEVEL must be info or debug or warning."
    )


def test_the_issuer_and_the_audience_follow_the_front_end_unless_they_are_set():
    front = NEEDED["GATEHOUSE_FRONTEND_URL"]
    given = {**NEEDED, "GATEHOUSE_FRONTEND_URL": f"{front}/"}

    for extra, issuer, audience in (
        ({}, front, front),
        ({"GATEHOUSE_ISSUER": "", "GATEHOUSE_AUDIENCE": ""}, front, front),
        ({"GATEHOUSE_ISSUER": "https://api.example.org/"}, "https://api.example.org/", "https://api.example.org/"),
        ({"GATEHOUSE_AUDIENCE": "gatehouse"}, front, "gatehouse"),
    ):
        read = Settings.from_environ(given | extra)
        assert (read.frontend_url, read.issuer, read.audience) == (front, issuer, audience)


@pytest.mark.parametrize(
    ("name", "given", "times"),
    [("GATEHOUSE_OPERATION_BYTES", "999", 1), ("GATEHOUSE_BYTES_IN_FLIGHT", "7999", 8)],
)
def test_what_must_hold_outputs_is_compared_with_their_size(name, given, times):
    outputs = {"GATEHOUSE_OUTPUT_BYTES": "1000"}

    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, **outputs, name: given})

    assert str(refusal.value) == (
        f"{name} is {given}. It must be at least {times} times GATEHOUSE_OUTPUT_BYTES (1000): "
        "raise it, or lower GATEHOUSE_OUTPUT_BYTES."
    )
    assert Settings.from_environ({**NEEDED, **outputs, name: str(int(given) + 1)}).output_bytes == 1000


def test_larger_outputs_alone_are_compared_with_the_defaults():
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, "GATEHOUSE_OUTPUT_BYTES": "67108865"})

    least = "times GATEHOUSE_OUTPUT_BYTES (67108865): raise it, or lower GATEHOUSE_OUTPUT_BYTES."
    assert str(refusal.value) == (
        f"GATEHOUSE_OPERATION_BYTES is 67108864. It must be at least 1 {least} "
        f"GATEHOUSE_BYTES_IN_FLIGHT is 536870912. It must be at least 8 {least}"
    )
    assert Settings.from_environ({**NEEDED, "GATEHOUSE_OUTPUT_BYTES": "67108864"}).output_bytes == 67108864


def test_a_call_may_wait_for_its_slot_as_long_as_it_may_take():
    """As it did in Triton. Otherwise a slow model would be busy for the sixth of its callers."""
    settings = Settings.from_environ(NEEDED)

    assert settings.queue_longest == settings.inference_timeout


def test_an_empty_number_or_flag_is_wrong_and_an_empty_text_is_not_set():
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, "GATEHOUSE_CONSOLE": "", "GATEHOUSE_UPLOAD_FILES": ""})
    read = Settings.from_environ({**NEEDED, "GATEHOUSE_LOG_FORMAT": "", "GATEHOUSE_TRACES_URL": ""})

    assert str(refusal.value) == (
        "GATEHOUSE_CONSOLE must be true or false. GATEHOUSE_UPLOAD_FILES must be a whole number."
    )
    assert (read.log_format, read.traces_url) == ("text", "")


def test_secrets_are_not_shown():
    shown = repr(Settings.from_environ(NEEDED))

    assert "secret" not in shown.replace("objects_secret=", "")
