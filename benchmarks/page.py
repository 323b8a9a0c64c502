"""The parts of README.md that measurements write."""

import re
from pathlib import Path

README = Path(__file__).with_name("README.md")


def write(name: str, text: str) -> None:
    """Puts `text` between the two comments of this measurement."""
    page = README.read_text()
    written, found = between(name).subn(lambda _: text, page)
    if found != 1:
        raise ValueError(f"README.md has {found} places for {name}, not one.")
    README.write_text(written)


def between(name: str) -> re.Pattern[str]:
    begin, end = f"<!-- written by {name} --write -->\n", f"\n<!-- end of {name} -->"
    return re.compile(f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", re.DOTALL)
