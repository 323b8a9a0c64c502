"""Has a page of a PDF drawn by a process of its own (page_drawing.py), so that a hostile file cannot harm this one."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from page_drawing import OUT_OF_MEMORY
from PIL import Image
from refusals import Refused

# As `pixels.KEPT_SIDE` squared: more would be reduced again.
DRAWN_PIXELS = 4_000_000
# What a row has beside its pixels, and rounding.
MOST_BESIDE = 100_000
LONGEST_LINE = 200
# In seconds: how often it is asked whether the page is still wanted.
PAUSE = 0.05
MODES = {1: "L", 3: "BGR", 4: "BGRX"}
REASONS = {
    "password": "password: it needs one",
    "damaged": "damaged: not a PDF that can be opened",
    "large": "large: too many pixels in an image of the page",
}


def is_pdf(data):
    # Some programs put a few bytes before it, which readers accept.
    return b"%PDF-" in data[:1024]


def draw(data, page, *, stop_if_late, image_pixels, seconds, memory):
    """How many pages a PDF has, and page `page` (from 1) in RGB. Raises Refused, and what `stop_if_late` raises.

    An image of the page has at most `image_pixels`. The process has `seconds` and `memory`, in bytes.
    """
    limits = map(str, (page, DRAWN_PIXELS, image_pixels, seconds, memory))
    child = subprocess.Popen(  # noqa: S603 - its own neighbour and numbers, without a shell
        [sys.executable, str(Path(__file__).with_name("page_drawing.py")), *limits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with child, ThreadPoolExecutor(1) as aside:
        answer = aside.submit(_exchange, child, data)
        try:
            while not wait([answer], timeout=PAUSE).done:
                stop_if_late()
        except BaseException:
            child.kill()
            raise
    opened, drawn, pixels = answer.result()
    if "refused" in opened:
        raise Refused(REASONS[opened["refused"]])
    if "pages" not in opened:
        raise Refused(_death(child, seconds))
    count = int(opened["pages"])
    if page > count:
        raise Refused(f"absent: no such page; pages: {count}")
    if "refused" in drawn:
        raise Refused(f"{REASONS[drawn['refused']]}; pages: {count}")
    if child.returncode:
        raise Refused(f"{_death(child, seconds)}; pages: {count}")
    size = (drawn["width"], drawn["height"])
    order = MODES[drawn["channels"]]
    mode = "L" if order == "L" else "RGB"
    return count, Image.frombuffer(mode, size, pixels, "raw", order, drawn["stride"], 1).convert("RGB")


def _exchange(child, data):
    try:
        child.stdin.write(data)
        child.stdin.close()
    except BrokenPipeError:
        pass  # it has died: its answer is empty, and its status says of what
    opened, drawn = _facts(child.stdout.readline(LONGEST_LINE)), _facts(child.stdout.readline(LONGEST_LINE))
    return opened, drawn, child.stdout.read(4 * DRAWN_PIXELS + MOST_BESIDE)


def _facts(line):
    return json.loads(line) if line.endswith(b"}\n") else {}


def _death(child, seconds):
    if child.returncode == OUT_OF_MEMORY:
        return "memory: it takes too much"
    if child.returncode in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL):
        return f"slow: more than {seconds} s to draw"
    return "damaged: its page cannot be drawn"
