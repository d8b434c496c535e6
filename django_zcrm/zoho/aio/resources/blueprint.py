"""Blueprint: the process that a record goes through, step by step.

Written by tools/write_resources.py from zoho/resources/blueprint.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types.records import Blueprint as RecordBlueprint
from ...types.records import TransitionStep


class Blueprint:
    """Blueprint of a record (Zoho's manual: Blueprint)."""

    async def get(self, module: str, record_id: str) -> RecordBlueprint:
        """Return the process and the steps that can be taken now.

        Raises Invalid (RECORD_NOT_IN_PROCESS) for a record that is in no process.
        """
        ...

    async def update(self, module: str, record_id: str, transition: TransitionStep) -> Outcome:
        """Take a step: its `transition_id`, and `data` with values of the fields that it asks for.

        The outcome's message says whether the step was taken or only its values were saved.
        """
        ...
