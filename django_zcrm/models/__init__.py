"""The app's models."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

if not apps.is_installed("django_zcrm"):
    raise ImproperlyConfigured("Add 'django_zcrm' to settings.INSTALLED_APPS, then migrate.")

from .connection import Connection, ConnectionQuerySet
from .consumed_state import ConsumedState
from .history import ConnectionHistory
from .limits import CreditUse, SharedLimit
from .revocation import Revocation
from .usage import ApiUsage

__all__ = [
    "ApiUsage",
    "Connection",
    "ConnectionHistory",
    "ConnectionQuerySet",
    "ConsumedState",
    "CreditUse",
    "Revocation",
    "SharedLimit",
]
