"""Syncs records from Zoho into the tables."""
