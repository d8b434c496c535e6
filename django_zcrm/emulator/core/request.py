"""The request that handlers receive: werkzeug's, with Zoho's version, caller and leniency."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from typing import IO, Any, Self
from urllib.parse import parse_qsl

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WerkzeugRequest

from ..guesses import behaves
from ..state import Organisation, User
from ..state.grants import AccessToken
from .datacenters import Addresses, RequestAddress
from .errors import Refusal, invalid_data
from .faults import Fault
from .json_text import OddJson, read_json
from .response import Response
from .routing import Match

MAX_BODY_SIZE = 100 * 1024 * 1024
"""Bytes; above it Zoho returns 413 BODY_SIZE_REACHED."""
UNLIMITED = 2**63

VERSIONS: dict[str, float] = {
    "v2": 2,
    "v2.1": 2.1,
    "v3": 3,
    "v4": 4,
    "v5": 5,
    "v6": 6,
    "v7": 7,
    "v8": 8,
}
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_NOT_NEGATIVE = re.compile(r"\d{1,18}", re.ASCII)
_NO_ADDRESS = RequestAddress("", "")


class Parameters(ImmutableMultiDict[str, str]):
    """Query or form parameters. Raises Refusal INVALID_DATA for values of the wrong type."""

    def comma_separated(self, name: str) -> list[str]:
        """The comma-separated values of a parameter (repeats joined), blanks dropped."""
        return [part.strip() for part in ",".join(self.getlist(name)).split(",") if part.strip()]

    def boolean(self, name: str, default: bool = False) -> bool:
        """A parameter that is ``true`` or ``false``."""
        value = self.get(name)
        if value is None:
            return default
        if value.lower() not in ("true", "false"):
            raise invalid_data(param_name=name, expected_data_type="boolean")
        return value.lower() == "true"

    def integer(
        self, name: str, default: int, *, minimum: int = 1, maximum: int | None = None
    ) -> int:
        """An integer parameter within its limits."""
        value = self.get(name)
        if value is None:
            return default
        if (
            not _NOT_NEGATIVE.fullmatch(value)
            or int(value) < minimum
            or (maximum is not None and int(value) > maximum)
        ):
            raise invalid_data(param_name=name, expected_data_type="integer")
        return int(value)

    def items_without(self, *names: str) -> list[tuple[str, str]]:
        """Name and value of the other parameters."""
        return [(name, value) for name, value in self.items(multi=True) if name not in names]


class FormParser(FormDataParser):
    """Werkzeug's parser, but a form that cannot be parsed is a Refusal and not an empty form."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "silent": False})

    def parse(self, *args: Any, **options: Any) -> Any:
        """Parse a body. Raises Refusal INVALID_REQUEST."""
        try:
            return super().parse(*args, **options)
        except ValueError:
            raise Refusal(
                "INVALID_REQUEST",
                "unable to process your request. please verify "
                "whether you have entered proper method name, parameter and parameter "
                "values.",
            ) from None


