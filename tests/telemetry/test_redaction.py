import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from telemetry import redaction
from telemetry.logs import Lines, Objects
from tests.environ import environ

ROOT = Path(__file__).parents[2]
TOKEN = "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"  # noqa: S105 - nobody's
DEVICE = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJPX0FFc29YbkZDazBaSnNGQXY4Y3FRIiwiZXhwIjoxODI5OTA4ODAwfQ"
    ".Y2U5PBrKB11cEp9zbkPLBcMxxRra329YSBizaXXOlbU"
)
CODE = "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ23-4567"
# As asyncpg words it; Tortoise's IntegrityError says the same.
CLASH = (
    'duplicate key value violates unique constraint "users_email_key"\n'
    "DETAIL:  Key (email, name)=(ada@example.org, Ada) already exists."
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (f"session {TOKEN}, and", "session [credential], and"),
        (f"token gth_{TOKEN}.", "token [credential]."),
        (TOKEN[:30], "[credential]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [credential]"),
        (f"__Host-gatehouse-device={DEVICE}; Max-Age", "__Host-gatehouse-device=[credential]; Max-Age"),
        (f"code={CODE}", "code=[code]"),
        (CODE.replace("-", ""), "[code]"),
        (CODE[:29], "[code]"),
        ("BeArEr\tabc.def, bearer%20abc", "Bearer [credential], Bearer [credential]"),
        ("otpauth://totp/Gatehouse:ada%40example.org?secret=ABC", "[secret]"),
        ("is $argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA now", "is [digest] now"),
        ("redis://:p%40ss@10.0.0.3:6379/0", "redis://[password]@10.0.0.3:6379/0"),
        ("smtp://mail@example.org:pass@mx.example.org", "smtp://[password]@mx.example.org"),
        ("<Ada.Lovelace+x@example.org>: no such user", "<[address]>: no such user"),
        ("(b'ada@xn--exmple-cua.org')", "(b'[address]')"),
        ("to=ada%40example.org&x", "to=[address]&x"),
        ("to ada@bücher.example", "to [address]"),
        (CLASH, CLASH.partition("\n")[0] + "\nDETAIL: [left out]"),
        ("invalid input for query argument $1: 'abc' (a UUID)", "invalid input for query argument $1: [left out]"),
        (
            "invalid input for query argument $1 in element #0 of executemany() sequence: 'Ada' (expected an int)",
            "invalid input for query argument $1: [left out]",
        ),
        ("from 203.0.113.77.", "from 203.0.113.0/24."),
        ("('198.51.100.7', 443)", "('198.51.100.0/24', 443)"),
        ("http://203.0.113.77/1, 203.0.113.77/32", "http://203.0.113.0/24/1, 203.0.113.0/24/32"),
        ("from 2001:db8:1:2::7, 2001:DB8::1", "from 2001:db8:1::/48, 2001:db8::/48"),
        ("2001:db8:1:2::7: refused, 2001:db8:1:2::.", "2001:db8:1::/48: refused, 2001:db8:1::/48."),
        ("2001:db8:1:2::7/128, [2001:db8:1:2::7]:443", "2001:db8:1::/48/128, [2001:db8:1::/48]:443"),
    ],
)
def test_what_no_log_may_hold_is_taken_out(text, cleaned):
    assert redaction.cleaned(text) == cleaned
    assert json.loads(Objects().format(record("%s", text)))["message"] == cleaned


@pytest.mark.parametrize("before", ["\n", "\t", "\x1b", "\xa0", "\u2022", "„", '"', "\\"])
@pytest.mark.parametrize(
    ("secret", "instead"),
    [
        (CODE, "[code]"),
        (CODE.replace("-", ""), "[code]"),
        (TOKEN, "[credential]"),
        ("Bearer abc.def", "Bearer [credential]"),
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
    ],
)
def test_it_is_found_behind_the_end_of_a_line_and_in_a_repr(before, secret, instead):
    text = f"at{before}{secret}\nand"
    failed = record("It failed: %s", text)
    failed.exc_info = (ValueError, ValueError(text), None)

    as_object = json.loads(Objects().format(failed))

    left = f"at{before}{instead}\nand"
    assert as_object["message"] == f"It failed: {left}"
    assert as_object["traceback"] == f"ValueError: {left}"
    assert Lines().format(failed).endswith(f" It failed: {left}\nValueError: {left}")
    assert Lines().format(record("It failed: %r", [text])).endswith(f" It failed: {[left]!r}")


def test_no_line_of_a_value_is_logged_and_what_follows_it_is():
    clash = ValueError(CLASH.replace("Ada", "Ada\nTop Secret\n\nLovelace") + "\nHINT:  Try another.")
    try:
        try:
            raise clash
        except ValueError as error:
            raise ExceptionGroup("several", [clash, KeyError("outer")]) from error
    except ExceptionGroup as error:
        failed = record("It failed")
        failed.exc_info = (type(error), error, error.__traceback__)

    told = Lines().format(failed)

    assert [part for part in ("ada@", "Ada", "Secret", "Lovelace", "already exists") if part in told] == []
    assert told.count("DETAIL: [left out]\nHINT:  Try another.\n\nThe above exception was the direct cause") == 1
    assert told.count("    | DETAIL: [left out]\n    | HINT:  Try another.\n") == 1
    assert "KeyError: 'outer'" in told


