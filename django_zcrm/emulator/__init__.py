"""A stateful stand-in for Zoho, accounts server and CRM API, for tests and development."""

from __future__ import annotations

from django_zcrm.emulator.app import Emulator
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.faults import ConnectionDropped, Fault
from django_zcrm.emulator.state.clock import Clock

__all__ = ["Clock", "ConnectionDropped", "Emulator", "Fault", "Problem"]
