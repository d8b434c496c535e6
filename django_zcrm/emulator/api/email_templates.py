"""Email templates, which are read-only in the API."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import collection
from django_zcrm.emulator.engine.settings.shared_keys import TEMPLATE_KEYS
from django_zcrm.emulator.engine.settings.value_types import (
    Flag,
    JSONObject,
    ListOf,
    Text,
)

routes = Routes()

_UNSENT = {"tracked": 0, "delivered": 0, "opened": 0, "bounced": 0, "sent": 0, "clicked": 0}

EMAIL_TEMPLATES = collection(
    routes,
    "/settings/email_templates",
    methods="GET",
    item="{template} GET",
    scope="ZohoCRM.templates.email",
    since=2.1,
    paged=True,
    filters={"module": "module", "category": "category"},
    keys={
        **TEMPLATE_KEYS,
        "subject": Text(500),
        "associated": Flag(default=False),
        "consent_linked": Flag(default=False),
        "attachments": ListOf(default=[]),
        "last_version_statistics": JSONObject(default=_UNSENT),
    },
    demo_items=lambda org: [
        {
            "name": name,
            "module": {"api_name": module},
            "subject": subject,
            "content": f"<p>Dear ${{{module}.Last_Name}},</p><p>{subject}.</p>",
            "mail_content": f"Dear ${{{module}.Last_Name}},\n\n{subject}.",
        }
        for name, module, subject in (
            ("Welcome", "Leads", "Welcome to Brightwater Trading"),
            ("Price list", "Leads", "Our price list"),
            ("Thank you", "Contacts", "Thank you for your order"),
        )
    ],
)
