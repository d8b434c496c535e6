"""Email templates, which are read-only in the API."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import collection, keys
from ..engine.settings.shared_keys import TEMPLATE_KEYS

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
        "subject": keys.Text(500),
        "associated": keys.Flag(default=False),
        "consent_linked": keys.Flag(default=False),
        "attachments": keys.ListOf(default=[]),
        "last_version_statistics": keys.JSONObject(default=_UNSENT),
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
