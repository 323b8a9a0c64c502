# ruff: noqa: RUF001 - letters of other scripts are what this is about
"""Names that are shown: what writing systems and emoji need is taken, what hides in a text is not."""

from datetime import timedelta

import orjson
import pytest

import errors
from db.models.api_tokens import ApiToken
from db.models.users import User
from resolvers import api_tokens, export, names, profiles
from resolvers.token_input import NewToken
from tests.resolvers.conftest import NOW, PASSWORD

TAKEN = {
    "Persian": "می\u200cخواهم",
    "Persian, after an initial form": "علی\u200cرضا",
    "Persian, with a vowel sign": "خانه\u064e\u200cای",
    "Sinhala": "ශ\u0dca\u200dරී",
    "Hindi, joined": "क\u094d\u200dष",
    "Hindi, apart": "क\u094d\u200cष",
    "Malayalam, at the end": "അനില\u0d4d\u200d",
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "heart": "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468",
    "profession": "Ada \U0001f469\U0001f3fd\u200d\U0001f4bb",
    "runner": "\U0001f3c3\u200d\u2642\ufe0f",
    "flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "variant of an ideograph": "葛\U000e0100城",
    "heart alone": "\u2764\ufe0f",
    "no joiners": "Zoë Ångström 艾達",
}
REFUSED = {
    "joiner": "\u200d",
    "joiner at the start": "\u200dAda",
    "joiner at the end": "Ada\u200d",
    "joiner between Latin letters": "A\u200dda",
    "non-joiner between Latin letters": "A\u200cda",
    "non-joiner at the start": "\u200cمی",
    "non-joiner at the end": "می\u200c",
    "non-joiner after a letter that joins nothing behind it": "آرزو\u200cها",
    "joiner between Persian letters": "می\u200dخ",
    "two non-joiners": "می\u200c\u200cخ",
    "two joiners after a virama": "ක\u0dca\u200d\u200dර",
    "two joiners in an emoji": "\U0001f468\u200d\u200d\U0001f469",
    "joiner after an emoji": "\U0001f468\u200d",
    "joiner before an emoji": "\u200d\U0001f468",
    "emoji joined with a letter": "\U0001f468\u200da",
    "non-joiner in an emoji": "\U0001f468\u200c\U0001f469",
    "override": "a\u202eb",
    "isolate": "a\u2066b",
    "mark": "a\u200fb",
    "Arabic mark": "a\u061cb",
    "zero-width space": "a\u200bb",
    "word joiner": "a\u2060b",
    "byte order mark": "a\ufeffb",
    "soft hyphen": "a\u00adb",
    "tag": "a\U000e0041b",
    "grapheme joiner": "a\u034fb",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "a\uffa0b",
    "Khmer vowel that is not shown": "a\u17b4b",
    "blank Braille pattern": "\u2800",
    "selector at the start": "\ufe0fAda",
    "two selectors": "\u2764\ufe0f\ufe0f",
    "selector after a space": "a \ufe0f",
    "line": "a\u2028b",
    "surrogate": "a\ud800b",
    "control": "a\u0085b",
    "unassigned and ignorable": "a\U000e0fffb",
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
async def test_what_a_writing_system_needs_is_taken_and_comes_back(tools, ada, signer, text: str):
    user = await profiles.update(ada.caller, {"displayName": text}, at=NOW)
    token_input = NewToken(name=text, expires_in=timedelta(days=1), scopes=["READ"])
    await api_tokens.create(signer, ada.caller, token_input, at=NOW)

    exported = orjson.loads((await export.export(tools, ada.caller, PASSWORD, at=NOW)).json)
    assert (user.display_name, exported["user"]["displayName"]) == (text, text)
    assert [token["name"] for token in exported["apiTokens"]] == [text]


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_seen_is_refused_and_nothing_changes(ada, signer, text: str):
    token_input = NewToken(name=text, expires_in=timedelta(days=1), scopes=["READ"])

    for change, path in (
        (profiles.update(ada.caller, {"displayName": text}, at=NOW), ("input", "displayName")),
        (api_tokens.create(signer, ada.caller, token_input, at=NOW), ("input", "name")),
    ):
        with pytest.raises(errors.InvalidInput) as refusal:
            await change
        sentence = "This contains a character that cannot be displayed. Remove it."
        assert [*refusal.value.problems] == [errors.Problem(path, "INVALID_CHARACTER", sentence)]

    assert (await User.get(id=ada.id)).display_name is None
    assert await ApiToken.all().count() == 0


@pytest.mark.parametrize(("count", "code"), [(26, None), (27, "TOO_LONG")])
async def test_eighty_code_points_fit_into_the_column(ada, count: int, code: str | None):
    text = "می\u200c" * count + "خا"

    if code is None:
        assert (await profiles.update(ada.caller, {"displayName": text}, at=NOW)).display_name == text
        assert len(text) == 80
    else:
        assert [problem.code for problem in names.check(text, longest=80, path=())] == [code]
