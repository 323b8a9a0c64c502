"""Texts that a later step may not be able to take: the longest, the oddest, and those that no step may get to see."""

_LENGTHS = (80, 255, 256, 65_536)

ODD = [
    "",
    "a\r\nBcc: eve@example.org\r\n\r\nb",
    "a\u2028b\u2029c\x85d \t",
    "\x01\x08\x0b\x1b[31m\x7f\x9f",
    "\u202eabc\u2066def क्\u200dष \u200c\ufeff\ufffd\uffff",
    "a" + "\u0301" * 79,
    "\U0001f600" * 80,
    "\U0001d4b3" * 255,
    "=?utf-8?q?a?=",
    "\"'`\\|,;:<>()[]{}",
    "a|b|c|1|2|3|4|5|6",
    "%s %n %(a)s %00 {0} {{ x }} ${x} $1 {% x %} ' OR 1=1; --",
    "9" * 400,
    "\\ud800 \\u0000 null",
    # The longest or oddest of what has a form of its own: a language, lengths of time, days, base64.
    "en-abcdefgh-abcd",
    "P000000000Y000000000M000000001DT000000001S",
    "PT0.000001S",
    "9999-12-31",
    "2026-11-01",
    "AAAA" * 16_384,
]
TEXTS = [*ODD, *("a" * length for length in _LENGTHS)]
# Postgres stores no NUL, and UTF-8 has no halves of surrogate pairs.
REFUSED = ["\0", "a\0b", "\ud800", "a\udfffb"]

# As bytes, for headers: what uvicorn lets through.
HEADERS = [
    b"",
    b"a \t b",
    b"\x80\x85\x9b\xff" * 20,
    "\u2028\u202e\U0001f600".encode() * 20,
    b"=?utf-8?q?a?=",
    b"\"'`\\|,;:<>()[]{}",
    b"%s %n %(a)s %00 {0} {{ x }}",
    b"9" * 400,
    b"a" * 255,
    b"a" * 256,
    b"a" * 60_000,
    b",;=" * 5_000,
]
