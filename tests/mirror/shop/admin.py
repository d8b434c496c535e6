from __future__ import annotations

from django.contrib import admin

from django_zcrm.mirror.admin import MirrorAdmin

from .models import Account, Contact, Lead


@admin.register(Lead)
class LeadAdmin(MirrorAdmin):
    list_display = ("name", "company", "zoho_state_badge", "zoho_modified")
    search_fields = ("name", "company")


@admin.register(Account)
class AccountAdmin(MirrorAdmin):
    list_display = ("name", "industry")


@admin.register(Contact)
class ContactAdmin(MirrorAdmin):
    list_display = ("last_name", "account")
    fieldsets = ((None, {"fields": [("first_name", "last_name"), "account"]}),)
