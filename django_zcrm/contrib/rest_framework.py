"""Django REST framework: a permission for views that need a Zoho account, and errors as JSON.

Needs the extra `drf`. The guard `zcrm_required` comes too early for views of this framework, which
authenticates only inside of them.
"""

from __future__ import annotations

import math
from typing import Any

from ..exceptions import ConfigurationError, ZCRMError
from ..web.middleware import log_problem
from ..web.problems import as_data, problem_of
from ..web.requirements import attach_client
from ..web.responses import connect_data
from ..zoho.auth.scope_names import split_scopes

try:
    from rest_framework.exceptions import APIException
    from rest_framework.permissions import BasePermission
    from rest_framework.request import Request
    from rest_framework.response import Response
    from rest_framework.views import APIView, set_rollback
    from rest_framework.views import exception_handler as default_handler
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "rest_framework":
        raise
    raise ConfigurationError(
        "This needs Django REST framework: pip install 'django-zcrm[drf]'."
    ) from error


class ConnectFirst(APIException):  # type: ignore[misc]
    """The user has to connect a Zoho account first; `detail` is the JSON with the connect URL."""

    status_code = 403
    default_code = "not_connected"


class IsZohoConnected(BasePermission):  # type: ignore[misc]
    """Admits users with a usable connection; sets `request.zcrm` to their client.

    A view's `zcrm_scopes` are needed in addition to those in the settings. Others get a 403
    response with the JSON of `zcrm_required`; unauthenticated users get the framework's own
    response.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether the user is authenticated; raise ConnectFirst if something is lacking."""
        if not (request.user and request.user.is_authenticated):
            return False
        # Django's own request: the framework has set the user on it, and reads `zcrm` through it.
        missing_access = attach_client(
            request._request, split_scopes(getattr(view, "zcrm_scopes", ()))
        )
        if missing_access:
            raise ConnectFirst(
                connect_data(request._request, *missing_access), missing_access.problem.error
            )
        return True


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return JSON for errors of this app; all others are handled by the framework.

    For `REST_FRAMEWORK["EXCEPTION_HANDLER"]`. `error` is the problem's name, `detail` its text, and
    `code` Zoho's code. `fields`, `retry_after`, `scopes` and `connect_url` are present where they
    apply.
    """
    if not isinstance(error, ZCRMError):
        return default_handler(error, context)
    request = context["request"]._request
    problem = problem_of(error, request)
    log_problem(request, problem, error)
    set_rollback()  # ends queries
    data = as_data(problem, error)
    if problem.offers_connect:
        data |= connect_data(request, problem)
    wait = data.get("retry_after")
    headers = {"Retry-After": str(math.ceil(wait))} if wait else {}
    return Response(data, status=problem.status, headers=headers)
