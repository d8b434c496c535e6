"""The route table of the bulk operations, and the scopes they share.

Knows no handler; importing the handler modules fills the table.
"""

from __future__ import annotations

from django_zcrm.emulator.call import Call
from django_zcrm.emulator.problems import Problem
from django_zcrm.emulator.router import Routes
from django_zcrm.emulator.scopes import covers, fill

routes = Routes()

READ_JOBS = "/crm/bulk/{version}/read"
WRITE_JOBS = "/crm/bulk/{version}/write"

READ = "ZohoCRM.bulk.READ"
CREATE = "ZohoCRM.bulk.CREATE"
FILES = "ZohoFiles.files.ALL"


def require_module(call: Call, module: str) -> None:
    """Raise Problem OAUTH_SCOPE_MISMATCH when the token does not allow reading a module."""
    granted = call.token.scopes
    scope = fill("ZohoCRM.modules.{module}.READ", {"module": module})
    if not (covers(granted, scope) or covers(granted, "ZohoCRM.modules.READ")):
        raise Problem("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
