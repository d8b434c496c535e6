"""Keys that several settings have: all actions of workflow rules, all templates."""

from __future__ import annotations

from .keys import Flag, JSONObject, Moment, Text, ValueType, one_of
from .keys import module as a_module
from .register import SETTINGS

#: The scope of field updates, tasks and webhooks.
AUTOMATION_ACTIONS = f"{SETTINGS}.automation_actions"
AUTOMATION_ACTION_KEYS: dict[str, ValueType] = {
    "related_module": a_module(),
    "feature_type": Text(default="workflow"),
    "associated": Flag(read_only=True, default=False),
    "editable": Flag(read_only=True, default=True),
    "deletable": Flag(read_only=True, default=True),
    "source": Text(read_only=True, default="crm"),
    "lock_status": JSONObject(read_only=True, default={"locked": False}),
}

_FOLDER = JSONObject(
    default=lambda org: {"name": "Public Templates", "id": org.ids.seed_id(98_001)}
)
TEMPLATE_KEYS: dict[str, ValueType] = {
    "name": Text(75),
    "module": a_module(),
    "category": one_of("normal", "draft", default="normal"),
    "folder": _FOLDER,
    "editor_mode": one_of("plain_text", "rich_text", "gallery", default="rich_text"),
    "favorite": Flag(default=False),
    "active": Flag(default=True),
    "last_usage_time": Moment(),
    "content": Text(100_000, detail_only=True),
    "mail_content": Text(100_000, detail_only=True),
}
