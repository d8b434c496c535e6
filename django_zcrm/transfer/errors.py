"""The error of exports and imports."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from ..exceptions import ZCRMError
from ..zoho.text import one_line

MAX_TEXT = 900
"""Characters of a message. It may name many columns, and paths."""


class TransferError(ZCRMError):
    """A file, a column or an option that an export or import cannot use."""

    def __str__(self) -> str:
        return one_line(self.message, MAX_TEXT)


def cannot_write(path: Path, error: Exception) -> TransferError:
    """Return the error for a file that cannot be written."""
    words = getattr(error, "strerror", None) or str(error)
    return TransferError(
        _("%(path)s cannot be written: %(error)s") % {"path": path, "error": words}
    )
