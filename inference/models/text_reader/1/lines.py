"""Finds and reads the lines of a page, and notices letters that the model does not know."""

import time

import numpy as np
from rapidocr.ch_ppocr_rec import TextRecInput
from rapidocr.utils.process_img import get_rotate_crop_image
from refusals import Abandoned, Refused

# A line below this confidence is a picture or a smudge.
LEAST_CONFIDENCE = 0.5
# In the pixels that the model sees, of which a line has 48 in height. A letter is no wider than twice the first.
# Thinner strokes than the second are rules, dashes and dots. Less ink than the third is a speck.
REACH, LEAST_HEIGHT, LEAST_INK = 36, 12, 24
# The part of a line's ink that may lie where no letter was read.
MOST_UNREAD = 0.3


class Lines:
    """`max_lines` of a page are read in `max_seconds`, unless the caller cancels."""

    def __init__(self, reader, max_lines, max_seconds):
        self.search, self.reader = reader.text_det, reader.text_rec
        self.session, self.reader.session = self.reader.session, self._look
        letters = self.reader.postprocess_op.character
        self.blank = [index for index, letter in enumerate(letters) if index == 0 or not letter.strip()]
        self.max_lines, self.max_seconds = max_lines, max_seconds
        self.request, self.end = None, float("inf")
        self.is_unread = False

    def begin(self, request):
        self.request = request
        self.end = time.monotonic() + self.max_seconds

    def stop_if_late(self):
        """Raises Abandoned and Refused."""
        if self.request is not None and self.request.is_cancelled():
            raise Abandoned
        if time.monotonic() > self.end:
            raise Refused(f"slow: more than {self.max_seconds} s")

    def read(self, pixels, side):
        """Outlines, texts and confidences of the lines in BGR pixels, and how many lines could not be read.

        `side`: of the image in which lines are searched, the longest. Raises Abandoned and Refused.
        """
        self.search.limit_side_len = side
        boxes = self.search(pixels).boxes
        boxes = () if boxes is None else boxes
        # Before the first one is read, to save the time.
        if len(boxes) > self.max_lines:
            raise Refused(f"lines: more than {self.max_lines}")
        outlines, texts, confidences, unread = [], [], [], 0
        for box in boxes:
            self.stop_if_late()
            text, confidence = self._read_line(get_rotate_crop_image(pixels, np.array(box, dtype=np.float32)))
            if self.is_unread:
                unread += 1
            elif text.strip() and confidence >= LEAST_CONFIDENCE:
                outlines.append(box)
                texts.append(text)
                confidences.append(confidence)
        return np.array(outlines, dtype=np.float32).reshape(-1, 4, 2), texts, confidences, unread

    def _read_line(self, crop):
        read = self.reader(TextRecInput(img=crop, return_word_box=False))
        return read.txts[0], read.scores[0]

    def _look(self, line):
        """In place of the reader's session."""
        read = self.session(line)
        self.is_unread = is_unread(line[0], read[0].argmax(axis=1), self.blank)
        return read


def is_unread(line, letters, blank):
    """Whether a good part of a line has letters that the model does not know.

    `line`: (3, 48, width) from -1 to 1, then zeros. `letters`: the class at each step of its width; those in `blank`
    are none.
    """
    # Green is much like grey, and a sample shows the paper.
    green = line[1]
    width = int(np.flatnonzero(green.any(axis=0)).max(initial=-1)) + 1
    if width == 0:
        return False
    strokes = np.abs(green[:, :width] - np.median(green[::3, :width:3]))
    inked = np.flatnonzero((strokes > 0.4 * strokes.max()).sum(axis=0) >= LEAST_HEIGHT)
    if len(inked) < LEAST_INK:
        return False
    known = (np.flatnonzero(~np.isin(letters, blank)) + 0.5) * line.shape[2] / len(letters)
    # Sentinels, so that each column has a letter on either side.
    known = np.concatenate(([-np.inf], known, [np.inf]))
    after = np.searchsorted(known, inked)
    distance = np.minimum(known[after] - inked, inked - known[after - 1])
    return bool((distance > REACH).mean() > MOST_UNREAD)
