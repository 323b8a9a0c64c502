"""Ids as clients keep them: one text for each object, and no other text leads to it."""

from base64 import urlsafe_b64decode
from uuid import UUID

import pytest
import strawberry

from graph import ids

IDENTITY = UUID("0b5f5d3e-8a53-4c0e-9d2c-6f0f3a1c7e55")
WRITTEN = strawberry.ID("QXBpVG9rZW46MGI1ZjVkM2UtOGE1My00YzBlLTlkMmMtNmYwZjNhMWM3ZTU1")


def test_an_id_is_written_and_found():
    assert ids.write("ApiToken", IDENTITY) == WRITTEN
    assert ids.find("ApiToken", WRITTEN) == IDENTITY
    assert ids.find("Session", WRITTEN) is None


# Python's decoder skips what is not base64, and UUID takes several forms: each of these would be a second id.
@pytest.mark.parametrize(
    "given",
    [
        f"{WRITTEN}\n",
        f" {WRITTEN}",
        f"{WRITTEN}=",
        f"{WRITTEN}====",
        f"{WRITTEN[:8]}!{WRITTEN[8:]}",
        ids.write("ApiToken", str(IDENTITY).upper()),
        ids.write("ApiToken", IDENTITY.hex),
        ids.write("ApiToken", f"{{{IDENTITY}}}"),
        ids.write("ApiToken", IDENTITY.urn),
        ids.write("ApiToken", f"{IDENTITY} "),
    ],
)
def test_no_other_text_leads_to_the_same_object(given):
    assert ids.find("ApiToken", given) is None


def test_an_id_whose_unused_bits_differ_leads_to_nothing():
    written = ids.write("Plan", IDENTITY)
    # 41 bytes: the last character holds two bits that stand for nothing.
    other = strawberry.ID(written[:-1] + chr(ord(written[-1]) + 1))

    assert urlsafe_b64decode(f"{other}=") == urlsafe_b64decode(f"{written}=") == f"Plan:{IDENTITY}".encode()
    assert ids.find("Plan", written) == IDENTITY
    assert ids.find("Plan", other) is None
