"""The route table of the mail operations, and the paths and scopes they share.

Knows no handler; importing the handler modules fills the table.
"""

from __future__ import annotations

from django_zcrm.emulator.router import Routes

routes = Routes()

EMAILS = "/crm/{version}/{module}/{record}/Emails"
ACTIONS = "/crm/{version}/{module}/{record}/actions"
READ = ("ZohoCRM.modules.emails.READ", "ZohoCRM.modules.{module}.READ")
