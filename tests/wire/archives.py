"""Zip files, as bulk jobs have them."""

from __future__ import annotations

import io
import zipfile


def zip_text(name: str, text: str) -> bytes:
    """Return a zip file that holds one text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()
