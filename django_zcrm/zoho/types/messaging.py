"""Messages: templates, addresses and what goes with sending them."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import ApiNamed, Audited, Named

EditorMode = Literal["plain_text", "rich_text", "gallery"]


class EmailTemplate(Audited):
    """A template of an email."""

    id: str
    name: str
    subject: str
    content: str
    category: str
    editor_mode: EditorMode
    module: ApiNamed
    folder: Named
    attachments: list[dict[str, Any]]
    favorite: bool
    associated: bool
    consent_linked: bool
    last_version_statistics: dict[str, int]
    last_usage_time: str | None


class InventoryTemplate(Audited):
    """A template of a quote, an order or an invoice."""

    id: str
    name: str
    content: str
    mail_content: str
    category: str
    editor_mode: EditorMode
    module: ApiNamed
    folder: Named
    active: bool
    favorite: bool
    last_usage_time: str | None


class FromAddress(TypedDict):
    """An address that a user may send from."""

    id: str
    email: str
    user_name: str
    type: str
    default: bool


class EmailComposeSettings(TypedDict):
    """The initial settings of an email."""

    type: Literal["default", "emailin", "mass_mail"]
    default_from_address: dict[str, str]
    default_replyto_address: dict[str, str]
    font: dict[str, Any]


class UnsubscribeLink(Audited):
    """A link by which people leave a mailing."""

    id: str
    name: str
    page_type: str
    custom_location_url: str | None
    standard_page_message: str | None
    submission_action_type: str
    submission_message: str | None
    submission_redirect_url: str | None


class UnsubscribeAssociation(TypedDict):
    """A use of an unsubscribe link."""

    id: str
    associated_places: list[dict[str, Any]]
