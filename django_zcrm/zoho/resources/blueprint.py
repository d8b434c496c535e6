"""Blueprint: the process that a record goes through, step by step."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types.records import RecordBlueprint, TransitionStep
from . import Resource


class Blueprint(Resource, scope="ZohoCRM.modules.{module}", key="blueprint"):
    """Blueprint of a record (Zoho's manual: Blueprint)."""

    @operation("GET", "/crm/{version}/{module}/{record_id}/actions/blueprint")
    def get(self, module: str, record_id: str) -> RecordBlueprint:
        """Return the process of a record and the transitions that are possible now.

        Raises Invalid (RECORD_NOT_IN_PROCESS) for a record that is in no process.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/actions/blueprint",
        body="transition",
        in_list=True,
    )
    def update(self, module: str, record_id: str, transition: TransitionStep) -> Outcome:
        """Perform a transition.

        The message of the outcome shows whether Zoho performed the transition or only saved the
        values.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            transition: `transition_id`, and `data` with the values of the fields that the
                transition requires.
        """
        ...
