"""Channels of notifications, and what comes through them."""
