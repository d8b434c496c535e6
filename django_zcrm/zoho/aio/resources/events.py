"""Events, which Zoho's pages call meetings: operations that only they have.

Written by tools/write_resources.py from zoho/resources/events.py.
"""

from __future__ import annotations

from ...results import Outcome


class Events:
    """Meetings (Zoho's manual: Cancel Meetings). Their records are in `records`."""

    async def cancel(self, event: str, send_cancelling_mail: bool) -> Outcome:
        """Cancel a meeting by its id, with or without an e-mail to those invited."""
        ...
