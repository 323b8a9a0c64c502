"""Images with text, in the font that Pillow carries, which `text_reader` reads exactly."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_MARGIN = 40


def page(*lines: str, size: float = 40) -> Image.Image:
    """Black lines on white, as wide as the longest of them; `size` is the height of the letters' line in pixels."""
    font = ImageFont.load_default(size)
    spacing = round(size * 1.6)
    width = max((round(font.getlength(line)) for line in lines), default=0)
    image = Image.new("RGB", (width + 2 * _MARGIN, spacing * len(lines) + 2 * _MARGIN), "white")
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((_MARGIN, _MARGIN + row * spacing), line, fill="black", font=font)
    return image


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def written(*lines: str, format: str = "PNG", size: float = 40) -> bytes:
    """An image file of these lines."""
    return encoded(page(*lines, size=size), format)
