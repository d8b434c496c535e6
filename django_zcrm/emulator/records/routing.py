"""The route table of the record operations, and the scopes they share.

Knows no handler; importing the handler modules fills the table.
"""

from __future__ import annotations

from django_zcrm.emulator.router import Routes

routes = Routes()

MODULE = "/crm/{version}/{module}"
RECORD = "/crm/{version}/{module}/{id}"

READ = ("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.READ")
CREATE = ("ZohoCRM.modules.{module}.CREATE", "ZohoCRM.modules.CREATE")
UPDATE = ("ZohoCRM.modules.{module}.UPDATE", "ZohoCRM.modules.UPDATE")
DELETE = ("ZohoCRM.modules.{module}.DELETE", "ZohoCRM.modules.DELETE")
