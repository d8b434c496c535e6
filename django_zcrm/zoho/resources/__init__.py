"""Resources: one file per noun of the API, each operation declared by its signature.

A client's attribute `x` is the only `Resource` class of the file `x.py`; `../resource_table.py`
lists them.
"""

from __future__ import annotations

from ..session import Session


class Resource:
    """One noun of the API; its methods are operations."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
