"""Reads the media type and size of an image from its first bytes."""

from __future__ import annotations

from struct import error as TooShort
from struct import pack, unpack_from

_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
#: Format and offset of width and height; a bitmap's height may be negative (top row first).
_SIZES = {"image/png": (">II", 16), "image/gif": ("<HH", 6), "image/bmp": ("<ii", 18)}


def image_type(content: bytes) -> str | None:
    """Return the media type of an image that Zoho accepts, None for everything else."""
    return next((name for start, name in _IMAGES.items() if content.startswith(start)), None)


def pixels(content: bytes) -> int:
    """Return the number of pixels of an image; 0 if that cannot be read."""
    found_type = image_type(content)
    if found_type is None or not _is_whole(content, found_type):
        return 0
    try:
        if found_type == "image/jpeg":
            return _pixels_of_jpeg(content)
        form, path = _SIZES[found_type]
        width, height = unpack_from(form, content, path)
    except TooShort:
        return 0
    return abs(int(width) * int(height))


def _is_whole(content: bytes, media_type: str) -> bool:
    """Return whether an image is complete; many tests upload only its magic bytes."""
    match media_type:
        case "image/png":
            return content[12:16] == b"IHDR"
        case "image/bmp":
            return content[2:6] == pack("<I", len(content))
        case "image/gif":
            return content.endswith(b";")
        case _:
            return content.endswith(b"\xff\xd9")


def _pixels_of_jpeg(content: bytes) -> int:
    """Walk the segments up to the frame header: SOF0 to SOF15 except DHT, JPG and DAC."""
    path = 2
    while True:
        marker, length = unpack_from(">HH", content, path)
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = unpack_from(">HH", content, path + 5)
            return int(width) * int(height)
        if marker < 0xFF00 or length < 2:
            return 0
        path += 2 + length
