"""Draws one page of a PDF, in a process of its own that may die.

`python page_drawing.py PAGE DRAWN_PIXELS IMAGE_PIXELS SECONDS MEMORY`: the PDF comes on the standard input. The answer
on the standard output is a line of JSON with `pages`, how many the document has, or `refused`; then, if the page
exists, a line of JSON with `refused`, or with its `width`, `height`, bytes of a row (`stride`) and `channels`, and the
bytes: grey, BGR or BGRX. The process ends with OUT_OF_MEMORY if it needs more than MEMORY bytes beside the file.
"""

import json
import math
import os
import resource
import signal
import sys
import threading
import time

# Of an inch: A4 has 4 million pixels at this.
DOTS = 200
OUT_OF_MEMORY = 77
# A form inside of a form, and so on.
DEEPEST = 5
# A page is drawn in strips of about so many pixels, which takes a third less memory, and no longer.
STRIP = 500_000


def main(page, drawn_pixels, image_pixels, seconds, memory):
    import pypdfium2 as pdfium
    from pypdfium2 import raw

    data = sys.stdin.buffer.read()
    _limit(seconds, memory)
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        _say(refused="password" if error.err_code == raw.FPDF_ERR_PASSWORD else "damaged")
        return
    _say(pages=len(document))
    if page > len(document):
        return
    if document.get_formtype() != raw.FORMTYPE_NONE:
        # Without it, the fields of a form are empty.
        document.init_forms()
    leaf = document[page - 1]
    # PDFium leaves out an image for which it finds no memory, without a word.
    for image in leaf.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEEPEST):
        width, height = image.get_px_size()
        if width * height > image_pixels:
            _say(refused="large")
            return
    width, height = leaf.get_size()
    # A little less, so that a whole number of pixels is not rounded up to the next one.
    scale = min(DOTS / 72, (drawn_pixels / (width * height)) ** 0.5) * (1 - 1e-6)
    columns, rows = math.ceil(width * scale), math.ceil(height * scale)
    step = math.ceil(STRIP / columns)
    for top in range(0, rows, step):
        below = max(0, rows - top - step)
        # Half a pixel less, because they are rounded up.
        crop = [max(0, edge - 0.5) / scale for edge in (0, below, 0, top)]
        bitmap = leaf.render(scale=scale, crop=crop)
        if top == 0:
            _say(width=columns, height=rows, stride=bitmap.stride, channels=bitmap.n_channels)
        sys.stdout.buffer.write(bitmap.buffer)
        bitmap.close()
    sys.stdout.buffer.flush()


def _limit(seconds, memory):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    # For where it waits: a busy machine gives it a part of a processor only.
    signal.alarm(3 * seconds)
    # Where memory is refused, PDFium draws a page without what did not fit. So that is far away, and `_watch` ends the
    # process before.
    resource.setrlimit(resource.RLIMIT_DATA, (16 * memory, 16 * memory))
    threading.Thread(target=_watch, args=(_own_bytes() + memory,), daemon=True).start()


def _watch(most):
    while _own_bytes() < most:
        time.sleep(0.002)
    os._exit(OUT_OF_MEMORY)


def _own_bytes():
    with open("/proc/self/statm") as counts:
        _, resident, shared, *_ = map(int, counts.read().split())
    return (resident - shared) * resource.getpagesize()


def _say(**facts):
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
    # Without tearing down what a hostile file has built up.
    os._exit(0)
