import pytest

from access import signing_keys
from doctor import configuration, reach
from tests.doctor.conftest import said

KEYS = "ok   keys: only its owner can read the file; strong keys: 1 to sign, 1 to encrypt."
FRONTEND = "ok   front end: links in emails begin with https."
PROXIES = "ok   proxies: 1 named, and no other one is trusted."


async def test_settings_that_are_well(new_settings):
    assert await said(configuration.examine, new_settings()) == [KEYS, FRONTEND, PROXIES]


async def test_keys_that_other_users_may_read_are_reported(new_settings, tmp_path):
    file = tmp_path / "keys.json"
    signing_keys.create(file)
    file.chmod(0o644)

    keys, *_ = await said(configuration.examine, new_settings(SIGNING_KEYS_FILE=str(file)))

    assert keys == (
        f"FAIL keys: GATEHOUSE_SIGNING_KEYS_FILE, {file}: other users may read or change it: set its mode to 600."
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"FRONTEND_URL": "http://front.gatehouse.dev"},
            "FAIL front end: GATEHOUSE_FRONTEND_URL must begin with https://: else codes of emails are unencrypted.",
        ),
        (
            {"FRONTEND_URL": "front.gatehouse.dev"},
            "FAIL front end: GATEHOUSE_FRONTEND_URL must begin with https://: else codes of emails are unencrypted.",
        ),
        (
            {"FRONTEND_URL": "http://127.0.0.1:8000"},
            "ok   front end: links in emails lead to this machine, which is fine for a trial.",
        ),
        (
            {"TRUSTED_PROXIES": "10.0.0.1, 0.0.0.0/0, ::/0"},
            "FAIL proxies: GATEHOUSE_TRUSTED_PROXIES names 0.0.0.0/0, ::/0: clients can choose the address that "
            "limits and logs use. Name only the addresses of your proxies.",
        ),
        (
            {"TRUSTED_PROXIES": "0.0.0.0/1,128.0.0.0/1"},
            "FAIL proxies: GATEHOUSE_TRUSTED_PROXIES names 0.0.0.0/1, 128.0.0.0/1: clients can choose the address "
            "that limits and logs use. Name only the addresses of your proxies.",
        ),
        ({"TRUSTED_PROXIES": "10.0.0.0/8, fd00::/64"}, "ok   proxies: 2 named, and no other one is trusted."),
        (
            {"TRUSTED_PROXIES": ""},
            "warn proxies: GATEHOUSE_TRUSTED_PROXIES names none: behind a proxy that ends TLS all callers have its "
            "address, and anonymous callers and logins share the limits of one network. Name the proxy.",
        ),
        ({"TRUSTED_PROXIES": "", "FRONTEND_URL": "http://localhost"}, "ok   proxies: none is trusted."),
        (
            {"VISITOR_INFERENCE": "true"},
            "warn visitors: callers without an account may use public models, within "
            "GATEHOUSE_VISITOR_UNITS_PER_DAY for each network. If you do not want that, unset "
            "GATEHOUSE_VISITOR_INFERENCE.",
        ),
        (
            {"CAUGHT_MAILS": "/var/mail"},
            "warn caught mails: GATEHOUSE_CAUGHT_MAILS is set: anybody can verify an address that is not theirs. This "
            "is for trying out. Unset it where others reach this service.",
        ),
        (
            {"METRICS_ADDRESS": "[2606:4700::1]:9100"},
            "warn metrics: GATEHOUSE_METRICS_ADDRESS is [2606:4700::1]:9100: every client that reaches this machine "
            "can read them. Name a loopback or private address, or close the port to the public.",
        ),
        ({"METRICS_ADDRESS": "10.0.0.2:9100"}, "ok   metrics: are not served at a public address."),
    ],
)
async def test_a_setting_is_judged(new_settings, changes, line):
    lines = await said(configuration.examine, new_settings(**changes))

    assert line in lines
    assert len(lines) <= 4


async def test_names_that_are_no_settings_are_reported(new_settings, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_PAGES", "false")
    monkeypatch.setenv("GATEHOUSE_FREE_UNIT_PER_DAY", "1")
    monkeypatch.setenv("GATEHOUSE_CONSOLE", "false")
    monkeypatch.setenv("GATEHOUSE_SMTP_PASSWORD_FILE", "/run/secrets/smtp-password")

    lines = await said(configuration.examine, new_settings())

    assert lines[3:] == [
        "warn names: GATEHOUSE_FREE_UNIT_PER_DAY, GATEHOUSE_PAGES: this version has no such setting, so it has no "
        "effect. docs/settings.md lists all."
    ]


@pytest.mark.parametrize(
    ("own", "line"),
    [
        (
            "8.8.8.8",
            "warn metrics: GATEHOUSE_METRICS_ADDRESS is 0.0.0.0:9100: every client that reaches this machine can read "
            "them. Name a loopback or private address, or close the port to the public.",
        ),
        ("172.18.0.2", "ok   metrics: are served at every address of this machine, which is in a private network."),
        (None, "ok   metrics: are served at every address of this machine, which is in a private network."),
    ],
)
async def test_metrics_at_every_address_are_judged_by_where_the_machine_is(new_settings, monkeypatch, own, line):
    monkeypatch.setattr(reach, "own_address", lambda: own)

    lines = await said(configuration.examine, new_settings(METRICS_ADDRESS="0.0.0.0:9100"))

    assert lines[-1] == line
