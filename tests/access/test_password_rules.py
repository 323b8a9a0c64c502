import tracemalloc
from itertools import islice
from pathlib import Path
from string import ascii_lowercase

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from access import password_rules
from tests.work import lines_run

LISTED = Path(__file__).parents[2] / "access/common_passwords/passwords.txt"
LEAST = 15
LETTERS = set(ascii_lowercase)
ADDRESS = "ada.lovelace@example.org"


def codes(password, *, least=LEAST, address=ADDRESS):
    return [problem.code for problem in password_rules.check(password, least=least, address=address, path=())]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", ["TOO_SHORT"]),
        ("correct horses", ["TOO_SHORT"]),
        ("correct horse b", []),
        ("cou\u0308rrect horse", ["TOO_SHORT"]),
        ("cou\u0308rrect horses", []),
        ("two words, " * 23 + "one", []),
        ("two words, " * 23 + "four", ["TOO_LONG"]),
        ("u\u0308" * 129, ["TOO_LONG"]),
    ],
    ids=lambda value: str(value)[:14],
)
def test_characters_are_counted_as_people_count_them(password, expected):
    assert codes(password) == expected


def test_the_least_is_what_the_operator_says():
    assert codes("horse-7x", least=8) == []
    assert codes("horse-7x", least=9) == ["TOO_SHORT"]


def test_a_password_of_10_megabytes_is_refused_at_once():
    # Composed, it is another text: that would take as much memory again.
    password = "e\u0301" * 3_300_000
    tracemalloc.start()

    found, lines = codes(password), lines_run(lambda: codes(password))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == ["TOO_LONG"]
    assert lines < 20
    assert peak < 64 * 1024


@pytest.mark.parametrize(
    "password", ["a" * 255 + "b", "!" * 128 + "a" * 128, ("a" * 127 + "b") * 2, "1a" * 127 + "b"], ids=lambda _: ""
)
def test_none_takes_long(password):
    # The work grows with the length and not with its square.
    assert lines_run(lambda: codes(password)) < 10 * len(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "another long password",
        "monkey dragon sunshine",
        "correcthorsebatterystaple",
        "Zürich am See 2026",
        "ein Öltanker, drei Möwen",
        "рыба поёт ночью",
        "Tr0ub4dor&3-x-Tr0",
        "839201746503921",
        "7vQ#mZ2!kLp0@xW",
        " leading and trailing ",
        "were we there, three deer",
    ],
)
def test_no_kinds_of_characters_are_asked_for_and_words_side_by_side_are_taken(password):
    assert codes(password) == []


@pytest.mark.parametrize(
    "password",
    [
        "passwordstandard",
        "PasswordStandard",
        "passwordpassword",
        "passwordpasswor",
        "Password!Password!",
        "iloveyou iloveyou",
        "lovelovelovelovelove",
        "Password1234567",
        "password 2026-05!!",
        "2026 !!! Sunshine",
        "1qaz2wsx!!!!!!!!!!",
        "p@ssw0rd0000000",
        "hunter2hunter2hunter2",
        "passwordpassword1",
        "2026 trustno1-2026",
        "abc123202620262026",
    ],
)
def test_what_many_people_use_is_refused_also_lengthened(password):
    assert "COMMON_PASSWORD" in codes(password)


def test_the_list_is_that_of_zxcvbn():
    assert LISTED.read_text().splitlines() == FREQUENCY_LISTS["passwords"]


def test_each_listed_password_is_refused_as_it_is_and_lengthened():
    listed = sorted({*LISTED.read_text().split()})
    assert len(listed) == 30_000

    for password in islice(listed, 0, None, 10):
        assert "COMMON_PASSWORD" in codes(password, least=8)
        assert {"COMMON_PASSWORD", "REPEATED"} & set(codes(password * 4))
        assert not set(password) & LETTERS or "COMMON_PASSWORD" in codes(f"{password.title()}20261122")


@pytest.mark.parametrize(
    ("password", "address", "expected"),
    [
        ("my ada.lovelace@example.org", ADDRESS, ["HOLDS_ADDRESS"]),
        ("I am ADA.Lovelace, indeed", ADDRESS, ["HOLDS_ADDRESS"]),
        ("I am Lovelace, indeed", ADDRESS, []),
        ("I am ADA.Lovelace, indeed", None, []),
        ("Canada in the winter", "ada@example.org", []),
        ("my ada@example.org!", "ada@example.org", ["HOLDS_ADDRESS"]),
        ("Saddam is not Adam", "adam@example.org", ["HOLDS_ADDRESS"]),
        ("rue de la Ju\u0308rgen", "JÜRGEN@example.org", ["HOLDS_ADDRESS"]),
        ("no address is here", "", []),
        ("no address is here", "example.org", []),
    ],
)
def test_the_address_and_a_name_of_four_characters_in_it_are_refused(password, address, expected):
    assert codes(password, address=address) == expected


@pytest.mark.parametrize("password", ["my gatehouse is big", "MyGateHouseIsBig", "at the GATEHOUSE!"])
def test_the_products_name_is_refused(password):
    assert codes(password) == ["HOLDS_PRODUCT_NAME"]


@pytest.mark.parametrize("unit", ["a", "-", "é", "\ud800", "x7", "Ab", "xyz", "a1!"])
def test_one_short_piece_repeated_is_refused(unit):
    assert "REPEATED" in codes((unit * 16)[:16])
    assert "REPEATED" in codes((unit * 256)[:256])


def test_a_longer_piece_may_be_repeated():
    assert codes("x7q-" * 5) == []


@pytest.mark.parametrize(
    "password",
    [
        "abcdefghijklmno",
        "ZYXWVUTSRQPONML",
        "123456789012345",
        "987654321098765",
        "112233445566778899",
        "qwertyuiopasdfg",
        "azertyuiopqsdfg",
        "qwertzuiopasdfg",
        "qazwsxedcrfvtgb",
        "123qweasdzxc456",
        "1q2w3e4r5t6y7u8i9o",
        "a1b2c3d4e5f6g7h8",
        "aaaabbbbccccdddd",
    ],
)
def test_rows_of_the_alphabet_of_digits_and_of_keyboards_are_refused(password):
    assert "SEQUENCE" in codes(password)


def test_all_that_is_wrong_is_said_at_its_path_and_how_to_do_better():
    problems = password_rules.check("Gatehouse!", least=LEAST, address="gate@example.org", path=("input", "password"))

    assert [(problem.path, problem.code, problem.message) for problem in problems] == [
        (("input", "password"), "TOO_SHORT", "A password needs at least 15 characters."),
        (
            ("input", "password"),
            "HOLDS_ADDRESS",
            "A password must not hold your email address or the name in it. Leave them out.",
        ),
        (
            ("input", "password"),
            "HOLDS_PRODUCT_NAME",
            "A password must not hold the name 'gatehouse'. Leave it out.",
        ),
    ]


@pytest.mark.parametrize("password", ["passwordpassword", "abababababababab", "abcdefghijklmnop"])
def test_a_weak_password_is_refused_with_advice_for_a_good_one(password):
    (problem, *_) = password_rules.check(password, least=LEAST, address=None, path=())

    assert problem.message.endswith(" Several words that do not belong together make a good one.")


def test_a_password_that_is_too_long_has_no_other_problem():
    assert codes("gatehouse" * 100) == ["TOO_LONG"]
