# ruff: noqa: RUF001 - Chinese and Japanese have commas of their own
"""Pages whose text is known: printed in three languages, each in several conditions, and scans."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

_MARGIN, _SIZE, _SPACING = 70, 30, 54
_GUTTER = 90
_DEJAVU, _NOTO = "truetype/dejavu/DejaVuSerif.ttf", "opentype/noto/NotoSerifCJK-Regular.ttc"


@dataclass(frozen=True)
class Page:
    """`language` as tesseract names it."""

    kind: str
    language: str
    image: Image.Image
    text: str


@dataclass(frozen=True)
class _Print:
    """Lines of one text, and the font (with its number in the file) in which they are printed."""

    font: tuple[str, int]
    lines: Sequence[str]


_TEXTS = {
    "eng": _Print(
        (_DEJAVU, 0),
        (
            "The mill stands where the river leaves the hills.",
            "Its wheel has turned since 1784, in dry years too,",
            "and grinds wheat, rye and barley for the valley.",
            "A sack of 25 kg costs 18.40 in the shop beside it;",
            "orders above 120.00 are delivered free of charge.",
            "Visitors are welcome from Monday to Saturday,",
            "9:30 to 17:00, and by appointment on other days.",
            "Please write to mill@example.org, or telephone",
            "+44 117 496 0118 between eight and noon.",
            "Groups of more than fifteen pay half the price.",
        ),
    ),
    "chi_tra": _Print(
        (_NOTO, 3),
        (
            "磨坊位於河流離開山丘的地方，水車自一七八四年起轉動。",
            "附近的農家把小麥、大麥和黑麥送到這裡磨成麵粉。",
            "店內一袋二十五公斤售價 480 元，訂購滿 3,000 元免運費。",
            "開放時間為星期一至星期六上午九點半到下午五點。",
            "其他日子請先預約，團體超過十五人可享半價優惠。",
            "電話 02-2345-6789，早上八點到中午有人接聽。",
            "參觀時請勿觸摸機器，並請照顧好隨行的兒童。",
            "館內設有展覽室，介紹兩百多年來製粉技術的變遷。",
        ),
    ),
    "jpn": _Print(
        (_NOTO, 0),
        (
            "水車小屋は川が山を離れるところに立っています。",
            "一七八四年から回り続け、谷の人々の小麦をひいてきました。",
            "売店では二十五キロ入りの袋を 4,250 円で販売しています。",
            "一万円以上のご注文は送料無料でお届けします。",
            "開館時間は月曜日から土曜日の午前九時半から午後五時です。",
            "そのほかの日は予約が必要で、十五名以上の団体は半額です。",
            "お電話は 03-1234-5678、午前八時から正午までお受けします。",
            "展示室では、二百年にわたる製粉のあゆみをご紹介しています。",
        ),
    ),
}
_CONDITIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "printed": lambda page: page,
    "turned by 90 degrees": lambda page: page.transpose(Image.Transpose.ROTATE_90),
    "turned by 180 degrees": lambda page: page.transpose(Image.Transpose.ROTATE_180),
    "turned by 270 degrees": lambda page: page.transpose(Image.Transpose.ROTATE_270),
    "tilted by 3 degrees": lambda page: _tilted(page, 3),
    "tilted by -7 degrees": lambda page: _tilted(page, -7),
    "blurred": lambda page: page.filter(ImageFilter.GaussianBlur(2)),
    "pale: grey 200 on 212": lambda page: page.point(lambda grey: 200 + grey * 12 // 255),
}
# A recipe from a typewriter; the file comes without its text.
_TYPED = """
Linzensoep à la Waterman 4 ons linzen 3 liter water 3 uien bloem, boter 2 kopjes melk laurier, kruidnagel, kerrie, zout
De linzen wassen en in 1 liter kokend wa- ter 1 dag laten weken. 2 liter water bij de linzen voegen, zonder het water
waarin ze geweekt zijn af te gieten. De helft van de uien bakken met laurier en kruidnagel. Alle uien, kerrie en zout
bij de linzen voegen. Alles aan de kook brengen. Van de bloem met boter en melk een papje maken en verder afmaken met
de soep. Als de linzen gaar zijn is de soep klaar."""


def made(fetched: Path) -> Iterator[Page]:
    for language, text in _TEXTS.items():
        name, number = text.font
        font = ImageFont.truetype(fetched / "unpacked/usr/share/fonts" / name, _SIZE, index=number)
        page, whole = _printed([text.lines], font), "\n".join(text.lines)
        for kind, changed in _CONDITIONS.items():
            yield Page(kind, language, changed(page), whole)
        half = (
            [line[: len(line) // 2].strip() for line in text.lines],
            [line[len(line) // 2 :].strip() for line in text.lines],
        )
        yield Page("two columns", language, _printed(half, font), "\n".join([*half[0], *half[1]]))


def scans(fetched: Path) -> Iterator[Page]:
    folder = fetched / "scans"
    with Image.open(folder / "linn.png") as image:
        yield Page("scan: a leaflet in two columns", "eng", image.convert("L"), (folder / "linn.txt").read_text())
    with Image.open(folder / "typewriter.png") as image:
        page = image.convert("L")
    yield Page("scan: typewriting", "eng", page, _TYPED)
    yield Page("scan: typewriting, upside down", "eng", page.transpose(Image.Transpose.ROTATE_180), _TYPED)


def _printed(columns: Sequence[Sequence[str]], font: ImageFont.FreeTypeFont) -> Image.Image:
    widths = [max(round(font.getlength(line)) for line in column) for column in columns]
    width = 2 * _MARGIN + sum(widths) + _GUTTER * (len(columns) - 1)
    page = Image.new("L", (width, 2 * _MARGIN + _SPACING * max(map(len, columns))), "white")
    left = _MARGIN
    for column, taken in zip(columns, widths, strict=True):
        for row, line in enumerate(column):
            ImageDraw.Draw(page).text((left, _MARGIN + row * _SPACING), line, fill="black", font=font)
        left += taken + _GUTTER
    return page


def _tilted(page: Image.Image, degrees: float) -> Image.Image:
    return page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
