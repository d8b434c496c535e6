"""Where the emulator's answers deviate from Zoho's OpenAPI files, each with the reason."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from tests.clients.descriptions import Deviation


class Known(NamedTuple):
    """A pattern of deviations (``*`` matches anything, ``[]`` stands for lists), and its reason."""

    operation: str
    place: str
    what: str
    reason: str

    def covers(self, deviation: Deviation) -> bool:
        """Return whether this pattern matches a deviation."""
        pairs = zip(deviation, self, strict=False)
        return all(fnmatchcase(text, pattern.replace("[]", "[[]]")) for text, pattern in pairs)


KNOWN = (
    Known(
        "GET *",
        "$.info.*page_token*",
        "null*",
        "Before the first page and behind the last one there is none; Zoho's samples show null.",
    ),
    Known(
        "GET /crm/v8/settings/*",
        "*",
        "null*",
        "Metadata holds every key, null where it does not apply; the files give the type of what "
        "may stand there. Zoho's page on custom views says so of modified_by.",
    ),
    Known(
        "GET /crm/v8/settings/*",
        "*.sharing_properties.share_permission",
        "against enum * null, not string",
        "A lookup that shares nothing has no permission to tell.",
    ),
    Known(
        "GET /crm/v8/settings/modules",
        "$.modules[].activity_badge",
        "*",
        "The files know two values or no such key; Zoho's samples have Not_Supported.",
    ),
    Known(
        "GET /crm/v8/settings/modules",
        "$.modules[].actual_*_label",
        "*maxLength 25",
        "Appointments_Rescheduled_History is a module of Zoho's own, with a longer name.",
    ),
    Known(
        "GET /crm/v8/settings/*",
        "*.related_lists[].visible",
        "not described",
        "Zoho's SDK 8 reads it (related_lists.RelatedList).",
    ),
    Known(
        "GET /crm/v8/users/actions/count",
        "$.count",
        "integer, not string",
        "Zoho's SDK 8 reads a number (users.CountWrapper) and drops a text.",
    ),
    Known(
        "GET /crm/v8/org/currencies*",
        "$.currencies[].exchange_rate_updated_time",
        "*null, not string",
        "Nobody has changed the rate yet; the older files have no such key.",
    ),
    Known(
        "GET /crm/v8/*/Attachments",
        "$.data[].*",
        "missing",
        "The files require what the call did not ask for: `fields` chooses.",
    ),
    Known(
        "GET /crm/v8/*/Attachments",
        "$.data[].Size",
        "null, not string",
        "A link has no size.",
    ),
    Known(
        "GET /crm/v8/*/actions/blueprint",
        "$.blueprint.transitions[].fields[].*",
        "*",
        "Fields of transitions are shown as settings/fields shows them; this file has a field of "
        "its own, with the keys of all types required in each.",
    ),
    Known(
        "GET /crm/v8/*/actions/blueprint",
        "$.blueprint*id",
        "string, not integer",
        "Ids have more digits than a JSON number keeps: they are strings everywhere at Zoho's.",
    ),
    Known(
        "GET /crm/v8/*/actions/blueprint",
        "$.blueprint.*",
        "null, not *",
        "Nothing escalates, nothing was executed before, no transition hangs on another.",
    ),
    Known(
        "GET /crm/v8/*/actions/blueprint",
        "$.blueprint.*",
        "missing",
        "`transition_id` and `data` belong to the request: the file has one schema for both ways.",
    ),
    Known(
        "POST /crm/v8/Leads",
        "$",
        "status 207, not *",
        "Zoho's page on status codes: 207 when some of the records were refused.",
    ),
    Known(
        "POST /crm/v8/Leads/upsert",
        "$.data[].duplicate_field",
        "null*",
        "A record that was inserted has no duplicate.",
    ),
    Known(
        "POST /crm/v8/*/actions/change_owner",
        "$.data",
        "not described",
        "A list of outcomes, as Zoho's SDK 8 reads it (change_owner.ActionWrapper); the files "
        "describe a bare outcome, or none.",
    ),
)
