"""The operations on connections in the admin, each with its permission and texts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..access import Action
from ..doctor.findings import Level
from ..doctor.live_call import check_live_call
from ..exceptions import ZCRMError
from ..models import Connection
from ..oauth import end_connection
from ..oauth.disconnecting import delete
from ..tokens import renew_now

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


State = Connection.State
LIVE = (State.CONNECTED, State.CONSENT_WITHDRAWN)
ALL = (*LIVE, State.DISCONNECTED)


class Failed(Exception):
    """The operation was not performed; the text is the reason."""


@dataclass(frozen=True)
class AdminOperation:
    """An operation on a connection.

    `perform` gets the connection and the data of the confirmation form, and returns the message to
    show; it raises Failed or ZCRMError. `states` are those in which the page of a connection offers
    it.
    """

    name: str
    label: str | _StrPromise
    question: str | _StrPromise
    action: Action
    perform: Callable[[Connection, Mapping[str, Any]], str]
    states: Collection[str] = LIVE
    for_many: bool = True
    is_dangerous: bool = False

    def makes_sense_for(self, connection: Connection) -> bool:
        """Return whether the page of a connection offers it."""
        if self.name == "make-default" and connection.is_default:
            return False
        return connection.state in self.states


def _refuse_disconnected(connection: Connection) -> None:
    if connection.state == Connection.State.DISCONNECTED:
        raise Failed(" ".join((_("It was disconnected here."), _("Connect again."))))


def _test(connection: Connection, form_data: Mapping[str, Any]) -> str:
    _refuse_disconnected(connection)
    finding = check_live_call(connection)
    words = f"{finding.words} {finding.advice}".strip()
    if finding.level is Level.FAULT:
        raise Failed(words)
    return words


def _refresh(connection: Connection, form_data: Mapping[str, Any]) -> str:
    _refuse_disconnected(connection)
    renew_now(connection)
    return _("Zoho issued a new access token.")


def _make_default(connection: Connection, form_data: Mapping[str, Any]) -> str:
    if not connection.is_usable:
        raise Failed(_("It cannot be used in its present state; connect it again first."))
    connection.make_default()
    if connection.owner is None:
        return _("It is the site's default connection now.")
    return _("It is the default connection of %(owner)s now.") % {"owner": connection.owner}


def _hand_over(connection: Connection, form_data: Mapping[str, Any]) -> str:
    owner = form_data["owner"]
    try:
        connection.hand_over(owner)
    except IntegrityError:
        raise Failed(_("The new owner already has a connection to this account.")) from None
    if owner is None:
        return _("It belongs to the whole site now.")
    return _("It belongs to %(owner)s now.") % {"owner": owner}


def _disconnect(connection: Connection, form_data: Mapping[str, Any]) -> str:
    end_connection(connection)
    return _("The access was revoked at Zoho, and its tokens were deleted.")


def _delete(connection: Connection, form_data: Mapping[str, Any]) -> str:
    revoke = not form_data["keep_at_zoho"]
    try:
        delete(connection, revoke=revoke)
    except (ProtectedError, RestrictedError):
        why = _("This site keeps something that needs this connection, so nothing was deleted.")
        raise Failed(why) from None
    except ZCRMError as error:
        why = _("Zoho could not revoke the access, so nothing was deleted: %(error)s")
        raise Failed(why % {"error": error}) from None
    if revoke:
        return _("It was deleted, and the access revoked at Zoho.")
    return _("It was deleted; the access at Zoho was left as it was.")


OPERATIONS = {
    operation.name: operation
    for operation in (
        AdminOperation(
            name="test",
            label=gettext_lazy("Test now"),
            question=gettext_lazy(
                "Requests the organisation from Zoho, with one API call for each connection."
            ),
            action=Action.TEST,
            perform=_test,
        ),
        AdminOperation(
            name="refresh",
            label=gettext_lazy("Refresh the token"),
            question=gettext_lazy(
                "Requests a new access token from Zoho, which issues at most ten in ten minutes."
            ),
            action=Action.REFRESH,
            perform=_refresh,
        ),
        AdminOperation(
            name="make-default",
            label=gettext_lazy("Make it the default"),
            question=gettext_lazy(
                "From now on, calls that name no connection use the default one."
            ),
            action=Action.MAKE_DEFAULT,
            perform=_make_default,
            states=(State.CONNECTED,),
            for_many=False,
        ),
        AdminOperation(
            name="hand-over",
            label=gettext_lazy("Hand over"),
            question=gettext_lazy(
                "The new owner works in Zoho CRM with this access from now on; the old one no "
                "longer does."
            ),
            action=Action.HAND_OVER,
            perform=_hand_over,
            states=ALL,
        ),
        AdminOperation(
            name="disconnect",
            label=gettext_lazy("Revoke and disconnect"),
            question=gettext_lazy(
                "The access is revoked at Zoho and the tokens are forgotten: calls fail until "
                "the account is connected again. The row stays, and so does everything that "
                "refers to it."
            ),
            action=Action.DISCONNECT,
            perform=_disconnect,
            is_dangerous=True,
        ),
        AdminOperation(
            name="delete",
            label=gettext_lazy("Delete"),
            question=gettext_lazy(
                "The access is revoked at Zoho, and the row is deleted with everything that "
                "refers to it."
            ),
            action=Action.DELETE,
            perform=_delete,
            states=ALL,
            is_dangerous=True,
        ),
    )
}
