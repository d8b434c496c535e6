"""Refuses blocking calls while an event loop is running, as Django's ORM does."""

from __future__ import annotations

import os
from asyncio import get_running_loop

from django.core.exceptions import SynchronousOnlyOperation


def check_may_block(awaited: str) -> None:
    """Raise SynchronousOnlyOperation in async code; `awaited` names the async alternative.

    With DJANGO_ALLOW_ASYNC_UNSAFE in the environment, nothing is raised, as in Django.
    """
    try:
        get_running_loop()
    except RuntimeError:
        return
    if not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):
        instead = f"use {awaited}, a thread" if awaited else "use a thread"
        raise SynchronousOnlyOperation(
            f"You cannot call this from an async context: {instead} or sync_to_async."
        )
