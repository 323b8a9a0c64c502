"""Base64 is accepted in the one form that this service writes."""

import pytest

import base64_text

# Each raises no error in Python's own decoders, or is read as the same bytes as another text.
_NOT_CANONICAL = {
    "a trailing bit that is not zero": "AB==",
    "padding after padding": "AA====",
    "no padding": "AA",
    "a line break": "AA\n==",
    "a space": "AA ==",
    "a character outside the alphabet": "A!A==",
    "the other alphabet": "-_8=",
    "data after the padding": "AA==AA==",
    "not ASCII": "ÄA==",
    "half a surrogate pair": "\ud800A==",
}


@pytest.mark.parametrize("raw", [b"", b"\0", b"ab", b"abc", b"\xfb\xff\xfe"], ids=repr)
def test_what_is_written_is_read(raw):
    assert base64_text.decode(base64_text.encode(raw)) == raw
    assert base64_text.decode_from_url(base64_text.encode_for_url(raw)) == raw
    assert base64_text.decode_from_url(base64_text.encode_for_url(raw, padded=True), padded=True) == raw


def test_each_alphabet_and_padding_is_written_as_named():
    assert base64_text.encode(b"\xfb\xff") == "+/8="
    assert base64_text.encode_for_url(b"\xfb\xff") == "-_8"
    assert base64_text.encode_for_url(b"\xfb\xff", padded=True) == "-_8="


@pytest.mark.parametrize("text", _NOT_CANONICAL.values(), ids=_NOT_CANONICAL)
def test_other_forms_are_refused(text):
    with pytest.raises(base64_text.NotCanonical):
        base64_text.decode(text)


@pytest.mark.parametrize(
    ("text", "padded"), [("AB", False), ("AA==", False), ("AA", True), ("+/8", False), ("A", False)]
)
def test_other_url_safe_forms_are_refused(text, padded):
    with pytest.raises(base64_text.NotCanonical):
        base64_text.decode_from_url(text, padded=padded)
