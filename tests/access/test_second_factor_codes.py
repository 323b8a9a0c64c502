import re
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pyotp
import pytest

from access import second_factor_codes
from access.second_factor_codes import accepted_step, recovery_digest

# The secret of the examples in RFC 6238, appendix B.
SECRET = b"12345678901234567890"
STEP = timedelta(seconds=30)
NOW = datetime(2026, 11, 22, 12, 0, 14, tzinfo=UTC)
STEP_NOW = int(NOW.timestamp()) // 30


def code_at(at):
    return pyotp.TOTP(b32encode(SECRET).decode()).at(at)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    at = datetime.fromtimestamp(seconds, UTC)

    assert accepted_step(SECRET, code, last=None, at=at) == seconds // 30


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_to_either_side_is_accepted(steps, accepted):
    found = accepted_step(SECRET, code_at(NOW + steps * STEP), last=None, at=NOW)

    assert found == (STEP_NOW + steps if accepted else None)


@pytest.mark.parametrize(("last", "accepted"), [(-1, True), (0, False), (1, False)])
def test_neither_the_step_accepted_last_nor_an_older_one_is_accepted_again(last, accepted):
    found = accepted_step(SECRET, code_at(NOW), last=STEP_NOW + last, at=NOW)

    assert found == (STEP_NOW if accepted else None)


@pytest.mark.parametrize(("first", "second", "code"), [(61331809, 61331811, "768734"), (62075368, 62075369, "235522")])
def test_of_two_steps_that_have_the_same_code_the_later_is_accepted_and_the_code_once(first, second, code):
    at = datetime.fromtimestamp((first + 1) * 30, UTC)
    assert code_at(datetime.fromtimestamp(first * 30, UTC)) == code_at(datetime.fromtimestamp(second * 30, UTC)) == code

    assert accepted_step(SECRET, code, last=None, at=at) == second
    assert accepted_step(SECRET, code, last=first, at=at) == second
    assert accepted_step(SECRET, code, last=second, at=at) is None


@pytest.mark.parametrize("shape", ["{} {}", "{}-{}", " {}{}\n", "{}\t{}"])
def test_spaces_and_dashes_of_a_typed_code_are_ignored(shape):
    code = code_at(NOW)

    assert accepted_step(SECRET, shape.format(code[:3], code[3:]), last=None, at=NOW) == STEP_NOW


def test_what_is_no_code_is_refused():
    code = code_at(NOW)
    arabic = code.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})

    for typed in ("", code[:5], f"{code}0", f"0{code}", f"+{code}", f"{code}\0", arabic, wide, "é" * 6, "\ud800" * 6):
        assert accepted_step(SECRET, typed, last=None, at=NOW) is None
    assert accepted_step(SECRET, code + " " * 10_000_000, last=None, at=NOW) is None


def test_secrets_have_160_bits_and_are_new_each_time():
    made = {second_factor_codes.new_secret() for _ in range(100)}

    assert len(made) == 100
    assert {len(secret) for secret in made} == {20}


def test_programs_read_the_address():
    found = pyotp.parse_uri(second_factor_codes.uri(SECRET, address="ada+x@example.org", host="gate.example.org"))

    assert isinstance(found, pyotp.TOTP)
    assert (found.name, found.issuer) == ("ada+x@example.org", "Gatehouse (gate.example.org)")
    assert (found.byte_secret(), found.digits, found.interval, found.digest().name) == (SECRET, 6, 30, "sha1")


def test_the_address_leaves_out_what_every_program_takes_for_granted():
    assert second_factor_codes.uri(SECRET, address="ada@example.org", host=None) == (
        "otpauth://totp/Gatehouse:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gatehouse"
    )


def test_there_are_ten_recovery_codes_of_120_bits_and_no_two_alike():
    made = [second_factor_codes.new_recovery_codes() for _ in range(10)]

    assert {len(codes) for codes in made} == {10}
    assert len({code for codes in made for code in codes}) == 100
    assert all(re.fullmatch(r"([A-Z2-7]{4}-){5}[A-Z2-7]{4}", code) for codes in made for code in codes)


@pytest.mark.parametrize(
    "typed", ["ABCD-EFGH-IJKL-2345-MNOP-QRST", "abcdefghijkl2345mnopqrst", " abcd efgh ijkl 2345 mnop qrst\n"]
)
def test_a_recovery_code_is_known_by_its_digest_however_it_is_typed(typed):
    assert recovery_digest(typed) == sha256(b"ABCDEFGHIJKL2345MNOPQRST").hexdigest()


@pytest.mark.parametrize(
    "typed", ["", "123456", "A" * 23, "A" * 25, "1" * 24, "é" * 24, "\ud800" * 24, "A" * 10_000_000]
)
def test_what_never_was_a_recovery_code_has_no_digest(typed):
    assert recovery_digest(typed) is None
