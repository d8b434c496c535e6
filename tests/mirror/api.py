"""A site's API of its mirrored leads, as in the how-to."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_filters.rest_framework
from django.urls import include, path
from rest_framework import viewsets
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import DefaultRouter

from django_zcrm.mirror.rest_framework import MirrorModelSerializer
from tests.mirror.shop.models import Account, Contact, Lead


class LeadSerializer(MirrorModelSerializer):
    class Meta:
        model = Lead
        fields = ("id", "name", "company", "email", "revenue", "zoho_id", "zoho_state", "synced_at")


class LeadFilter(django_filters.FilterSet):  # type: ignore[misc]
    class Meta:
        model = Lead
        fields: ClassVar = {
            "company": ["exact", "icontains"],
            "revenue": ["gte", "lte"],
            "zoho_state": ["exact"],
        }


class LeadViewSet(viewsets.ModelViewSet):  # type: ignore[misc]
    queryset = Lead.objects.none()
    serializer_class = LeadSerializer
    permission_classes = (IsAuthenticated,)
    filter_backends = (
        django_filters.rest_framework.DjangoFilterBackend,
        SearchFilter,
        OrderingFilter,
    )
    filterset_class = LeadFilter
    search_fields = ("name", "company", "email")
    ordering_fields = ("name", "revenue")

    def get_queryset(self) -> Any:
        return Lead.objects.for_user(self.request.user).live()


def accounts_of(request: Any) -> Any:
    return Account.objects.for_user(request.user).live()


class ContactSerializer(MirrorModelSerializer):
    class Meta:
        model = Contact
        fields = ("id", "last_name", "email", "account")


class ContactFilter(django_filters.FilterSet):  # type: ignore[misc]
    account = django_filters.ModelChoiceFilter(queryset=accounts_of)

    class Meta:
        model = Contact
        fields = ("account",)


class ContactViewSet(viewsets.ModelViewSet):  # type: ignore[misc]
    queryset = Contact.objects.none()
    serializer_class = ContactSerializer
    permission_classes = (IsAuthenticated,)
    filter_backends = (django_filters.rest_framework.DjangoFilterBackend,)
    filterset_class = ContactFilter

    def get_queryset(self) -> Any:
        return Contact.objects.for_user(self.request.user).live()


router = DefaultRouter()
router.register("leads", LeadViewSet)
router.register("contacts", ContactViewSet)

urlpatterns = [
    path("api/", include(router.urls)),
    path("zcrm/", include("django_zcrm.urls")),
]
