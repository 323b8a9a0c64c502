"""Files that came with a request."""

from starlette.datastructures import UploadFile


def content(upload: UploadFile) -> bytes:
    """All of the file. Not awaited in between, so that two fields may read the same file side by side."""
    upload.file.seek(0)
    return upload.file.read()
