"""A stateful stand-in for Zoho, accounts server and CRM API, for tests and development.

Knows neither Django nor the client in ``django_zcrm.zoho``.
"""

from __future__ import annotations

from django_zcrm.emulator.app import Emulator
from django_zcrm.emulator.clock import Clock
from django_zcrm.emulator.problems import Problem

__all__ = ["Clock", "Emulator", "Problem"]
