"""What users of Zoho do: they change records and permissions, and grant or withdraw access."""

from __future__ import annotations

import json
from http import HTTPStatus
from math import inf
from typing import Any

from django.db import router
from django.test import RequestFactory

from django_zcrm.mirror.models import Channel
from django_zcrm.mirror.notifications.receiver import notify
from django_zcrm.mirror.statements import Parameter, Select, compiled

from ..wsgi import exchange
from .oracle import fetch_synced
from .stage import CreationRefused, Stage
from .values import Column, Shape
from .world import URL


class ZohoUsers(Stage):
    """The steps of users of Zoho, and of Zoho itself. `pick` chooses a record, `field` a field."""

    def _call(self, org: int, method: str, path: str, body: Any = None) -> Any:
        """Call the API as another client does. Returns the decoded response."""
        token = self.world.admin_token(org)
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Zoho-oauthtoken {token}"}
        answer = exchange(
            self.world.emulator, method, f"{URL}/crm/v8/{path}", headers.items(), content
        )
        return json.loads(answer.body) if answer.body else None

    def _pick_record(self, pick: int, *, deleted: bool = False) -> Any:
        records = [
            record
            for record in self.oracle.records.values()
            if record.is_live != deleted and record.id not in self.oracle.converted
        ]
        return records[pick % len(records)] if records else None

    def _pick_column(self, record: Any, field: int) -> Column | None:
        shape = self.oracle.shapes[record.module]
        columns = [column for column in shape.columns if column.is_free]
        return columns[field % len(columns)] if columns else None

    def _note_lookups(self, record_id: str) -> None:
        """Note that lookups to a record will change, but not the times of their records."""
        for child in self.oracle.records.values():
            if record_id in child.values.values():
                self.oracle.changed_lookups.add((child.id, record_id))

    def create_in_zoho(self, org: int, shape: Shape) -> None:
        """Create a record with values in all fields but lookups. Raises CreationRefused."""
        values = {
            column.zoho_name: column.mirror.write(self.make_value(column))
            for column in shape.columns
            if column.is_free
        }
        body = self._call(org, "POST", shape.module, {"data": [{**shape.defaults, **values}]})
        result = body.get("data", [body])[0]
        if result["status"] != "success":
            problem = f"{result['message']}, {result.get('details')}"
            raise CreationRefused(
                f"Zoho refuses the simulated records of {shape.module}: {problem}"
            )

    def do_zoho_create(self, pick: int, field: int) -> None:
        """Create a record in Zoho."""
        org = pick % len(self.world.organisations)
        self.create_in_zoho(org, self.shapes[field % len(self.shapes)])

    def do_zoho_edit(self, pick: int, field: int) -> None:
        """Change a record in Zoho."""
        record = self._pick_record(pick)
        column = None if record is None else self._pick_column(record, field)
        if column is None:
            return
        value = column.mirror.write(self.make_value(column, record.values[column.attribute]))
        body = {"data": [{"id": record.id, column.zoho_name: value}]}
        self._call(record.org, "PUT", record.module, body)

    def do_zoho_bulk(self, pick: int, field: int) -> None:
        """Change several records of a module at once."""
        record = self._pick_record(pick)
        column = None if record is None else self._pick_column(record, field)
        if column is None:
            return
        same = [
            other
            for other in self.oracle.records.values()
            if other.is_live and (other.module, other.org) == (record.module, record.org)
        ]
        data = [
            {"id": other.id, column.zoho_name: column.mirror.write(value)}
            for other in same[:3]
            for value in [self.make_value(column, other.values[column.attribute])]
        ]
        self._call(record.org, "PUT", record.module, {"data": data})

    def do_zoho_merge(self, pick: int, field: int) -> None:
        """Merge two records into one."""
        record = self._pick_record(pick)
        if record is None:
            return
        other = next(
            (
                other
                for other in self.oracle.records.values()
                if other.is_live
                and (other.module, other.org) == (record.module, record.org)
                and other is not record
            ),
            None,
        )
        if other is None:
            return
        self._note_lookups(other.id)
        if other.id in self.oracle.too_long:
            self.oracle.too_long.add(record.id)
        names = [column.zoho_name for column in self.oracle.shapes[record.module].columns]
        fields = [{"api_name": names[field % len(names)]}]
        body = {"merge": [{"data": [{"id": other.id, "_fields": fields}]}]}
        self._call(record.org, "POST", f"{record.module}/{record.id}/actions/merge", body)

    def do_zoho_convert(self, pick: int, field: int) -> None:
        """Convert a lead."""
        leads = [
            record
            for record in self.oracle.records.values()
            if record.is_live and record.module == "Leads"
        ]
        if leads:
            lead = leads[pick % len(leads)]
            self.oracle.converted.add(lead.id)
            self._call(lead.org, "POST", f"Leads/{lead.id}/actions/convert", {"data": [{}]})

    def do_zoho_hide(self, pick: int, field: int) -> None:
        """Take away the right to see a record."""
        record = self._pick_record(pick)
        if record is not None:
            self.oracle.note_shown(record.org)
            self.oracle.hidden[record.id] = inf
            self.world.hide(record.org, record.id)

    def do_zoho_show(self) -> None:
        """Give the right to see all records."""
        for org in range(len(self.world.organisations)):
            self.world.hide(org)
            self.oracle.note_shown(org)

    def do_notify(self, pick: int, field: int) -> None:
        """Deliver what Zoho posted: some of it never, twice, or in another order."""
        chance, callbacks = self.world.scheduler.random, self.world.callbacks
        waiting, callbacks.waiting = callbacks.waiting, []
        notices = [one for one in waiting for _ in range(chance.choice((0, 1, 1, 1, 2)))]
        chance.shuffle(notices)
        factory = RequestFactory()
        for one in notices:
            request = factory.post("/zcrm/notify/", one.body, content_type="application/json")
            synced = fetch_synced(one.body["module"])
            try:
                status = notify(request).status_code
                self.note_here(f"notice {one.body.get('ids')} -> {status}")
                select = _select_connection(router.db_for_write(Channel))
                for connection in select.fetch(channel_id=one.body.get("channel_id")):
                    if status == HTTPStatus.OK:
                        is_synced = connection in synced
                        self.oracle.note_notice(connection, one.body, is_synced=is_synced)
            except Exception as error:
                self.note_here(f"notice not taken: {type(error).__name__}")

    # Grants

    def do_expire(self) -> None:
        """Let all access tokens expire."""
        grants = self.world.emulator.zoho.grants
        for token in list(grants.access_tokens):
            grants.expire(token)

    def do_revoke(self, pick: int, field: int) -> None:
        """Withdraw the consent of a connection's user."""
        self.world.revoke(pick % len(self.world.connections))

    def do_reconnect(self, pick: int, field: int) -> None:
        """Connect again, to the same organisation."""
        connection = self.world.connections[pick % len(self.world.connections)]
        self.world.connect(connection, self.oracle.org_of[connection.pk])

    def do_move(self, pick: int, field: int) -> None:
        """Connect to another organisation, which no other connection leads to."""
        connection = self.world.connections[pick % len(self.world.connections)]
        free = {*range(self.world.count)} - {*self.oracle.org_of.values()}
        if free:
            self.oracle.note_move(connection.pk, min(free))
            self.stale.clear()
            self.world.connect(connection, min(free))

    def do_zoho_delete(self, pick: int, field: int) -> None:
        """Delete a record in Zoho."""
        record = self._pick_record(pick)
        if record is not None:
            self._call(record.org, "DELETE", f"{record.module}/{record.id}")

    def do_zoho_restore(self, pick: int, field: int) -> None:
        """Restore a record from Zoho's recycle bin."""
        record = self._pick_record(pick, deleted=True)
        if record is not None:
            self._note_lookups(record.id)
            self.world.restore_record(record.org, record.module, record.id)


@compiled
def _select_connection(using: str) -> Select:
    channels = Channel.objects.using(using).filter(channel_id=Parameter("channel_id"))
    return Select.of(channels.values_list("connection_id", flat=True))
