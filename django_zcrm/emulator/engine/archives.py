"""Packs and unpacks zips of CSV files."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from ..core import Refusal

MAX_ZIP_BYTES = 25 * 1024 * 1024
MAX_CONTENT_BYTES = 500 * 1024 * 1024
"""The most bytes that a zip may unpack to; Zoho's own limit is not documented."""


def pack(files: dict[str, bytes]) -> bytes:
    """Return a zip of the files, keyed by name."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the CSV files in an uploaded zip. Raises Refusal if it is no zip or too large."""
    if len(content) > MAX_ZIP_BYTES:
        raise Refusal("FILE_TOO_LARGE", "The file size should be less than 25 MB", 413)
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not _is_noise(entry.filename)]
            if sum(entry.file_size for entry in entries) > MAX_CONTENT_BYTES:
                raise Refusal("FILE_TOO_LARGE", "The content of the file is too large", 413)
            files = {entry.filename: archive.read(entry) for entry in entries}
    # A damaged file raises any of these; so do a method that Python does not have
    # (NotImplementedError) and a password (RuntimeError).
    except (
        BadZipFile,
        EOFError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,
        ValueError,
        struct.error,
        zlib.error,
    ):
        raise _invalid() from None
    if not files or not all(name.lower().endswith(".csv") for name in files):
        raise _invalid()
    return files


def _is_noise(name: str) -> bool:
    """Return whether an entry is a folder, or one that macOS adds to every zip."""
    return name.endswith("/") or name.startswith("__MACOSX/")


def _invalid() -> Refusal:
    return Refusal(
        "INVALID_FILE_FORMAT", "The file should be a ZIP file that holds CSV files", details={}
    )
