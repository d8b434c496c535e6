"""Users, and an administrator's browser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_zcrm.oauth import revocation


@pytest.fixture(autouse=True)
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(revocation._rest, "until", 0.0)


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", "ann@example.com")


@pytest.fixture
def ines() -> User:
    return User.objects.create_superuser("ines", "ines@example.com")


@pytest.fixture
def staff(client: Client, ines: User) -> Client:
    client.force_login(ines)
    return client
