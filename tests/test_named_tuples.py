"""What the makers of named tuples make."""

from typing import NamedTuple

import named_tuples


class _Point(NamedTuple):
    x: int
    y: int = 0


def test_makes_what_the_class_makes():
    made = named_tuples.maker(_Point)((3, 4))

    assert type(made) is _Point
    assert (made.x, made.y) == (3, 4)
    assert made == _Point(3, 4)
    assert made._replace(y=5) == _Point(3, 5)
