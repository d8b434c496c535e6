"""The route table of these operations.

Knows no handler; importing the handler modules fills the table.
"""

from __future__ import annotations

from django_zcrm.emulator.router import Routes

routes = Routes()
