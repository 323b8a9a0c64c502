"""Character error rates of `text_reader` beside plain RapidOCR and tesseract: `python -m benchmarks text`.

`--write` puts the table into README.md. Spaces do not count. tesseract is told the language, and finds out the
direction of the page (`--psm 1`); the others are told nothing.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from tritonclient import grpc

from benchmarks import page as readme
from benchmarks.text import pages
from benchmarks.text.pages import Page
from local import paths, servers

_ROOT = Path(__file__).parents[2]
_FETCHED = _ROOT / ".peers" / "text"
_LANGUAGES = {"eng": "English", "chi_tra": "Chinese", "jpn": "Japanese"}
_READERS = ("Gatehouse", "RapidOCR", "tesseract")


def main() -> None:
    subprocess.run([Path(__file__).with_name("fetch")], check=True)
    found = [*pages.made(_FETCHED), *pages.scans(_FETCHED)]
    with tempfile.TemporaryDirectory() as folder:
        files = [_saved(page, Path(folder) / f"{number}.png") for number, page in enumerate(found)]
        with _triton(Path(folder)) as url:
            ours = list(_ours(url, files))
        read = {"Gatehouse": ours, "RapidOCR": _plain(files), "tesseract": list(_tesseract(found, files))}
    rates = {
        (page.kind, page.language, reader): error_rate(texts[number], page.text)
        for reader, texts in read.items()
        for number, page in enumerate(found)
    }
    table = _table(rates)
    print(table)
    if "--write" in sys.argv:
        readme.write("text", f"{date.today():%-d %B %Y}.\n\n{table}")


def error_rate(read: str, text: str) -> float:
    """Letters to change, add or take away, for each letter of `text`; without spaces."""
    read, text = "".join(read.split()), "".join(text.split())
    before = np.arange(len(text) + 1)
    wanted = np.array([*text])
    steps = np.arange(len(text) + 1)
    for number, letter in enumerate(read, 1):
        row = np.empty_like(before)
        row[0] = number
        row[1:] = np.minimum(before[1:] + 1, before[:-1] + (wanted != letter))
        # Letters that are missing: each costs one more than the place on its left.
        before = np.minimum.accumulate(row - steps) + steps
    return float(before[-1] / len(text))


def _saved(page: Page, file: Path) -> Path:
    page.image.save(file)
    return file


@contextmanager
def _triton(folder: Path) -> Iterator[str]:
    models = folder / "models"
    shutil.copytree(_ROOT / "inference" / "models" / "text_reader", models / "text_reader")
    config = models / "text_reader" / "config.pbtxt"
    # A machine with other work takes longer, and the time is not measured here.
    limit, longer = (f'key: "max_seconds" value: {{ string_value: "{seconds}"' for seconds in (20, 600))
    declared = config.read_text()
    assert limit in declared
    config.write_text(declared.replace(limit, longer))
    triton = servers.Triton(folder, [models])
    with servers.running(triton):
        yield triton.url


def _ours(url: str, files: Sequence[Path]) -> Iterator[str]:
    client = grpc.InferenceServerClient(url)
    for file in files:
        image = grpc.InferInput("IMAGE", [1], "BYTES")
        image.set_data_from_numpy(np.array([file.read_bytes()], dtype=object))
        texts = client.infer("text_reader", [image], client_timeout=600).as_numpy("TEXTS")
        yield "\n".join(text.decode() for text in texts)
    client.close()


def _plain(files: Sequence[Path]) -> list[str]:
    python, script = paths.MODELS / "bin" / "python", Path(__file__).with_name("plain.py")
    printed = subprocess.run([python, script, *files], check=True, capture_output=True, text=True).stdout
    return ["\n".join(lines) for lines in json.loads(printed)]


def _tesseract(found: Sequence[Page], files: Sequence[Path]) -> Iterator[str]:
    usr = _FETCHED / "unpacked" / "usr"
    environ = {
        **os.environ,
        "LD_LIBRARY_PATH": str(usr / "lib" / "x86_64-linux-gnu"),
        "TESSDATA_PREFIX": str(usr / "share" / "tesseract-ocr" / "5" / "tessdata"),
        "OMP_THREAD_LIMIT": "1",
    }
    for page, file in zip(found, files, strict=True):
        command: list[str | Path] = [usr / "bin" / "tesseract", file, "-", "-l", page.language, "--psm", "1"]
        yield subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout


def _table(rates: dict[tuple[str, str, str], float]) -> str:
    head = [f"{reader}, {language}" for reader in _READERS for language in _LANGUAGES.values()]
    rows = ["| | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    for kind in dict.fromkeys(kind for kind, _, _ in rates):
        cells = [rates.get((kind, language, reader)) for reader in _READERS for language in _LANGUAGES]
        rows.append(f"| {kind} | " + " | ".join("" if rate is None else f"{rate:.3f}" for rate in cells) + " |")
    return "\n".join(rows)
