"""Wizards: a record's form split into screens.

Written by tools/write_resources.py from zoho/resources/wizards.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types.metadata import Wizard


class Wizards:
    """Wizards (Zoho's manual: Wizards)."""

    async def list(self, *, module: str | None = None) -> Sequence[Wizard]:
        """Return the wizards, of one module or of all."""
        ...

    async def get(self, wizard_id: str, layout_id: str) -> Wizard:
        """Return one wizard as a layout shows it. Raises NotFound."""
        ...
