"""What a page of the console needs besides the files that all pages load. Since the page names it, it is loaded at
once, and not after what asks for it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

# The file with the texts of each language, by the first part of a language's tag; console/src/i18n/languages.ts chooses
# in the same way, unless the user chose another language.
_LANGUAGES = {"en": "en", "zh": "zh-Hant", "ja": "ja"}


class Files:
    """The files of the console's build, as its manifest lists them."""

    def __init__(self, built: Path) -> None:
        self._chunks = json.loads((built / "manifest.json").read_text("utf-8"))
        self._of_all_pages = set(re.findall(r'"\./([^"]+\.js)"', (built / "index.html").read_text("utf-8")))

    def links(self, module: str | None) -> str:
        """Elements for the head of a page: its language, and the module that it is made of."""
        names = self._with_imports(f"src/pages/{module}.tsx") - self._of_all_pages if module else set()
        scripts = ["{language}.js", *sorted(names)]
        return "".join(f'<link rel="modulepreload" crossorigin href="./{name}">' for name in scripts)

    def _with_imports(self, key: str) -> set[str]:
        found, keys = set(), [key]
        for one in keys:
            found.add(self._chunks[one]["file"])
            keys += [key for key in self._chunks[one].get("imports", ()) if key not in keys]
        return found


def language_of(accept: Sequence[str]) -> str:
    """The language that the page will choose for a browser with these Accept-Language headers."""
    tags = (choice.partition(";")[0].strip() for choice in ",".join(accept).split(","))
    known = (_LANGUAGES.get(tag.partition("-")[0].lower()) for tag in tags)
    return next((language for language in known if language), "en")
