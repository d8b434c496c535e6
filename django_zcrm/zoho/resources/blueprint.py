"""Blueprint: the process that a record goes through, step by step."""

from __future__ import annotations

from ..operation import operation
from ..readers import item, one
from ..results import Outcome
from ..types.records import Blueprint as RecordBlueprint
from ..types.records import TransitionStep
from . import Resource


class Blueprint(Resource):
    """Blueprint of a record (Zoho's manual: Blueprint)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/actions/blueprint",
        key="blueprint",
        returns=item,
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def get(self, module: str, record_id: str) -> RecordBlueprint:
        """Return the process and the steps that can be taken now.

        Raises Invalid (RECORD_NOT_IN_PROCESS) for a record that is in no process.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/actions/blueprint",
        key="blueprint",
        body="transition",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def update(self, module: str, record_id: str, transition: TransitionStep) -> Outcome:
        """Take a step: its `transition_id`, and `data` with values of the fields that it asks for.

        The outcome's message says whether the step was taken or only its values were saved.
        """
        ...
