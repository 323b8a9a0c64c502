"""Uploaded files."""

from starlette.datastructures import UploadFile


def content(upload: UploadFile) -> bytes:
    """The whole file. There is no await between seek and read, so two fields can read the same file concurrently."""
    upload.file.seek(0)
    return upload.file.read()
