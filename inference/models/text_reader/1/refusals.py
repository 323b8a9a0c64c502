"""Why a call has no answer."""


class Refused(Exception):
    """The image is refused. The reason starts with a word and a colon, which Gatehouse puts into words for the caller.

    The words: `empty`, `format`, `large`, `damaged`, `lines`, `slow`; of a TIFF also `pages`; of a PDF also `page`,
    `absent`, `password` and `memory`. If its pages could be counted, the reason ends with `; pages: ` and their number.
    """


class Abandoned(Exception):
    """The caller has cancelled the call."""
