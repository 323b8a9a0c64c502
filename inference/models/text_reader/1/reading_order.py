"""The order in which the lines of a page are read: columns of print one after the other, tables row by row."""

import numpy as np

# A column has at least so many lines, takes this part of the width, and its lines fill this part of it.
_LINES, _SHARE, _FILLED = 3, 0.25, 0.6
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
    return _ordered(boxes, list(range(len(boxes))))


def _ordered(boxes, chosen):
    rows, ordered = _rows(boxes, chosen), []
    while rows:
        taken, columns = _columns(boxes, rows)
        if columns:
            ordered += [index for column in columns for index in _ordered(boxes, column)]
        else:
            ordered += rows[0]
        rows = rows[taken:]
    return ordered


def _rows(boxes, chosen):
    """Lines side by side, from left to right; the rows from top to bottom."""
    rows, bottom = [], -np.inf
    for index in sorted(chosen, key=lambda one: boxes[one, 1] + boxes[one, 3]):
        middle = (boxes[index, 1] + boxes[index, 3]) / 2
        if middle > bottom:
            rows.append([])
            # The rest of the row has its middle above the lower quarter of the first line.
            bottom = boxes[index, 1] + 0.75 * (boxes[index, 3] - boxes[index, 1])
        rows[-1].append(index)
    return [sorted(row, key=lambda one: boxes[one, 0]) for row in rows]


def _columns(boxes, rows):
    """The most rows from the first one on that are two columns, and the columns; else one row and None."""
    found = (1, None)
    for count in range(1, len(rows) + 1):
        gutters = _gutters(boxes, [index for row in rows[:count] for index in row])
        if not gutters and count >= _LINES:
            break
        if len(rows[count - 1]) > 1 or count < 2 or not _is_apart(boxes, rows[count - 2], rows[count - 1]):
            for gutter in gutters:
                columns = _split(boxes, rows[:count], gutter)
                if _is_print(boxes, columns):
                    found = (count, columns)
                    break
        elif found[1] is not None:
            break
    return found


def _gutters(boxes, chosen):
    """The middles of the spaces that no line crosses, the widest first. With one column: the space on its right."""
    spans = sorted((boxes[index, 0], boxes[index, 2]) for index in chosen)
    height = np.median([boxes[index, 3] - boxes[index, 1] for index in chosen])
    gutters, end = [], spans[0][1]
    for left, right in spans[1:]:
        if left - end > _GUTTER * height:
            gutters.append((left - end, (left + end) / 2))
        end = max(end, right)
    return [middle for _, middle in sorted(gutters, reverse=True)]


def _is_apart(boxes, above, below):
    heights = [boxes[index, 3] - boxes[index, 1] for index in above + below]
    gap = min(boxes[index, 1] for index in below) - max(boxes[index, 3] for index in above)
    return gap > _GAP * np.median(heights)


def _split(boxes, rows, gutter):
    lines = [index for row in rows for index in row]
    left = [index for index in lines if boxes[index, 2] <= gutter]
    return left, [index for index in lines if boxes[index, 2] > gutter]


def _is_print(boxes, columns):
    """Whether both columns are wide and filled, as print is and the prices of a receipt are not."""
    chosen = np.concatenate(columns)
    width = boxes[chosen, 2].max() - boxes[chosen, 0].min()
    for column in columns:
        lines = boxes[column]
        own = lines[:, 2].max() - lines[:, 0].min()
        if len(lines) < _LINES or own < _SHARE * width or np.median(lines[:, 2] - lines[:, 0]) < _FILLED * own:
            return False
    return True
