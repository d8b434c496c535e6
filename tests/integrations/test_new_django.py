"""What newer releases of Django add, together with connections and mirrored rows."""

from __future__ import annotations

import django
import pytest
from django.contrib.auth.models import User
from django.core import checks
from django.db import connection as database
from django.db import models
from django.test import Client
from django.test.utils import CaptureQueriesContext, isolate_apps

from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Account, Contact

pytestmark = pytest.mark.django_db

if django.VERSION >= (6, 0):
    from django.utils.csp import CSP

    def test_pages_under_django_csp_need_no_nonce(
        client: Client, site_connection: Connection, settings: object
    ) -> None:
        settings.MIDDLEWARE = [  # type: ignore[attr-defined]
            *settings.MIDDLEWARE,  # type: ignore[attr-defined]
            "django.middleware.csp.ContentSecurityPolicyMiddleware",
        ]
        settings.SECURE_CSP = {  # type: ignore[attr-defined]
            "default-src": [CSP.SELF],
            "script-src": [CSP.SELF, CSP.NONCE],
            "style-src": [CSP.SELF, CSP.NONCE],
        }
        client.force_login(User.objects.create_superuser("root"))
        for url in ("/zcrm/connections/", "/zcrm/connect/", "/admin/zcrm/connection/"):
            response = client.get(url)
            text = response.content.decode()
            assert response.status_code == 200, url
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
            assert "style=" not in text, url
            assert "<style" not in text, url
            assert "<script>" not in text, url


if django.VERSION >= (6, 1):

    def test_fetch_peers_reads_lookups_of_all_rows_in_one_query(
        zcrm_emulator: SiteEmulator, site_connection: Connection
    ) -> None:
        for number in range(3):
            account = Account.objects.create(
                connection=site_connection, zoho_id=str(number + 1), name=f"Account {number}"
            )
            Contact.objects.create(
                connection=site_connection,
                zoho_id=str(number + 10),
                last_name=f"Contact {number}",
                account=account,
            )
        rows = list(Contact.objects.order_by("pk").fetch_mode(models.FETCH_PEERS))
        with CaptureQueriesContext(database) as queries:
            names = [row.account.name for row in rows]
        assert names == ["Account 0", "Account 1", "Account 2"]
        assert len(queries) == 1

    @isolate_apps("tests.mirror.shop")
    def test_owner_that_the_database_deletes_is_refused_by_django() -> None:
        """Django refuses to mix both kinds of cascades, so no connection can lose its owner."""

        assert Connection._meta.get_field("owner").remote_field.on_delete is models.CASCADE

        class Company(models.Model):  # noqa: DJ008 - never shown
            class Meta:
                app_label = "shop"

        class Tenant(models.Model):  # noqa: DJ008 - never shown
            company: models.ForeignKey[Company, Company] = models.ForeignKey(
                Company, on_delete=models.DB_CASCADE
            )

            class Meta:
                app_label = "shop"

        class TenantConnection(models.Model):  # noqa: DJ008 - never shown
            """Refers to its owner as Connection does."""

            owner: models.ForeignKey[Tenant, Tenant] = models.ForeignKey(
                Tenant, on_delete=models.CASCADE
            )

            class Meta:
                app_label = "shop"

        errors = [
            error.id
            for model in (Company, Tenant, TenantConnection)
            for error in model.check(databases=["default"])
            if error.level >= checks.ERROR
        ]
        assert "fields.E323" in errors
