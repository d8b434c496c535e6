"""The operations of Zoho's API: one file or package per resource, named as in `zoho/resources`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..core.hooks import Hooks
from ..engine import bulk_jobs, webhooks
from .notifications import callbacks

HOOKS = Hooks(
    before_request=(bulk_jobs.run_due_jobs,),
    after_request=(
        callbacks.take_callbacks,
        bulk_jobs.take_callbacks,
        webhooks.take_callbacks,
    ),
    wake_after=(bulk_jobs.list_due_times,),
)
_resources = [import_module(f"{__name__}.{entry.name}") for entry in iter_modules(__path__)]
#: The route tables of all resources. Some files have none: their module is served by `records`.
TABLES = tuple(module.routes for module in _resources if hasattr(module, "routes"))
