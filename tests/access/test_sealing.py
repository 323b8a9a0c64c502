from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from itertools import count

import orjson
import pytest
from joserfc import jwe
from joserfc.jwk import OctKey

from access import signing_keys
from access.sealing import Sealer, Unsealable, sealed_with
from access.signing_keys import Keys, always
from settings import Settings
from tests.environ import environ

SECRET = b"the secret of ada's telephone"
OF = "second factor 1"

_numbers = count()


def new_key():
    return OctKey.generate_key(256, {"kid": f"key-{next(_numbers)}"})


@pytest.fixture
def key():
    return new_key()


@pytest.fixture
def sealer(key):
    return Sealer([key])


def test_what_was_sealed_is_opened(sealer):
    assert sealer.open(sealer.seal(SECRET, of=OF), of=OF) == SECRET


def test_what_is_sealed_shows_nothing_and_never_the_same(sealer):
    one, other = sealer.seal(SECRET, of=OF), sealer.seal(SECRET, of=OF)

    assert one != other
    for shown in (SECRET, b64encode(SECRET), urlsafe_b64encode(SECRET).rstrip(b"="), SECRET.hex().encode()):
        assert shown not in one.encode()


@pytest.mark.parametrize("of", ["second factor 2", "", "second factor 1 ", "SECOND FACTOR 1"])
def test_it_is_opened_for_nothing_else(sealer, of):
    with pytest.raises(Unsealable):
        sealer.open(sealer.seal(SECRET, of=OF), of=of)


def test_the_first_key_seals_and_all_open(key):
    new = new_key()
    rotated = Sealer([new, key])

    assert rotated.open(Sealer([key]).seal(SECRET, of=OF), of=OF) == SECRET
    assert Sealer([new]).open(rotated.seal(SECRET, of=OF), of=OF) == SECRET


def test_a_key_that_begins_later_opens_now_and_seals_then(key):
    new, now = new_key(), [datetime.fromtimestamp(99, UTC)]
    sealer = Sealer(always(Keys((), (key, new), {new.kid: 100})), clock=lambda: now[0])
    before, mac = sealer.seal(SECRET, of=OF), sealer.key("devices")

    now[0] = datetime.fromtimestamp(100, UTC)

    after = sealer.seal(SECRET, of=OF)
    assert (sealed_with(before), sealed_with(after)) == (key.kid, new.kid)
    assert (sealer.open(before, of=OF), sealer.open(after, of=OF)) == (SECRET, SECRET)
    assert (mac, sealer.key("devices")) == (Sealer([key]).key("devices"), Sealer([new]).key("devices"))


def test_what_is_sealed_again_is_the_same_for_the_same_under_another_key(key):
    new = new_key()

    again = Sealer([new, key]).seal_again(Sealer([key]).seal(SECRET, of=OF))

    assert sealed_with(again) == new.kid
    assert Sealer([new]).open(again, of=OF) == SECRET
    with pytest.raises(Unsealable):
        Sealer([new]).open(again, of="second factor 2")


@pytest.mark.parametrize("text", ["", "....", "é.", "e30.x", "W10.x", "eyJraWQiOjF9.x", "!", "A" * 100])
def test_what_was_never_sealed_names_no_key(text):
    assert sealed_with(text) is None


def test_without_its_key_it_stays_sealed(key):
    same_name = OctKey.import_key(new_key().raw_value, {"kid": key.kid})
    sealed = Sealer([key]).seal(SECRET, of=OF)

    for other in (new_key(), same_name):
        with pytest.raises(Unsealable) as refusal:
            Sealer([other]).open(sealed, of=OF)
        # Causes are logged, and might show what was sealed.
        assert refusal.value.__cause__ is None
        assert str(refusal.value) == ""


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_what_was_changed_is_not_opened(sealer, part):
    parts = sealer.seal(SECRET, of=OF).split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]

    with pytest.raises(Unsealable):
        sealer.open(".".join(parts), of=OF)


def test_a_header_of_another_seal_does_not_fit(sealer):
    one, other = sealer.seal(SECRET, of=OF).split("."), sealer.seal(SECRET, of="second factor 2").split(".")

    with pytest.raises(Unsealable):
        sealer.open(".".join([one[0], *other[1:]]), of=OF)


def test_another_way_to_encrypt_is_refused_also_with_the_right_key(key, sealer):
    wrapped = jwe.encrypt_compact(
        {"alg": "A256GCMKW", "enc": "A256GCM", "kid": key.kid, "typ": OF},
        SECRET,
        key,
        algorithms=["A256GCMKW", "A256GCM"],
    )
    unnamed = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "kid": key.kid}, SECRET, key)

    for sealed in (wrapped, unnamed):
        with pytest.raises(Unsealable):
            sealer.open(sealed, of=OF)


@pytest.mark.parametrize(
    "text", ["", ".", "....", "a.b.c.d.e", "é", "\0", "{}", "eyJhbGciOiJub25lIn0.e30.", "A" * 1_000_000]
)
def test_what_was_never_sealed_is_not_opened(sealer, text):
    with pytest.raises(Unsealable):
        sealer.open(text, of=OF)


def test_keys_for_macs_are_one_for_each_purpose_and_the_same_in_every_process(key):
    one, same = Sealer([key]), Sealer([OctKey.import_key(key.raw_value, {"kid": "other"}), new_key()])

    assert one.key("guesses") == same.key("guesses")
    assert len(one.key("guesses")) == 32
    assert len({one.key("guesses"), one.key("devices"), Sealer([new_key()]).key("guesses"), key.raw_value}) == 4


def test_the_keys_come_from_the_file(tmp_path):
    file = tmp_path / "keys.json"
    signing_keys.create(file)
    settings = Settings.from_environ(environ(SIGNING_KEYS_FILE=str(file)))
    (secret,) = [one for one in orjson.loads(file.read_bytes())["keys"] if one["kty"] == "oct"]

    sealed = Sealer.from_settings(settings).seal(SECRET, of=OF)

    key = OctKey.import_key({name: secret[name] for name in ("kty", "kid", "k")})
    assert Sealer([key]).open(sealed, of=OF) == SECRET
    assert Sealer.from_settings(settings).open(sealed, of=OF) == SECRET
