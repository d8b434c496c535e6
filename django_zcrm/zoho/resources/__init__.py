"""Resources: one file per noun of the API, each operation declared by its signature.

The attribute `x` of a client is an instance of the only class of the file `x.py`;
`../catalogue/resource_table.py` lists them.
"""

from __future__ import annotations

from ..calls.session import Session
from ..operations.operation import complete


class Resource:
    """One noun of the API; its methods are operations."""

    def __init_subclass__(cls, *, scope: str = "", key: str = "", since: str = "v2") -> None:
        """Set what the operations of the class have in common, unless they declare it.

        Args:
            scope: Scope without its last part, such as `ZohoCRM.settings.tags`. The HTTP method of
                an operation determines the last part.
            key: Zoho's envelope: the key of a body and a response that has the content.
            since: First version of the API that has the operations.
        """
        super().__init_subclass__()
        for attribute in vars(cls).values():
            complete(attribute, scope, key=key, since=since)

    def __init__(self, session: Session) -> None:
        self.session = session

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
