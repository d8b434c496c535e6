"""Resources: one file per noun of the API, each operation declared by its signature.

The attribute `x` of a client is an instance of the only class of the file `x.py`;
`../resource_table.py` lists them.
"""

from __future__ import annotations

from ..calls.session import Session


class Resource:
    """One noun of the API; its methods are operations."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
