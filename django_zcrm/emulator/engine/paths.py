"""The paths of records and settings, and the scopes that operations on records share."""

from __future__ import annotations

MODULE = "/crm/{version}/{module}"
RECORD = "/crm/{version}/{module}/{id}"

READ = ("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.READ")
CREATE = ("ZohoCRM.modules.{module}.CREATE", "ZohoCRM.modules.CREATE")
UPDATE = ("ZohoCRM.modules.{module}.UPDATE", "ZohoCRM.modules.UPDATE")
DELETE = ("ZohoCRM.modules.{module}.DELETE", "ZohoCRM.modules.DELETE")

SETTINGS_PATH = "/crm/{version}/settings"
