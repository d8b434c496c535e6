from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings


class ShopConfig(AppConfig):
    name = "tests.mirror.shop"
    label = "mirror_shop"

    def ready(self) -> None:
        """Shorten leases in processes that tests start: see `tests.mirror.site_settings`.

        And the lives of messages.
        """
        if seconds := getattr(settings, "MIRROR_LEASE_SECONDS", None):
            from django_zcrm.mirror import leases  # imports models
            from django_zcrm.mirror.runners import claims, queued

            vars(leases).update(LEASE_SECONDS=seconds, BEAT_SECONDS=seconds / 4)
            leases.LEASED_UNTIL.seconds = seconds
            vars(claims).update(LEASE_SECONDS=seconds)
            vars(queued).update(MESSAGE_SECONDS=seconds)
