"""Plain RapidOCR, as `RapidOCR()` makes it: reads the image files that are named, and prints their texts as JSON.

It runs in the environment of the models.
"""

import json
import sys
from typing import Any


def main() -> None:
    from rapidocr import RapidOCR  # type: ignore[import-not-found]  # of that environment

    reader: Any = RapidOCR(params={"Global.log_level": "error"})
    print(json.dumps([list(reader(file).txts or ()) for file in sys.argv[1:]]))


if __name__ == "__main__":
    main()
