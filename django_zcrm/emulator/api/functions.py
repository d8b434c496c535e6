"""Serverless functions called over REST: one that echoes, one that fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..core import Refusal, Request, Routes
from ..core.errors import invalid_url
from ..core.json_text import read_json
from ..guesses import behaves
from ..state import Organisation

routes = Routes(scope="ZohoCRM.functions.execute")

_PATH = "/crm/{version}/functions/{api_name}/actions/execute"
_OWN_PARAMETERS = ("auth_type", "arguments", "zapikey")


def echo(arguments: dict[str, Any]) -> str:
    """Return its arguments as JSON text."""
    return json.dumps(arguments, ensure_ascii=False)


def fail(arguments: dict[str, Any]) -> str:
    """Raise Refusal, as a function with a bug in it does."""
    raise Refusal("INTERNAL_ERROR", "Error at line 1: the function failed", 500)


FUNCTIONS: dict[str, Callable[[dict[str, Any]], str]] = {"echo": echo, "fail": fail}


@routes.route("GET", _PATH)
@routes.route("POST", _PATH)
def execute(org: Organisation, request: Request, api_name: str) -> dict[str, Any]:
    """Run a function, by OAuth or by API key. Raises Refusal for an unknown one."""
    if request.args.get("auth_type") not in ("oauth", "apikey"):
        raise Refusal(
            "INVALID_REQUEST",
            "unable to process your request. please verify whether "
            "you have entered proper method name, parameter and parameter values.",
        )
    function = FUNCTIONS.get(api_name)
    if function is None:
        if behaves("people.unknown-function", "INVALID_DATA"):
            raise Refusal("INVALID_DATA", "the function is not known")
        raise invalid_url()
    if api_name not in org.settings.items("functions"):
        org.settings.items("functions")[api_name] = {"id": org.ids.next()}
    output = function(_arguments(request))
    # `success` in lower case, no `status` (Zoho's SDK 8, success_response).
    return {
        "code": "success",
        "details": {
            "output": output,
            "output_type": "string",
            "id": org.settings.items("functions")[api_name]["id"],
            "userMessage": [output],
        },
        "message": "function executed successfully",
    }


def _arguments(request: Request) -> dict[str, Any]:
    """The function's arguments: from query, form and JSON body; ``arguments`` is JSON text.

    Other parameters are passed under their own names, files under their file names.
    Raises Refusal for JSON that cannot be parsed.
    """
    arguments: dict[str, Any] = {}
    for params in (request.args, request.form):
        arguments |= {name: value for name, value in params.items() if name not in _OWN_PARAMETERS}
        if "arguments" in params:
            arguments |= _object(params["arguments"])
    arguments |= {name: file.filename or "" for name, file in request.files.items(multi=True)}
    if request.get_data() and not request.is_form:
        body = request.json
        if isinstance(body, dict) and set(body) == {"arguments"}:
            body = body["arguments"]
            body = _object(body) if isinstance(body, str) else body
        arguments |= body if isinstance(body, dict) else {"body": body}
    return arguments


def _object(text: str) -> dict[str, Any]:
    try:
        value = read_json(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(
            "INVALID_DATA",
            "invalid data",
            details={"param_name": "arguments", "expected_data_type": "jsonobject"},
        )
    return value
