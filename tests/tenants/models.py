"""A tenant, and its members."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models


class Tenant(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL)

    # The type checker runs with other settings, where this app is not installed.
    objects: models.Manager[Tenant] = models.Manager()

    def __str__(self) -> str:
        return self.name


def tenant_of(user: Any, request: Any) -> Tenant | None:
    """Return the tenant named in the URL (here as `?tenant=`), or the only one that a user has."""
    rows = Tenant.objects.filter(members=user)
    if request is not None and (name := request.GET.get("tenant")):
        return rows.filter(name=name).first()
    managing = request is not None and request.resolver_match.app_name == "zcrm"
    if managing and user.username.startswith("guest"):
        raise PermissionDenied
    return rows.first()
