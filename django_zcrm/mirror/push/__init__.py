"""Pushes local changes to Zoho."""
