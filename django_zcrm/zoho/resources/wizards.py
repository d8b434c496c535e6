"""Wizards: a record's form split into screens."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.readers import item, items
from ..types.metadata import Wizard
from . import Resource


class Wizards(Resource):
    """Wizards (Zoho's manual: Wizards)."""

    @operation(
        "GET",
        "/crm/{version}/settings/wizards",
        key="wizards",
        returns=items,
        since="v2.1",
        scopes=("ZohoCRM.settings.wizards.READ",),
    )
    def list(self, *, module: str | None = None) -> Sequence[Wizard]:
        """Return the wizards, of one module or of all.

        Args:
            module: API name of a module; without it, all modules.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/wizards/{wizard_id}",
        key="wizards",
        returns=item,
        since="v2.1",
        scopes=("ZohoCRM.settings.wizards.READ",),
    )
    def get(self, wizard_id: str, layout_id: str) -> Wizard:
        """Return one wizard as a layout shows it. Raises NotFound.

        Args:
            wizard_id: Id of the wizard.
            layout_id: Id of the layout.
        """
        ...
