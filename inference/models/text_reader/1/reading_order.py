"""The order in which the lines of a page are read: columns of print one after the other, tables row by row."""

from itertools import pairwise
from statistics import median

import numpy as np

# A column has at least so many lines; with k columns it takes this part of a k-th of the width; its lines fill this
# part of it.
_LINES, _SHARE, _FILLED = 3, 0.5, 0.6
# In heights of a line: the least width of the gutter between columns, and the gap that ends a column.
_GUTTER, _GAP = 0.5, 0.9


def order(outlines):
    """Indices of level outlines, (lines, 4, 2), as a reader takes them."""
    if len(outlines) == 0:
        return []
    boxes = np.concatenate((outlines.min(axis=1), outlines.max(axis=1)), axis=1)
    sides = boxes[:, 2:] - boxes[:, :2]
    if np.median(sides[:, 1] / np.maximum(sides[:, 0], 1)) > 2:
        # Chinese and Japanese that run down: the next line is on the left. Turned, it is below.
        boxes = np.stack((boxes[:, 1], -boxes[:, 2], boxes[:, 3], -boxes[:, 0]), axis=1)
    rows, ordered = _rows([_Line(index, *box) for index, box in enumerate(boxes.tolist())]), []
    while rows:
        taken, columns = _columns(rows)
        ordered += [line.index for column in columns for row in _rows(column) for line in row]
        rows = rows[taken:]
    return ordered


class _Line:
    __slots__ = ("bottom", "height", "index", "left", "middle", "right", "top")

    def __init__(self, index, left, top, right, bottom):
        self.index = index
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        self.height, self.middle = bottom - top, (top + bottom) / 2


def _rows(lines):
    """Lines side by side, from left to right; the rows from top to bottom."""
    rows, end = [], float("-inf")
    for line in sorted(lines, key=lambda one: one.middle):
        if line.middle > end:
            rows.append([])
            # The rest of the row has its middle above the lower quarter of the first line.
            end = line.top + 0.75 * line.height
        rows[-1].append(line)
    return [sorted(row, key=lambda one: one.left) for row in rows]


def _columns(rows):
    """How many rows from the first one on are columns, and the columns; or one row as its own column."""
    least = _GUTTER * median(line.height for line in rows[0])
    covered, gutters = [], []
    for count, row in enumerate(rows):
        is_apart = count > 0 and len(row) == 1 and _is_apart(rows[count - 1], row[0])
        covered = _merged(covered, row)
        left = [(one[1], other[0]) for one, other in pairwise(covered)]
        left = [gutter for gutter in left if gutter[1] - gutter[0] > least]
        # A gutter has ended or begun: those before it may have been columns.
        if is_apart or len(left) != len(gutters):
            columns = _split(rows[:count], gutters)
            if columns:
                return count, columns
        gutters = left
        if not gutters and count + 1 >= _LINES:
            return 1, [rows[0]]
    columns = _split(rows, gutters)
    return (len(rows), columns) if columns else (1, [rows[0]])


def _merged(covered, row):
    """The parts of the width that lines cover, from left to right."""
    merged = []
    for left, right in sorted([*covered, *((line.left, line.right) for line in row)]):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _is_apart(above, line):
    gap = line.top - max(other.bottom for other in above)
    return gap > _GAP * line.height


def _split(rows, gutters):
    """The columns between all gutters, or on both sides of the widest one; None if they are not print."""
    lines = [line for row in rows for line in row]
    widest = max(gutters, key=lambda gutter: gutter[1] - gutter[0], default=None)
    for ends in ([right for _, right in gutters], [widest[1]] if widest else []):
        if ends and len(lines) >= _LINES * (len(ends) + 1):
            columns = [[] for _ in range(len(ends) + 1)]
            for line in lines:
                columns[sum(line.left >= end for end in ends)].append(line)
            if _are_print(columns):
                return columns
    return None


def _are_print(columns):
    """Whether all are wide and filled, as print is and the prices of a receipt are not."""
    width = max(line.right for line in columns[-1]) - min(line.left for line in columns[0])
    for lines in columns:
        own = max(line.right for line in lines) - min(line.left for line in lines)
        filled = median(line.right - line.left for line in lines)
        if len(lines) < _LINES or own < _SHARE * width / len(columns) or filled < _FILLED * own:
            return False
    return True
