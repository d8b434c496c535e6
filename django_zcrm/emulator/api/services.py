"""Services: records of a module that `records` serves.

Its fields: `metadata/definitions/services.py`.
"""

from __future__ import annotations

MODULE = "Services__s"
