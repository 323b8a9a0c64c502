"""Images of kinds that Pillow does not write, 40 x 30 pixels where that is said."""

import struct
from io import BytesIO

from PIL import Image

_WIDTH, _HEIGHT = 40, 30


def tiff(*, bits: int, format: int, samples: int, compression: int = 1, colours: int | None = None, order="<") -> bytes:
    """`format` and `colours` are the numbers of SampleFormat and PhotometricInterpretation; all bytes are 0."""
    colours = (2 if samples == 3 else 1) if colours is None else colours
    data = bytes((_WIDTH * bits * samples + 7) // 8 * _HEIGHT)
    short = {256: _WIDTH, 257: _HEIGHT, 259: compression, 262: colours, 277: samples, 278: _HEIGHT}
    entries = 4 + len(short)
    behind = 8 + 2 + 12 * entries + 4
    lists = {258: [bits] * samples, 339: [format] * samples}
    tail = b""
    fields = [struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0) for tag, value in short.items()]
    for tag, numbers in lists.items():
        packed = struct.pack(f"{order}{samples}H", *numbers)
        if len(packed) > 4:
            fields.append(struct.pack(f"{order}HHII", tag, 3, samples, behind + len(tail)))
            tail += packed
        else:
            fields.append(struct.pack(f"{order}HHI", tag, 3, samples) + packed.ljust(4, b"\0"))
    fields.append(struct.pack(f"{order}HHII", 273, 4, 1, behind + len(tail)))
    fields.append(struct.pack(f"{order}HHII", 279, 4, 1, len(data)))
    fields.sort(key=lambda field: struct.unpack_from(f"{order}H", field))
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, entries)
    return start + b"".join(fields) + bytes(4) + tail + data


def jpeg(*, marker: int = 0xC0, bits: int = 8, channels: int = 3) -> bytes:
    """A baseline JPEG that says it is another one."""
    file = BytesIO()
    Image.new("RGB", (_WIDTH, _HEIGHT)).save(file, "JPEG")
    data = bytearray(file.getvalue())
    start = data.index(b"\xff\xc0")
    data[start + 1], data[start + 4], data[start + 9] = marker, bits, channels
    return bytes(data)


def bmp(bits: int, method: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, _WIDTH, _HEIGHT, 1, bits, method, 0, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 10_000, 0, 0, 54) + head + bytes(10_000)
