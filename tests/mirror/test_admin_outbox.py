"""The outbox in the admin: both sides of conflicts, links to rows, retry and discard."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from tests.mirror.admin_pages import page, staff

pytestmark = pytest.mark.django_db


def test_conflict_shows_both_values_side_by_side(
    admin_client: Client, conflict: OutboxItem
) -> None:
    text = admin_client.get(page("outboxitem_change", conflict.pk)).content.decode()
    assert (
        '<th scope="row">Last_Name</th><td data-label="before">Before</td>'
        '<td data-label="changed here">&lt;Ours&gt;</td><td data-label="in Zoho">Theirs</td>'
        '<td data-label="kept">Zoho</td>'
    ) in text


def test_conflict_shows_values_that_lost_before(admin_client: Client, conflict: OutboxItem) -> None:
    conflict.conflict["Last_Name"]["earlier"] = [None, "<Older>"]
    conflict.save()
    text = admin_client.get(page("outboxitem_change", conflict.pk)).content.decode()
    assert '<td data-label="in Zoho">Theirs ← &lt;Older&gt; ← empty</td>' in text


def test_outbox_lists_both_sides_of_a_conflict_and_links_the_row(
    admin_client: Client, conflict: OutboxItem
) -> None:
    conflict.changed = {"First_Name": "Ada"}
    conflict.save()
    text = admin_client.get(page("outboxitem_changelist")).content.decode()
    assert "First_Name" in text
    assert "Last_Name: “&lt;Ours&gt;” here, “Theirs” in Zoho" in text
    row = reverse("admin:mirror_shop_lead_change", args=["1"])
    assert f'<a href="{row}">Lead #1</a>' in text


def test_item_with_a_lookup_links_its_row(admin_client: Client, connection: Connection) -> None:
    item = OutboxItem.objects.create(
        connection=connection,
        module="Contacts",
        object_id="5",
        operation="create",
        changed={"Last_Name": "Fox", "Account_Name": {"row": "327"}},
    )
    text = admin_client.get(page("outboxitem_change", item.pk)).content.decode()
    row = reverse("admin:mirror_shop_account_change", args=["327"])
    assert f'<td data-label="changed here"><a href="{row}">Account #327</a></td>' in text


def test_failed_changes_are_sent_again_or_discarded(client: Client, conflict: OutboxItem) -> None:
    OutboxItem.objects.update(state="failed", attempts=20, error="Zoho refuses the value.")
    staff(client, "view_outboxitem")
    url = page("outboxitem_operation", conflict.pk, "discard")
    assert client.post(url).status_code == 403
    User.objects.get().user_permissions.add(Permission.objects.get(codename="retry_outboxitem"))
    client.post(url)
    conflict.refresh_from_db()
    assert conflict.state == "discarded"
    client.post(page("outboxitem_operation", conflict.pk, "retry"))
    conflict.refresh_from_db()
    assert (conflict.state, conflict.attempts, conflict.error) == ("new", 0, "")
