"""Django REST framework: serializers of mirrored rows, whose lookups stay within a connection.

Needs the extra `drf`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..exceptions import ConfigurationError, NotConnected
from ..models import Connection
from ..owners import connection_in_use, owner_of
from .models import MirroredRow
from .models.organisations import is_current

try:
    from rest_framework.relations import ManyRelatedField, PrimaryKeyRelatedField
    from rest_framework.serializers import ModelSerializer
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "rest_framework":
        raise
    raise ConfigurationError(
        "This needs Django REST framework: pip install 'django-zcrm[drf]'."
    ) from error


class MirrorRelatedField(PrimaryKeyRelatedField):  # type: ignore[misc]
    """A lookup by primary key, to mirrored rows of the connection of the serialized row.

    Rows of another connection or organisation do not exist for it. Its serializer is a
    `MirrorModelSerializer`.
    """

    def get_queryset(self) -> Any:
        """Return the rows that can be chosen; None where the field is read-only."""
        rows = super().get_queryset()
        if rows is None or not issubclass(rows.model, MirroredRow):
            return rows
        parent = self.parent
        serializer = parent.parent if isinstance(parent, ManyRelatedField) else parent
        return rows.filter(is_current(serializer.connection))


class MirrorModelSerializer(ModelSerializer):  # type: ignore[misc]
    """A model serializer of a mirrored row.

    Its lookups offer rows of the row's connection. A new row gets the connection in the
    serializer's context, as `context={"connection": connection}`, or else that of the request's
    user.
    """

    serializer_related_field = MirrorRelatedField

    @cached_property
    def connection(self) -> Connection | None:
        """The connection of the row, or of a new row; None without one."""
        if isinstance(self.instance, MirroredRow):
            return self.instance.connection
        if "connection" in self.context:
            connection: Connection | None = self.context["connection"]
            return connection
        request = self.context.get("request")
        if request is None:
            return None
        owner = owner_of(request.user, getattr(request, "_request", request))
        return None if owner is None else connection_in_use(owner)

    def create(self, validated_data: dict[str, Any]) -> Any:
        """Create the row, for the serializer's connection. Raises NotConnected without one."""
        connection = validated_data.get("connection") or self.connection
        if connection is None:
            raise NotConnected("A new row needs a connection, and this user has none.")
        return super().create({**validated_data, "connection": connection})
