import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import orjson
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from access import signing_keys
from access.signing_keys import BEGINS_AT, Keys
from settings import SettingsError


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys.json"


def good(kid="one"):
    return OKPKey.generate_key("Ed25519", {"kid": kid}).as_dict(private=True)


def secret(kid="secret", *, size=256):
    return OctKey.generate_key(size, {"kid": kid, "use": "enc", "alg": "A256GCM"}).as_dict(private=True)


def write(file, content, mode=0o600):
    file.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    file.chmod(mode)


def refusal(file):
    with pytest.raises(SettingsError) as refused:
        signing_keys.read(file)
    sentence = str(refused.value)
    assert sentence.startswith(f"GATEHOUSE_SIGNING_KEYS_FILE, {file}: ")
    assert "\n" not in sentence
    return sentence.removeprefix(f"GATEHOUSE_SIGNING_KEYS_FILE, {file}: ")


def test_a_new_file_is_closed_to_others_and_can_be_read(file):
    kid = signing_keys.create(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys = signing_keys.read(file)
    assert [key.kid for key in keys.signing] == [kid]
    assert [len(key.raw_value) for key in keys.secret] == [32]
    assert os.listdir(file.parent) == ["keys.json"]


def test_a_file_is_never_replaced(file):
    signing_keys.create(file)
    before = file.read_bytes()

    with pytest.raises(FileExistsError):
        signing_keys.create(file)

    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["keys.json"]


def test_of_many_who_make_it_at_once_one_does(file):
    def create(_):
        try:
            return signing_keys.create(file)
        except FileExistsError:
            return None

    with ThreadPoolExecutor(8) as threads:
        made = [kid for kid in threads.map(create, range(8)) if kid]

    assert made == [key.kid for key in signing_keys.read(file).signing]
    assert os.listdir(file.parent) == ["keys.json"]


def test_several_keys_are_read_in_their_order(file):
    write(file, {"keys": [secret("d"), good("b"), good("a"), secret("c")]})

    keys = signing_keys.read(file)

    assert [key.kid for key in keys.signing] == ["b", "a"]
    assert [key.kid for key in keys.secret] == ["d", "c"]


def test_a_key_says_from_when_on_it_is_used(file):
    write(file, {"keys": [good("a"), secret("b"), good("c") | {BEGINS_AT: 100}, secret("d") | {BEGINS_AT: 0}]})

    assert signing_keys.read(file).begins_at == {"c": 100, "d": 0}


@pytest.mark.parametrize("second", [None, True, "100", 1.5, -1, 10**18], ids=str)
@pytest.mark.parametrize("make", [good, secret])
def test_a_beginning_that_is_no_second_is_refused(file, make, second):
    write(file, {"keys": [good("one"), secret("two"), make("three") | {BEGINS_AT: second}]})

    assert refusal(file) == "key 3 in it has a `gatehouse_begins_at` that is not a whole number of seconds since 1970."


# From when on each is used, which are retired, and which of them is, at second 100.
USED = {
    "the first of those without a beginning": ({}, "", "a"),
    "the newest that has started": ({"b": 100, "c": 99}, "", "b"),
    "none that has not started": ({"b": 101}, "", "a"),
    "the oldest where none has started": ({"a": 300, "b": 200, "c": 400}, "", "b"),
    "no retired one": ({"b": 100, "c": 99}, "b", "c"),
    "one that has not started where all others are retired": ({"c": 200}, "ab", "c"),
}


def test_no_new_key_has_a_name_that_a_command_takes_for_an_option():
    names = [make()["kid"] for make in (signing_keys.new_signing_key, signing_keys.new_secret_key) for _ in range(500)]

    assert [name for name in names if not name[0].isalnum()] == []


@pytest.mark.parametrize(("begins_at", "retired", "used"), USED.values(), ids=USED)
def test_one_key_of_each_kind_is_used(begins_at, retired, used):
    signing = tuple(OKPKey.import_key(good(kid)) for kid in "abc")
    encrypting = tuple(OctKey.import_key(secret(kid)) for kid in "abc")
    keys, at = Keys(signing, encrypting, begins_at, frozenset(retired)), datetime.fromtimestamp(100, UTC)

    signs = keys.signing_at(at)
    assert signs is not None
    assert (signs.kid, keys.encrypting_at(at).kid) == (used, used)
    assert [key.kid for key in keys.verifying] == [kid for kid in "abc" if kid not in retired]


def test_where_all_are_retired_none_signs_and_what_is_encrypted_can_still_be_opened():
    keys = Keys((OKPKey.import_key(good("a")),), (OctKey.import_key(secret("b")),), retired=frozenset("ab"))

    assert keys.signing_at(datetime.now(UTC)) is None
    assert keys.encrypting_at(datetime.now(UTC)).kid == "b"


@pytest.mark.parametrize(
    ("members", "missing"),
    [([good()], "secret key for A256GCM"), ([secret()], "Ed25519 key")],
    ids=["no secret key", "no Ed25519 key"],
)
def test_keys_of_both_kinds_are_needed(file, members, missing):
    write(file, {"keys": members})

    assert refusal(file) == f"it holds no {missing}; `gatehouse keys new FILE` makes a file with both."


def test_a_group_may_read_it(file):
    write(file, {"keys": [good(), secret()]}, mode=0o440)

    assert len(signing_keys.read(file).signing) == 1


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o644, 0o660, 0o777])
def test_a_file_open_to_others_is_refused(file, mode):
    write(file, {"keys": [good()]}, mode=mode)

    assert refusal(file) == "other users may read or change it: set its mode to 600."


