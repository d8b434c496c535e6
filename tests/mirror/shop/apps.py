from __future__ import annotations

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "tests.mirror.shop"
    label = "mirror_shop"
