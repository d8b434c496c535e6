"""Filters for Zoho's dates, which record sets give as texts."""

from __future__ import annotations

from django import template
from django.utils.dateparse import parse_date, parse_datetime

register = template.Library()
register.filter(parse_date)
register.filter(parse_datetime)
