"""The route table of the operations that are not declared as generic settings.

Knows no handler; importing the handler modules fills the table.
"""

from __future__ import annotations

from django_zcrm.emulator.router import Routes

routes = Routes()