def test_of_a_long_text_the_beginning_is_searched_and_the_rest_left_out():
    # The last of the addresses is cut in two.
    text = "It said: " + "ada@example.org " * 5_000

    cleaned = redaction.cleaned(text)

    assert redaction.cleaned(text[:65_536]).startswith(cleaned.removesuffix(" [… left out]"))
    assert cleaned.startswith("It said: [address] [address] ")
    assert cleaned.endswith(" [… left out]")
    assert set(cleaned.split()) <= {
        "It",
        "said:",
        "[address]",
        "[…",
        "left",
        "out]",
        *("[address]"[:n] for n in range(9)),
    }
    assert redaction.cleaned("a" * 65_536) == "a" * 65_536
    assert json.loads(Objects().format(record("%s", text)))["message"] == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 04:33:04,123 INFO uvicorn.error: Started server process [77]",
        "2026-11-23T04:33:04.123456+00:00",
        "Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0), ('127.0.0.1', 5432)",
        "Error 111 connecting to 10.1.2.3:6379, [fd00::3]:6379 or 192.168.1.2.",
        "network=203.0.113.0/24 network=2001:db8::/48, trusted: 198.51.100.0/22, 2001:db8::/32",
        "user 5a1d6e8a-7b7e-4ab0-9d2c-1f8a3e6f2f10, request 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "tritonserver 2.51.0, release 1.2.3-rc1; model 'a.b', version 3",
        "Model 'text_reader' could not be loaded again: UNAVAILABLE a::b in C++ code",
    ],
)
def test_what_helps_an_operator_stays(text):
    assert redaction.cleaned(text) == text


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_of_an_address_the_network_is_left(address, network):
    assert redaction.network(address) == network


def record(message, *arguments, **more):
    made = logging.LogRecord("access.x", logging.WARNING, "x.py", 1, message, arguments, None)
    vars(made).update(more)
    return made


def test_a_traceback_is_cleaned_too():
    failed = record("It failed for %s.", "ada@example.org")
    try:
        raise ValueError(CLASH)
    except ValueError:
        failed.exc_info = sys.exc_info()

    as_object, as_lines = json.loads(Objects().format(failed)), Lines().format(failed)

    assert as_object.keys() == {"time", "level", "logger", "message", "traceback"}
    assert as_object["message"] == "It failed for [address]."
    assert as_object["traceback"].splitlines()[-1] == "DETAIL: [left out]"
    assert as_lines.endswith("\n" + as_object["traceback"])
    assert " WARNING access.x: It failed for [address].\nTraceback (most recent" in as_lines


def test_a_record_that_is_marked_as_clean_is_not_searched():
    clean = record("Answered", network="203.0.113.7", is_clean=True)

    assert Lines().format(clean).endswith(" WARNING access.x: Answered network=203.0.113.7")
    assert json.loads(Objects().format(clean)).keys() == {"time", "level", "logger", "message", "network"}


def test_further_fields_of_a_record_are_logged():
    told = record("Answered", fields=["a", "b"], codes=[], network=None, cost=0, of="two words", color_message="red")

    assert Lines().format(told).endswith(' WARNING access.x: Answered fields=a,b cost=0 of="two words"')
    assert json.loads(Objects().format(told)) == {
        "time": Objects().format(told)[10:42],
        "level": "WARNING",
        "logger": "access.x",
        "message": "Answered",
        "fields": ["a", "b"],
        "codes": [],
        "network": None,
        "cost": 0,
        "of": "two words",
    }


def test_a_line_stays_an_object_whatever_is_in_it():
    odd = record('\nada@example.org "quoted" \udc80 \x00 \u2028 %d', 1)

    line = Objects().format(odd)

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == '\n[address] "quoted" \udc80 \x00 \u2028 1'


def test_what_ends_a_process_is_in_its_log():
    code = (
        "from settings import Settings; from telemetry import logs; logs.configure(Settings.from_environ())\n"
        "import warnings; warnings.warn('of ada@example.org', stacklevel=1)\n"
        "raise ValueError('at postgres://me:pass@127.0.0.1/x')\n"
    )
    settings = environ(LOG_FORMAT="json")

    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=settings, capture_output=True, text=True)

    warned, failed = [json.loads(line) for line in ended.stderr.splitlines()]
    assert (ended.returncode, warned["level"], warned["logger"]) == (1, "WARNING", "py.warnings")
    assert "UserWarning: of [address]" in warned["message"]
    assert (failed["level"], failed["message"]) == ("CRITICAL", "An unexpected error ends this process")
    assert failed["traceback"].endswith("ValueError: at postgres://[password]@127.0.0.1/x")
