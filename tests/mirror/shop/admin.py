from __future__ import annotations

from django.contrib import admin

from django_zcrm.mirror.admin import MirrorAdmin

from .models import Lead


@admin.register(Lead)
class LeadAdmin(MirrorAdmin):
    list_display = ("name", "company", "zoho_state_badge", "zoho_modified")
    search_fields = ("name", "company")
