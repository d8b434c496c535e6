"""Wizards: a record's form split into screens."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..types.metadata import Wizard
from . import Resource


class Wizards(Resource, scope="ZohoCRM.settings.wizards", key="wizards", since="v2.1"):
    """Wizards (Zoho's manual: Wizards)."""

    @operation("GET", "/crm/{version}/settings/wizards")
    def list(self, *, module: str | None = None) -> Sequence[Wizard]:
        """Return the wizards, of one module or of all.

        Args:
            module: API name of a module; without it, all modules.
        """
        ...

    @operation("GET", "/crm/{version}/settings/wizards/{wizard_id}")
    def get(self, wizard_id: str, layout_id: str) -> Wizard:
        """Return one wizard as a layout shows it. Raises NotFound.

        Args:
            wizard_id: Id of the wizard.
            layout_id: Id of the layout.
        """
        ...