def test_a_missing_file_is_named(file):
    assert refusal(file) == "it cannot be read (No such file or directory); `gatehouse keys new FILE` makes one."


def test_a_folder_is_refused(tmp_path):
    assert refusal(tmp_path) == "it cannot be read (Is a directory); `gatehouse keys new FILE` makes one."


MALFORMED = {
    "empty": b"",
    "not JSON": b"secret",
    "a list": [good()],
    "no keys": {"keys": []},
    "keys an object": {"keys": good()},
    "a key alone": good(),
    "keys of text": {"keys": ["secret"]},
    "large": b" " * 70_000,
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_key_set_is_refused(file, content):
    write(file, content)

    assert refusal(file) == "it must be a JSON Web Key Set with at least one key."


def changed(**changes):
    return {name: value for name, value in (good() | changes).items() if value is not None}


OTHER = "is not an Ed25519 key for signatures"
FOR_MACS = "is not a key for encryption by A256GCM"
WEAK = "is weak; `gatehouse keys new FILE` makes a good one"
WRONG_KEYS = {
    "a secret for macs": (OctKey.generate_key(256, {"kid": "one"}).as_dict(private=True), FOR_MACS),
    "a short secret": (secret(size=128), WEAK),
    "a secret of zeros": (secret() | {"k": "A" * 43}, WEAK),
    "a secret that is none": (secret() | {"k": None}, "is malformed"),
    "a secret not base64": (secret() | {"k": "!" * 43}, "is malformed"),
    # Made by the test, as it takes a tenth of a second.
    "RSA": (lambda: RSAKey.generate_key(2048, {"kid": "one"}).as_dict(private=True), OTHER),
    "P-256": (ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=True), OTHER),
    "X25519": (OKPKey.generate_key("X25519", {"kid": "one"}).as_dict(private=True), OTHER),
    "Ed448": (OKPKey.generate_key("Ed448", {"kid": "one"}).as_dict(private=True), OTHER),
    "for encryption": (changed(use="enc"), OTHER),
    "for another algorithm": (changed(alg="ES256"), OTHER),
    "no kid": (changed(kid=None), "needs a `kid` of 1 to 64 letters, digits, - and _"),
    "an odd kid": (changed(kid="../one"), "needs a `kid` of 1 to 64 letters, digits, - and _"),
    "public": (changed(d=None), "is not a private key: it needs `d` and `x`"),
    "without x": (changed(x=None), "is not a private key: it needs `d` and `x`"),
    "too short": (changed(d="AAAA"), "is malformed"),
    "not base64": (changed(d="!" * 43), "is malformed"),
    "of zeros": (changed(d="A" * 43), WEAK),
    "halves of two": (changed(x=good()["x"]), "has a public half that does not belong to its private half"),
}


@pytest.mark.parametrize(("key", "reason"), WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_wrong_key_is_refused_wherever_it_stands(file, key, reason):
    write(file, {"keys": [good("first"), key() if callable(key) else key]})

    assert refusal(file) == f"key 2 in it {reason}."


def test_one_name_for_two_keys_is_refused(file):
    write(file, {"keys": [good("one"), good("one")]})

    assert refusal(file) == "two keys in it have the same `kid`."


def test_no_refusal_holds_a_secret(file):
    key = changed(use="enc")
    write(file, {"keys": [key]})

    assert key["d"] not in refusal(file)
