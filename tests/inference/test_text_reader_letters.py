"""The letters that the model of `text_reader` knows are those that docs/models.md names."""

import subprocess
import unicodedata

import pytest

from local import paths

LIST = """
import pathlib, onnxruntime, rapidocr
(file,) = pathlib.Path(rapidocr.__file__).parent.rglob("*_rec_small.onnx")
print(onnxruntime.InferenceSession(file).get_modelmeta().custom_metadata_map["character"])
"""
READ = {
    "English": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-/()%&+*#@$€£",
    "German": "ÄÖÜäöüß",
    "French": "ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ«»",
    "Spanish and Portuguese": "ÁÂÃÀÇÉÊÍÑÓÔÕÚÜáâãàçéêíñóôõúü¿",
    "Nordic": "ÅÄÆÖØÐÞåäæöøðþ",
    "Polish": "ĄĆĘŁŃÓŚŹŻąćęłńóśźż",
    "Czech and Slovak": "ÁČĎÉĚÍĹĽŇÓÔŔŘŠŤÚŮÝŽáčďéěíĺľňóôŕřšťúůýž",
    "Hungarian": "ÁÉÍÓÖŐÚÜŰáéíóöőúüű",
    "Romanian and Turkish": "ĂÂÎȘȚŞŢăâîșțşţĞİÖÜğıöü",
    "Baltic": "ĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲāčēģīķļņšūžąęėįų",
    "Chinese": "发票金额发货北京为馬車發票總金額臺灣",
    "Japanese": "いろはにほへとカタカナヒラガナ東京都円読",
}
UNREAD = ["CYRILLIC", "ARABIC", "HEBREW", "HANGUL", "THAI", "DEVANAGARI", "BENGALI", "TAMIL", "ARMENIAN", "GEORGIAN"]


@pytest.fixture(scope="module")
def letters() -> set[str]:
    python = paths.MODELS / "bin" / "python"
    return set(subprocess.check_output([python, "-c", LIST], text=True).split("\n"))


@pytest.mark.parametrize("language", READ)
def test_the_letters_of_a_language_that_is_read_are_known(letters: set[str], language: str) -> None:
    assert set(READ[language]) - letters == set()


def test_no_letter_of_a_script_that_is_not_read_is_known(letters: set[str]) -> None:
    scripts = {unicodedata.name(letter[0], "").split(" ")[0] for letter in letters if letter}

    assert scripts & set(UNREAD) == set()
    assert {"LATIN", "HIRAGANA", "KATAKANA", "CJK"} < scripts


def test_greek_is_known_without_its_accents_and_vietnamese_and_spanish_in_part(letters: set[str]) -> None:
    assert set("ΑΒΓΔαβγδω") <= letters
    assert set("άέήίόύώςếệườạ¡") & letters == {"ư"}