class Request(WerkzeugRequest):
    """A request. ``address`` is where it arrived, ``match`` its route, ``faults`` what hits it.

    ``access_token``, ``user``, ``organisation`` and ``perform`` are set when the access token has
    been accepted; ``perform`` performs another request on the caller's behalf.
    """

    parameter_storage_class = Parameters
    form_data_parser_class = FormParser
    max_content_length = MAX_BODY_SIZE
    # Zoho limits whole bodies only, as far as we know.
    max_form_memory_size = None
    max_form_parts = UNLIMITED

    body_size = 0
    faults: Sequence[Fault] = ()
    organisation: Organisation | None = None
    access_token: AccessToken
    user: User
    perform: Callable[[Request], Response]

    def __init__(self, environ: dict[str, Any], address: RequestAddress = _NO_ADDRESS) -> None:
        super().__init__(environ, populate_request=False)
        self.address = address
        self.match = Match()

    @classmethod
    def read(cls, environ: dict[str, Any], addresses: Addresses) -> Self:
        """Read a request with its body from a WSGI environ.

        Raises Refusal BODY_SIZE_REACHED, and ConnectionResetError when the client left before the
        end of the body.
        """
        address, prefix = addresses.resolve(environ)
        path = environ["PATH_INFO"].removeprefix(prefix)
        request = cls({**environ, "SCRIPT_NAME": prefix, "PATH_INFO": path}, address)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            try:
                request.body_size = len(request.get_data())
            except RequestEntityTooLarge:
                raise Refusal("BODY_SIZE_REACHED", "the request body is too large", 413) from None
            except ClientDisconnected:
                raise ConnectionResetError("the client left in the middle of a body") from None
        # The log stores requests; a stored stream would keep its connection open.
        request.stream = request.environ["wsgi.input"] = BytesIO()
        return request

    @classmethod
    def build(
        cls,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Self:
        """Build an internal request, for work that needs one."""
        return cls(
            EnvironBuilder(
                path,
                method=method,
                query_string=query,
                headers=list((headers or {}).items()),
                data=body,
            ).get_environ()
        )

    def without_body(self) -> Self:
        """Return the same request with an empty body, but the headers of the one it had."""
        return type(self)({**self.environ, "wsgi.input_terminated": True}, self.address)

    def with_changes(self, *, args: Parameters | None = None, json: Any = None) -> Self:
        """Return the same request with other query parameters or another JSON body."""
        request = copy.copy(self)
        if args is not None:
            request.args = args
        if json is not None:
            request.json = json
        return request

    @cached_property
    def version(self) -> float:
        """The API version as a comparable number (2, 2.1, 3 ... 8), 0 outside the CRM API."""
        for part in self.path.split("/", 4)[2:4]:
            if part in VERSIONS:
                return VERSIONS[part]
        return 0

    @property
    def version_name(self) -> str:
        """The version as paths spell it, such as ``v2.1``."""
        return f"v{self.version:g}"

    @cached_property
    def bearer_token(self) -> str | None:
        """The access token in the Authorization header, by Zoho's scheme or as `Bearer`."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("zoho-oauthtoken", "bearer") and token else None

    @property
    def has_zohos_scheme(self) -> bool:
        """Whether the Authorization header is in the form that Zoho documents."""
        return self.headers.get("Authorization", "").lower().startswith("zoho-oauthtoken ")

    @cached_property
    def args(self) -> Parameters:
        """The query parameters; unlike werkzeug's, they accept a query that is not UTF-8."""
        query = self.query_string.decode("utf-8", "replace")
        return Parameters(parse_qsl(query, keep_blank_values=True))

    @property
    def is_form(self) -> bool:
        """Whether the body is a form, url-encoded or multipart."""
        return self.mimetype in _FORM_TYPES

    @cached_property
    def json(self) -> Any:
        """The JSON body (no Content-Type needed). Raises Refusal when it cannot be parsed."""
        body = self.get_data()
        if not body:
            raise invalid_data("body", expected_data_type="jsonobject")
        try:
            return read_json(body)
        except ValueError as error:
            guess = "odd-json" if isinstance(error, OddJson) else "unparsable-body"
            is_other = behaves(f"records.{guess}", "INVALID_DATA")
            raise Refusal(
                "INVALID_DATA" if is_other else "JSON_PARSE_ERROR",
                "either the request body or parameters is in wrong format",
            ) from None

    def json_object(self) -> dict[str, Any]:
        """The JSON body, which must be an object. Raises Refusal otherwise."""
        body = self.json
        if not isinstance(body, dict):
            raise invalid_data(expected_data_type="jsonobject", json_path="$")
        return body

    def json_items(self, key: str = "data", *, limit: int = 100) -> list[dict[str, Any]]:
        """The objects of a batch body, ``{key: [{...}]}``. Raises Refusal for any other shape."""
        body = self.json_object()
        path = f"$.{key}"
        if key not in body:
            raise Refusal(
                "MANDATORY_NOT_FOUND",
                "required field not found",
                details={"api_name": key, "json_path": path},
            )
        items = body[key]
        if not isinstance(items, list) or not items:
            raise invalid_data(api_name=key, expected_data_type="jsonarray", json_path=path)
        if len(items) > limit:
            raise invalid_data(api_name=key, maximum_length=limit, json_path=path)
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise invalid_data(expected_data_type="jsonobject", json_path=f"{path}[{index}]")
        return items

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        # The whole body is in memory already, so its parts need no temporary files.
        return BytesIO()
