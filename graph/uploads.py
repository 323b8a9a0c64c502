"""Uploaded files."""

from io import BytesIO
from typing import cast

from starlette.datastructures import UploadFile


class File(UploadFile):
    """A file in memory. `content` is a view of the body that brought it, so that no copy is made."""

    def __init__(self, content: memoryview) -> None:
        super().__init__(BytesIO(), size=len(content))
        self.content = content


def content(upload: UploadFile) -> memoryview:
    """The whole file. Several fields can read the same file."""
    return cast(File, upload).content  # no other is made here
