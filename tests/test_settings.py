import dataclasses
import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from settings import Settings, SettingsError

ROOT = Path(__file__).parent.parent
NEEDED = {
    "GATEHOUSE_DATABASE_URL": "postgres://user:secret@127.0.0.1:5432/gatehouse",
    "GATEHOUSE_REDIS_URL": "redis://:secret@127.0.0.1:6379/0",
    "GATEHOUSE_TRITON_URL": "127.0.0.1:8001",
    "GATEHOUSE_SMTP_URL": "smtp://user:secret@127.0.0.1:1025",
    "GATEHOUSE_SIGNING_KEYS_FILE": "/etc/gatehouse/signing-keys.json",
    "GATEHOUSE_FRONTEND_URL": "https://front.example.org",
    "GATEHOUSE_MAIL_FROM": "Gatehouse <noreply@example.org>",
}


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


def test_an_empty_number_or_flag_is_wrong_and_an_empty_text_is_not_set():
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, "GATEHOUSE_CONSOLE": "", "GATEHOUSE_UPLOAD_FILES": ""})
    read = Settings.from_environ({**NEEDED, "GATEHOUSE_LOG_FORMAT": "", "GATEHOUSE_TRACES_URL": ""})

    assert str(refusal.value) == (
        "GATEHOUSE_CONSOLE must be true or false. GATEHOUSE_UPLOAD_FILES must be a whole number."
    )
    assert (read.log_format, read.traces_url) == ("text", "")


def test_limits_of_models_are_read_and_wrong_ones_refused():
    name = "GATEHOUSE_FREE_MODEL_LIMITS"

    read = Settings.from_environ({**NEEDED, name: "text_reader=60/1000, similarity=/500,odd.names-1=7/,"})

    assert read.free_model_limits == (("text_reader", 60, 1000), ("similarity", None, 500), ("odd.names-1", 7, None))
    assert Settings.from_environ({**NEEDED, name: ""}).free_model_limits == ()
    for wrong in ("a", "a=/", "a=0/5", "a=5", "a=5/x", "=5/5", "a=-1/5", "a b=5/5", "a=1/1,a=2/2", "a=9999999999/1"):
        with pytest.raises(SettingsError, match=f"^{name} must hold MODEL=UNITS_PER_MINUTE/UNITS_PER_DAY, each model"):
            Settings.from_environ({**NEEDED, name: wrong})


def test_domains_are_read_as_dns_has_them():
    given = {
        "GATEHOUSE_ALLOWED_MAIL_DOMAINS": " Example.ORG, @example.com ,,xn--mnchen-3ya.example,",
        "GATEHOUSE_REFUSED_MAIL_DOMAINS": "",
    }

    read = Settings.from_environ({**NEEDED, **given})

    assert read.allowed_mail_domains == {"example.org", "example.com", "xn--mnchen-3ya.example"}
    assert read.refused_mail_domains == frozenset()


@pytest.mark.parametrize("name", ["GATEHOUSE_ALLOWED_MAIL_DOMAINS", "GATEHOUSE_REFUSED_MAIL_DOMAINS"])
@pytest.mark.parametrize(
    "value",
    [
        "localhost",
        "*.example.org",
        ".example.org",
        "example.org.",
        "ada@example.org",
        "example.org example.com",
        "-example.org",
        "example-.org",
        "m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example",
        "example.org, ;",
    ],
)
def test_what_is_no_domain_stops_the_start(name, value):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, name: value})

    assert str(refusal.value) == f"{name} must hold domains like example.org, with commas between them."


def test_networks_are_read_and_addresses_are_networks_of_one():
    given = {"GATEHOUSE_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1 ,2001:db8::/32,::1"}

    read = Settings.from_environ({**NEEDED, **given})

    networks = ("10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "::1/128")
    assert read.trusted_proxies == tuple(ip_network(network) for network in networks)
    assert Settings.from_environ(NEEDED).trusted_proxies == ()


# One with bits beyond its mask may mean one address or a whole network: its author must write which.
@pytest.mark.parametrize(
    "value", ["*", "10.0.0.1/8", "10.0.0.0/33", "proxy.example.org", "10.0.0.1:80", "10.0.0.1;::1"]
)
def test_what_is_no_network_stops_the_start(value):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({**NEEDED, "GATEHOUSE_TRUSTED_PROXIES": value})

    assert str(refusal.value) == (
        "GATEHOUSE_TRUSTED_PROXIES must hold addresses or networks like 10.0.0.0/8, with commas between them."
    )


def test_secrets_are_not_shown():
    shown = repr(Settings.from_environ(NEEDED))

    assert "secret" not in shown.replace("objects_secret=", "")


def test_origins_are_kept_as_browsers_send_them():
    origins = "https://a.example ,http://localhost:3000,http://[::1]:8080, capacitor://localhost,"

    assert Settings.from_environ(NEEDED | {"GATEHOUSE_ALLOWED_ORIGINS": origins}).allowed_origins == {
        "https://a.example",
        "http://localhost:3000",
        "http://[::1]:8080",
        "capacitor://localhost",
    }


def test_places_of_models_in_a_worker_are_read_and_wrong_ones_refused():
    name = "GATEHOUSE_JOBS_RUNNING_BY_MODEL"

    read = Settings.from_environ({**NEEDED, name: "text_reader=2, odd.names-1=0,"})

    assert read.jobs_running_by_model == {"text_reader": 2, "odd.names-1": 0}
    assert Settings.from_environ(NEEDED).jobs_running_by_model == {}
    for wrong in ("a", "a=", "a=x", "=5", "a=-1", "a b=5", "a=1,a=2", "a=12345"):
        with pytest.raises(SettingsError, match=name):
            Settings.from_environ({**NEEDED, name: wrong})


def test_several_tritons_are_read_in_their_order():
    given = {
        **NEEDED,
        "GATEHOUSE_TRITON_URL": "b:8001, grpcs://a:8001",
        "GATEHOUSE_TRITON_HTTP_URL": "http://b:8000,https://a:8000",
    }

    settings = Settings.from_environ(given)

    assert settings.triton_url == ("b:8001", "grpcs://a:8001")
    assert settings.triton_http_url == ("http://b:8000", "https://a:8000")
    assert Settings.from_environ(given | {"GATEHOUSE_TRITON_HTTP_URL": ""}).triton_http_url == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"TRITON_URL": "a:8001,a:8001"},
            "GATEHOUSE_TRITON_URL must hold 1 to 32 different addresses, with commas between them.",
        ),
        (
            {"TRITON_URL": ",".join(f"a{number}:8001" for number in range(33))},
            "GATEHOUSE_TRITON_URL must hold 1 to 32 different addresses, with commas between them.",
        ),
        ({"TRITON_URL": ","}, "GATEHOUSE_TRITON_URL must hold 1 to 32 different addresses, with commas between them."),
        (
            {"TRITON_URL": "a:8001,b:8001", "TRITON_HTTP_URL": "http://a:8000"},
            "GATEHOUSE_TRITON_HTTP_URL must hold as many addresses as GATEHOUSE_TRITON_URL, which has 2, and in the "
            "same order: those of the same servers.",
        ),
    ],
)
def test_addresses_of_tritons_that_cannot_be_right_are_refused(changes, sentence):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ(NEEDED | {f"GATEHOUSE_{name}": value for name, value in changes.items()})

    assert str(refusal.value) == sentence
